import { Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLError } from 'yaml'
import { type Path, refuseMistakes, type Source } from './plan-mistake.ts'

/** Reads a plan in YAML. `from` is the line of the file that the text begins on. */
export function parseYaml(text: string, file: string, from = 1): Source {
  const counter = new LineCounter()
  const doc = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const lineAt = (at: number) => counter.linePos(at).line + from - 1
  const lines = text.split('\n')
  const wrong = [...doc.errors, ...doc.warnings].map(({ code, message, pos: [at] }) => {
    const line = lineAt(at)
    return { line, message: `${message.replace(/;? please use .*/, '')}${hint(code, lines[line - from] ?? '')}` }
  })
  visit(doc, {
    Alias: (_, { source, range }) => {
      const message = `*${source} refers to something else; a text that begins with * goes in quotes`
      wrong.push({ line: lineAt(range?.[0] ?? 0), message })
      return visit.BREAK
    },
  })
  const [first] = wrong
  if (first) refuseAt(file, first)
  return { value: doc.toJS(), lineOf: (path) => lineOf(doc.contents, path, lineAt) }
}

/** JSON is read by its own rules; where its parts stand is found by YAML's, of which it is a part. */
export function parseJson(text: string, file: string): Source {
  const read = jsonOf(text)
  if ('wrong' in read) {
    const line = text.slice(0, read.at).split('\n').length
    refuseAt(file, { line, message: `this is not JSON: ${read.wrong}` })
  }
  return { value: read.value, lineOf: (path) => lineInJson(text, path) }
}

function lineInJson(text: string, path: Path): number | undefined {
  const counter = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false })
  return lineOf(contents, path, (at) => counter.linePos(at).line)
}

/** A plan in YAML, with room between its tasks. */
export function writeYaml(value: { tasks: object[] }): string {
  const doc = new Document(value)
  const tasks = doc.get('tasks', true)
  if (isSeq(tasks)) for (const task of tasks.items.slice(1)) if (isMap(task)) task.spaceBefore = true
  return doc.toString({ lineWidth: 0 })
}

type Json = { value: unknown } | { wrong: string; at: number }

function jsonOf(text: string): Json {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const [, position] = /position (\d+)/.exec(message) ?? []
    // A token that is out of place is named without its place, and with a piece of the file.
    const [wrong] = message.split(/, (?:\.\.\.)?"| in JSON at/)
    return { wrong: wrong!, at: position === undefined ? placeOf(text) : Number(position) }
  }
}

/** Where the first token stands that is out of place: the shortest beginning of the text that has one ends there. */
function placeOf(text: string): number {
  let [right, wrong] = [0, text.length]
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1
    if (isOutOfPlace(text.slice(0, middle))) wrong = middle
    else right = middle
  }
  return wrong
}

function isOutOfPlace(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Unexpected token')
  }
}

function refuseAt(file: string, { line, message }: { line: number | undefined; message: string }): never {
  refuseMistakes(file, { value: undefined, lineOf: () => undefined }, [{ path: [], message, line }])
}

/** What most often lies behind a mistake that YAML reports in its own words. */
function hint(code: YAMLError['code'], line: string): string {
  if (code === 'TAB_AS_INDENT') return '; use spaces'
  if (line.includes('{{')) return '; a text with {{…}} at its beginning goes in quotes'
  return code === 'BLOCK_AS_IMPLICIT_KEY' && /:\s.*:(\s|$)/.test(line)
    ? '; a text with a colon in it goes in quotes'
    : ''
}

/** The line on which `path` begins: that of the key, or of what it would have been in. */
function lineOf(root: Node | null, path: Path, lineAt: (at: number) => number): number | undefined {
  let node: unknown = root
  let at = root?.range?.[0]
  for (const name of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(name))
      if (!pair) break
      at = isScalar(pair.key) ? (pair.key.range?.[0] ?? at) : at
      node = pair.value
    } else if (isSeq(node)) {
      const item = node.items[Number(name)]
      if (item === undefined) break
      node = item
      at = isMap(node) || isScalar(node) || isSeq(node) ? (node.range?.[0] ?? at) : at
    } else break
  }
  return at === undefined ? undefined : lineAt(at)
}
