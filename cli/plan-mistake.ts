import type * as z from 'zod'
import { type ErrorCode, refuse } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'

export type Path = readonly (string | number)[]
/** `line` where it is not the one on which the part at `path` begins. */
export type Mistake = {
  path: Path
  message: string
  line?: number | undefined
  code?: ErrorCode
  validValues?: readonly string[]
}
/** What stands in a plan file, and on which line (from 1) each part of it begins, where that is known. */
export type Source = { value: unknown; lineOf: (path: Path) => number | undefined }

const MOST = 10

/** Refuses a plan with all that is wrong in it, each with its line; the first gives code and field. */
export function refuseMistakes(file: string, { value, lineOf }: Source, mistakes: readonly Mistake[]): never {
  const placed = mistakes.map((mistake) => ({ ...mistake, line: mistake.line ?? lineOf(mistake.path) }))
  const inOrder = placed.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const lines = inOrder.slice(0, MOST).map(({ path, message, line }) => {
    return `${line ? `${file}:${line}` : file}: ${whereOf(path, value)}${message}`
  })
  const rest = mistakes.length - lines.length
  const [first] = inOrder
  refuse(first!.code ?? 'invalid_input', [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'), {
    ...(first!.path.length && { field: first!.path.join('.') }),
    ...(first!.validValues && { validValues: first!.validValues }),
  })
}

/** `task 2 "Deploy": `, as people count and call them. */
function whereOf([list, at]: Path, value: unknown): string {
  if (list !== 'tasks' || typeof at !== 'number') return ''
  const task = fieldOf(fieldOf(value, 'tasks'), at)
  const called = fieldOf(task, 'title') ?? fieldOf(task, 'name')
  const isSaid = typeof called === 'string' && called && called !== `task-${at + 1}`
  return `task ${at + 1}${isSaid ? ` "${called}"` : ''}: `
}

export function fieldOf(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string | number, unknown>)[name] // it has it
    : undefined
}

/** What other tools call the fields, and so what people and agents write first. */
const elsewhere: Record<string, string> = {
  description: 'body',
  text: 'body',
  details: 'body',
  depends_on: 'needs',
  dependson: 'needs',
  dependencies: 'needs',
  requires: 'needs',
  after: 'needs',
  blocked_by: 'needs',
  steps: 'subtasks',
  checklist: 'subtasks',
  todos: 'subtasks',
  id: 'name',
  key: 'name',
  tags: 'labels',
  label: 'labels',
  criteria: 'acceptance',
  acceptance_criteria: 'acceptance',
  done_when: 'acceptance',
  vars: 'variables',
  items: 'tasks',
}

/** The field that was meant by `word`, if one was. */
export function meantField(word: string, known: readonly string[]): string | undefined {
  const other = elsewhere[word.toLowerCase().replace(/\W+/g, '_')]
  return known.find((name) => name === other) ?? nearest(word, known)
}

export function unknownField(path: Path, word: string, known: readonly string[]): Mistake {
  const meant = meantField(word, known)
  const message = `there is no field ${word}${meant ? `; did you mean ${meant}?` : `, only ${known.join(', ')}`}`
  return { path: [...path, word], message, validValues: known }
}

/** What zod found wrong, in words; `known` names the fields of an object at a path. */
export function mistakesIn(error: z.ZodError, value: unknown, known: (path: Path) => readonly string[]): Mistake[] {
  const misspelt = new Set<string>()
  const unknown = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return []
    const path = issue.path as Path // plans are plain data: no symbols
    return issue.keys.map((key) => {
      misspelt.add([...path, meantField(key, known(path))].join('.'))
      return unknownField(path, key, known(path))
    })
  })
  const others = error.issues.flatMap((issue) => {
    const path = issue.path as Path // as above
    const found = path.reduce<unknown>(fieldOf, value)
    // A field under a wrong name is told of once.
    if (issue.code === 'unrecognized_keys' || (found === undefined && misspelt.has(path.join('.')))) return []
    return [{ path, message: sentence(issue, path, found), ...choices(issue) }]
  })
  return [...unknown, ...others]
}

type Issue = z.ZodError['issues'][number]

const choices = (issue: Issue) => issue.code === 'invalid_value' && { validValues: issue.values.map(String) }

function sentence(issue: Issue, path: Path, found: unknown): string {
  const name = nameOf(path)
  if (found === undefined) return `${name} is missing`
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(found)}${inQuotes(found, issue.expected)}`
    case 'invalid_value': {
      const values = issue.values.map(String)
      const meant = typeof found === 'string' ? nearest(found, values) : undefined
      return `${name} cannot be ${JSON.stringify(found)}, only ${values.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`
    }
    case 'too_big':
      return `${name} is too long: ${issue.maximum} ${issue.origin === 'array' ? 'items' : 'characters'} at most`
    case 'too_small':
      return `${name} is empty`
    default:
      return `${name}: ${issue.message}`
  }
}

/** `needs`, or `item 2 of needs`. */
function nameOf(path: Path): string {
  const last = path.at(-1)
  if (typeof last !== 'number') return last ?? 'a plan'
  return path.length === 2 && path[0] === 'tasks' ? 'a task' : `item ${last + 1} of ${path.at(-2)}`
}

const kinds: Record<string, string> = {
  string: 'text',
  array: 'a list',
  object: 'a list of fields',
  record: 'a list of fields',
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return (
    { string: 'text', object: 'a list of fields', boolean: 'yes or no' }[typeof value as string] ?? `a ${typeof value}`
  )
}

function inQuotes(value: unknown, expected: string): string {
  return expected === 'string' && typeof value !== 'object' ? `; put it in quotes: "${value}"` : ''
}
