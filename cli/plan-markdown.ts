import {
  checkOf,
  fenced,
  headingOf,
  nearlySection,
  type Section,
  sectionNames,
  sectionOf,
  unescapeLine,
} from './markdown-line.ts'
import { type Mistake, meantField, type Path, refuseMistakes, type Source, unknownField } from './plan-mistake.ts'

const fields = ['name', 'priority', 'labels', 'needs', 'acceptance'] as const
type FieldName = (typeof fields)[number]
const isField = (name: string): name is FieldName => (fields as readonly string[]).includes(name)

type Raw = { title: string; body: string[]; acceptance: string[]; subtasks: string[]; given: Record<string, unknown> }

/** Reads a plan as a person writes one: `#` its title, `##` each task, lines of fields, texts, and lists to tick off. */
export async function parseMarkdown(text: string, file: string): Promise<Source> {
  const { front, lines, from } = await frontMatter(text, file)
  const reader = new Reader(lines, from)
  reader.read()
  const { title, tasks, mistakes, lineOf } = reader
  const value = {
    ...(title !== undefined && { title }),
    ...(front?.value as object | undefined), // `frontMatter` has seen that it is one
    tasks: tasks.map(({ title, body, acceptance, subtasks, given }) => ({
      ...{ title, body: body.join('\n'), acceptance: acceptance.join('\n'), subtasks, ...given },
    })),
  }
  const source = { value, lineOf: (path: Path) => lineOf(path) ?? front?.lineOf(path) }
  if (mistakes.length) refuseMistakes(file, source, mistakes)
  return source
}

/** What a template declares of itself, in YAML, before all else. */
async function frontMatter(text: string, file: string) {
  const lines = text.split('\n')
  const end = lines[0]?.trimEnd() === '---' ? lines.findIndex((line, at) => at > 0 && line.trimEnd() === '---') : -1
  if (end < 0) return { front: undefined, lines, from: 1 }
  const { parseYaml } = await import('./plan-yaml.ts')
  const front = parseYaml(lines.slice(1, end).join('\n'), file, 2)
  const known = ['title', 'variables']
  const given = front.value ?? {}
  const wrong: Mistake[] =
    typeof given !== 'object' || Array.isArray(given)
      ? [{ path: [], message: `between the lines of --- there are fields: ${known.join(', ')}` }]
      : Object.keys(given).flatMap((name) => (known.includes(name) ? [] : [unknownField([], name, known)]))
  if (wrong.length) refuseMistakes(file, front, wrong)
  return { front: { ...front, value: given }, lines: lines.slice(end + 1), from: end + 2 }
}

/** Goes through the lines once; each is heading, field, step or text, by where it stands. */
class Reader {
  title: string | undefined
  readonly tasks: Raw[] = []
  readonly mistakes: Mistake[] = []
  #lines: readonly string[]
  #from: number
  #inside: boolean[]
  #places = new Map<string, number>()
  #part: 'top' | 'body' | Section = 'top'
  #afterStep = false
  /** A field whose items stand below it, one on each line. */
  #list: string[] | undefined

  constructor(lines: readonly string[], from: number) {
    this.#lines = lines
    this.#from = from
    const { inside, open } = fenced(lines)
    this.#inside = inside
    if (open !== undefined) this.#wrong(open, 'the block of code that begins here has no end')
  }

  /** The line of a part of the plan, or of what it is in. */
  lineOf = (path: Path): number | undefined => {
    for (let length = path.length; length > 0; length--) {
      const line = this.#places.get(path.slice(0, length).join('.'))
      if (line !== undefined) return line
    }
    return undefined
  }

  read(): void {
    this.#lines.forEach((line, at) => {
      const heading = this.#inside[at] ? undefined : headingOf(line)
      const task = this.tasks.at(-1)
      if (heading && heading.level < 3) this.#begin(heading.level, heading.text, at)
      else if (!task)
        return // what stands before the first task is for whoever reads the file
      else if (!(heading && this.#turn(task, heading.text, at))) this.#add(task, line, at)
    })
  }

  #begin(level: number, text: string, at: number): void {
    this.#part = 'top'
    this.#afterStep = false
    if (level === 2) {
      this.#note(at, 'tasks', this.tasks.length)
      // Taken for a task, it would swallow all that were meant.
      if (/^tasks?:?$/i.test(text))
        this.#wrong(at, `each task has a ## of its own, with its title; leave out ## ${text}`)
      this.tasks.push({ title: text, body: [], acceptance: [], subtasks: [], given: {} })
    } else if (this.title !== undefined || this.tasks.length)
      this.#wrong(at, 'a plan has one title, and it comes first; a task begins with ##')
    else {
      this.#note(at, 'title')
      this.title = text
    }
  }

  /** A heading within a task: does it begin another part of it? */
  #turn(task: Raw, text: string, at: number): boolean {
    const section = sectionOf(text)
    const near = nearlySection(text)
    if (near) this.#wrong(at, `there is no part ${JSON.stringify(text)} of a task; did you mean ${near}?`, sectionNames)
    if (section === 'acceptance' && task.given.acceptance !== undefined) this.#wrong(at, 'acceptance is there twice')
    if (section) this.#part = section
    else if (this.#part !== 'acceptance') this.#part = 'body'
    return section !== undefined
  }

  #add(task: Raw, line: string, at: number): void {
    const inCode = this.#inside[at]!
    const text = inCode ? line : unescapeLine(line)
    if (this.#part === 'top') {
      if (line.trim() === '' && !hasFields(task)) return
      if (!inCode && (this.#item(line) || this.#field(task, line, at))) return
      this.#part = 'body'
    }
    if (this.#part === 'acceptance') task.acceptance.push(text)
    else if (!inCode && this.#step(task, line, at)) return
    else if (this.#part === 'body') task.body.push(text)
  }

  /** `needs: a, b`, also as an item of a list or with its name in bold. */
  #field(task: Raw, line: string, at: number): boolean {
    const [, word = '', rest = ''] = /^(?:[-*]\s+)?\**([A-Za-z][\w -]*?)\**\s*:\**\s*(.*)$/s.exec(line) ?? []
    const name = word.toLowerCase() === 'done when' ? 'acceptance' : word.toLowerCase()
    const index = this.tasks.length - 1
    if (isField(name)) {
      if (name in task.given) this.#wrong(at, `${name} is there twice`)
      const items = name === 'needs' || name === 'labels' ? itemsOf(rest) : undefined
      this.#list = items?.length === 0 ? items : undefined
      task.given[name] = items ?? rest.trim()
      this.#note(at, 'tasks', index, name)
      return true
    }
    // The first line may be a text like any other; among fields, or nearly one, it is more likely a mistake.
    if (!word || !(hasFields(task) || meantField(word, fields))) return false
    const mistake = unknownField(['tasks', index], word, fields)
    const message = `${mistake.message} (an empty line comes between fields and text)`
    this.mistakes.push({ ...mistake, message, line: at + this.#from })
    return true
  }

  #item(line: string): boolean {
    const item = this.#list && /^\s*[-*]\s+([^\s[].*)$/s.exec(line)?.[1]
    if (item) this.#list?.push(...itemsOf(item))
    return Boolean(item)
  }

  /** A line to tick off; under its own heading any item of a list; and the lines that go on with one. */
  #step(task: Raw, line: string, at: number): boolean {
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(\S.*)$/s.exec(line)?.[1]
    const step = checkOf(line) ?? (this.#part === 'subtasks' ? item : undefined)
    if (step !== undefined) {
      this.#note(at, 'tasks', this.tasks.length - 1, 'subtasks', task.subtasks.length)
      task.subtasks.push(step)
    } else if (this.#afterStep && /^\s{2,}\S/.test(line)) task.subtasks.push(`${task.subtasks.pop()} ${line.trim()}`)
    else {
      this.#afterStep = false
      if (this.#part !== 'subtasks') return false
      if (line.trim()) this.#wrong(at, 'a step is a line that begins with - [ ]')
      return true
    }
    this.#afterStep = true
    return true
  }

  #note(at: number, ...path: (string | number)[]): void {
    const key = path.join('.')
    if (!this.#places.has(key)) this.#places.set(key, at + this.#from)
  }

  #wrong(at: number, message: string, validValues?: readonly string[]): void {
    const path = this.tasks.length ? ['tasks', this.tasks.length - 1] : []
    this.mistakes.push({ path, message, line: at + this.#from, ...(validValues && { validValues }) })
  }
}

const hasFields = ({ given }: Raw) => Object.keys(given).length > 0

const TEXT = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`
const ITEM = new RegExp(String.raw`\s*${TEXT}\s*(?=,|$)|[^,]+`, 'g')
const QUOTED = new RegExp(`^${TEXT}$`)

/** `a, "b, c", d`; brackets around all of it and backticks around one are left out. */
function itemsOf(text: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(text.trim())?.[1] ?? text
  return (inner.match(ITEM) ?? []).flatMap((piece) => {
    const item = piece.trim()
    return QUOTED.test(item) ? [String(JSON.parse(item))] : item.replace(/^`(.*)`$/s, '$1') || []
  })
}
