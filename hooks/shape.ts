import { isSecretName } from './assigned.ts'
import { isMeasure, measured, size } from './measure.ts'
import { type Known, redactText } from './secrets.ts'
import { fieldsOf, hostAndPath } from './summary.ts'
import { clip, oneLine } from './text.ts'

// What of a payload may leave the machine: what was done, and how much of it; never what was in a file or came out of a
// tool. Shaping a shaped payload changes nothing, so the daemon and the Worker may both do it.

type Fields = Record<string, unknown>
/** `texts`: the longest a text may stay. */
export type Shaping = Known & { texts: number }
type Shape = (value: unknown, how: Shaping) => unknown

const longest = 65_536 // of what is looked at: far beyond what is kept
const edge = 1_024 // of that, what is given up at a cut: half a secret is not known for one, and hiding others may bring it near

/** As much of `text` as is looked at, without secrets. */
export function withoutSecrets(text: string, known: Known): string {
  if (text.length <= longest) return redactText(text, known)
  return `${redactText(text.slice(0, longest), known).slice(0, -edge)}…`
}

const short: Shape = (value, how) => plain(value, { ...how, texts: Math.min(how.texts, 512) })
const long: Shape = (value, how) => plain(value, how)
/** Without secrets first: of one that goes over several lines the first is no secret any more, and is half of it. */
const firstLine: Shape = (value, how) =>
  typeof value === 'string' ? short(oneLine(withoutSecrets(value, how)), how) : size(value)

/** What a summary is made of: the same, long texts that are only counted excepted. Redacted first, since cutting a URL or a path could hide what it is. */
export function maskTexts(input: unknown, known: Known): unknown {
  const { content, old_string, new_string, ...rest } = fieldsOf(input)
  return { ...fieldsOf(plain(rest, { ...known, texts: longest })), content, old_string, new_string }
}

/** Anything, bounded in depth, breadth and length, without secrets. */
function plain(value: unknown, how: Shaping, depth = 0): unknown {
  if (typeof value === 'string') return clip(withoutSecrets(value, how), how.texts)
  if (typeof value !== 'object' || value === null) return value
  const [deepest, most] = how.level === 'full' ? [8, 100] : [4, 20]
  if (depth === deepest) return size(value)
  if (Array.isArray(value)) return value.slice(0, most).map((item) => plain(item, how, depth + 1))
  return eachOf(
    value as Fields, // an object that is no array
    how,
    (item, name) => (isSecretName(name) ? masked(item, how, depth + 1) : plain(item, how, depth + 1)),
  )
}

const isHidden = /^\[REDACTED:[\w-]{0,20}[\]…]?$/

/** What goes by a secret's name: figures stay, they count. */
function masked(value: unknown, how: Shaping, depth = 0): unknown {
  if (typeof value === 'string') return isHidden.test(value) ? clip(value, how.texts) : '[REDACTED:name]'
  if (typeof value !== 'object' || value === null) return value
  if (depth >= 4) return size(value)
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => masked(item, how, depth + 1))
  return eachOf(value as Fields, how, (item) => masked(item, how, depth + 1)) // an object that is no array
}

function eachOf(fields: Fields, how: Shaping, shape: (value: unknown, name: string) => unknown): Fields {
  const out: Fields = {}
  let left = 40
  for (const name of Object.keys(fields)) {
    if (left-- === 0) break
    const shown = clip(redactText(name.slice(0, 1_000), how), 100)
    const value = shape(fields[name], name)
    if (shown === '__proto__')
      Object.defineProperty(out, shown, { value, enumerable: true, configurable: true, writable: true })
    else out[shown] = value
  }
  return out
}

/** An argument for somebody else's tool: not even a number of it stays. */
const sizeOfAny = (value: unknown) =>
  size(typeof value === 'number' || typeof value === 'boolean' ? String(value) : value)

const url: Shape = (value, how) =>
  typeof value === 'string' ? short(withoutQuery(withoutSecrets(value, how)), how) : size(value)
const withoutQuery = (value: string) => {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0] ?? ''
  const names =
    /\?([^#]*)/
      .exec(value)?.[1]
      ?.split('&')
      .map((pair) => pair.split('=')[0]) ?? []
  return `${scheme}${hostAndPath(value)}${names.length ? `?${names.join('&')}` : ''}`
}

/** Files whose content is secret whatever it looks like. */
const secretFile =
  /\.(?:pem|key|p12|pfx|tfvars)\b|\.tfstate|(?:^|[\s/"'=<>:,{(])(?:\.env\b|id_(?:rsa|dsa|ecdsa|ed25519)\b|\.(?:npmrc|netrc|pgpass)\b|\.(?:aws|ssh|gnupg)\/|\.kube\/config|\.docker\/config\.json|credentials|secrets\.)/

/** A here-document is the content of a file; so is what is written to one that holds secrets. */
const command: Shape = (value, how) => {
  if (typeof value !== 'string') return size(value)
  const seen = value.slice(0, longest)
  const end = seen.indexOf('\n')
  const here = end !== -1 && (/<<-?\s*\\?["']?\w/.test(seen) || secretFile.test(seen))
  return long(here ? `${seen.slice(0, end)} …` : seen, how)
}

const keep: Shape = (value) => (typeof value === 'string' ? value.length : value)
const questions: Shape = (value, how) => short(value, how)

const inputs: Record<string, Record<string, Shape>> = {
  Read: { file_path: short, offset: keep, limit: keep, pages: short },
  Write: { file_path: short, content: size },
  Edit: { file_path: short, files: short, replace_all: keep, old_string: size, new_string: size },
  MultiEdit: { file_path: short, edits: size },
  NotebookEdit: { notebook_path: short, cell_id: short, cell_type: short, edit_mode: short, new_source: size },
  Bash: { command, description: short, timeout: keep, run_in_background: keep },
  Grep: { pattern: short, path: short, glob: short, type: short, output_mode: short },
  Glob: { pattern: short, path: short },
  WebFetch: { url, prompt: short },
  WebSearch: { query: short },
  Agent: { description: short, subagent_type: short, prompt: size, model: short, name: short, run_in_background: keep },
  Task: { description: short, subagent_type: short, prompt: size, model: short },
  Skill: { skill: short, args: short },
  AskUserQuestion: { questions, answers: questions },
  TaskCreate: { subject: short, description: short, activeForm: short },
  TaskUpdate: { taskId: short, status: short, subject: short, description: short },
}
/** The rest: what says where something happened stays, of all else only the length. */
const otherInput: Record<string, Shape> = {
  file_path: short,
  path: short,
  url,
  id: short,
  name: short,
  command,
  description: short,
}

function shapeInput(given: unknown, input: unknown, how: Shaping): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return size(input)
  const tool = typeof given === 'string' ? given : ''
  const fields = input as Fields // checked above
  if (isMeasure(fields)) return fields
  if (tool.startsWith('mcp__')) return eachOf(fields, how, sizeOfAny)
  const shapes = (Object.hasOwn(inputs, tool) ? inputs[tool] : undefined) ?? otherInput
  return eachOf(fields, how, (value, name) => (Object.hasOwn(shapes, name) ? (shapes[name] ?? size) : size)(value, how))
}

/** Never what came out of a tool: only flags, figures and sizes. */
const shapeResponse = (response: unknown, how: Shaping): unknown =>
  typeof response === 'object' && response !== null && !Array.isArray(response)
    ? eachOf(
        response as Fields,
        how,
        (
          value,
          name, // checked in the line above
        ) =>
          name === 'filePath' || name === 'status' || name === 'type'
            ? short(value, how)
            : name === 'usage'
              ? plain(value, how)
              : size(value),
      )
    : size(response)

const fields: Record<string, Shape> = {
  prompt: long,
  error: firstLine,
  delta: size,
  compact_summary: size,
  content: size,
  output: size,
}

const withoutOmitted = ({ transcript_path: _, agent_transcript_path: __, ...rest }: Fields): Fields => rest

const shapeCall = (call: unknown, how: Shaping): unknown => {
  const { tool_name, tool_use_id, tool_input, withheld } = fieldsOf(call)
  return {
    tool_name: short(tool_name, how),
    tool_use_id: short(tool_use_id, how),
    tool_input: shapeInput(tool_name, tool_input, how),
    ...(withheld === true && { withheld }),
  }
}

/** What of a hook's payload may be sent, at the level asked for. */
export function shapePayload(payload: unknown, how: Shaping): unknown {
  if (how.level === 'metadata') return shapeUsual(measured(payload), how)
  if (how.level !== 'full' || typeof payload !== 'object' || payload === null) return shapeUsual(payload, how)
  const { guarded, ...rest } = payload as Fields // `plain` looks at all of it
  // What is about a file that holds secrets is never told in full. The mark stays, for who looks at it next.
  if (guarded === true || isAboutSecrets(rest))
    return shapeUsual({ guarded: true, ...rest }, { ...how, level: 'redacted' })
  return plain(withoutOmitted(rest), how)
}

/** Whether a file is named, in the call or in one of a batch, whose content is secret whatever it looks like. */
function isAboutSecrets(payload: Fields): boolean {
  const calls = Array.isArray(payload.tool_calls) ? payload.tool_calls.map(fieldsOf) : []
  const named = [payload, ...calls].flatMap((call) => [call, fieldsOf(call.tool_input), fieldsOf(call.tool_response)])
  const texts = named.flatMap((one) =>
    ['file_path', 'filePath', 'notebook_path', 'path', 'glob', 'pattern', 'command'].map((name) => one[name]),
  )
  return texts.some((text) => typeof text === 'string' && secretFile.test(text.slice(0, longest)))
}

function shapeUsual(payload: unknown, how: Shaping): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return short(payload, how)
  const tool = (payload as Fields).tool_name // checked above
  return eachOf(withoutOmitted(payload as Fields), how, (value, name) => {
    if (name === 'tool_input') return shapeInput(tool, value, how)
    if (name === 'tool_response') return shapeResponse(value, how)
    if (name === 'tool_calls')
      return Array.isArray(value) ? value.slice(0, 20).map((call) => shapeCall(call, how)) : size(value)
    if (name === 'background_tasks') return backgroundTasks(value, how)
    if (isSecretName(name)) return masked(value, how)
    return ((Object.hasOwn(fields, name) ? fields[name] : undefined) ?? short)(value, how)
  })
}

const backgroundTasks: Shape = (value, how) =>
  Array.isArray(value)
    ? value
        .slice(0, 20)
        .map((task) => eachOf(fieldsOf(task), how, (item, name) => (name === 'command' ? command : short)(item, how)))
    : size(value)
