import { fieldsOf, getFileName, hostAndPath } from './summary.ts'
import { countBytes, countLines } from './text.ts'

// What the level `metadata` leaves: which tool, how long, how much; no text, and of a path the file's name at most.

type Fields = Record<string, unknown>

/** How much there was, instead of what. */
export function size(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return { bytes: countBytes(value), lines: countLines(value) }
  if (Array.isArray(value)) return { items: value.length }
  const fields = fieldsOf(value)
  return isMeasure(fields) ? fields : { items: Object.keys(fields).length }
}

/** Whether it is what `size` answers: measuring a measure leaves it as it is. */
export const isMeasure = (fields: Fields) =>
  ['items', 'bytes,lines'].includes(Object.keys(fields).join()) &&
  Object.values(fields).every((value) => typeof value === 'number')

/** Words of the agent's own, which say what kind of thing happened, and to which call. */
const words = new Set([
  ...['hook_event_name', 'session_id', 'prompt_id', 'tool_name', 'tool_use_id', 'agent_id', 'agent_type', 'turn_id'],
  ...['permission_mode', 'source', 'trigger', 'notification_type', 'reason', 'error', 'status', 'type', 'model'],
])
const isWord = (name: string, value: string) =>
  name === 'reason' || name === 'error' ? /^[a-z_]{1,40}$/.test(value) : /^[\w.:-]{0,100}$/.test(value)
const paths = new Set(['file_path', 'filePath', 'notebook_path', 'path', 'cwd', 'new_cwd', 'old_cwd'])

/** A payload without any text of people, agents or files. Doing it twice is doing it once. */
export function measured(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return size(payload)
  const fields = payload as Fields // checked above
  const entries = Object.entries(fields).map(([name, value]) => {
    if (name === 'tool_input') return [name, String(fields.tool_name).startsWith('mcp__') ? size(value) : each(value)]
    if (name === 'tool_response') return [name, each(value)]
    if (name === 'tool_calls' && Array.isArray(value)) return [name, value.slice(0, 20).map(measured)]
    return [name, one(name, value)]
  })
  return Object.fromEntries(entries)
}

function each(value: unknown): unknown {
  const fields = fieldsOf(value)
  if (Object.keys(fields).length === 0 || isMeasure(fields)) return size(value)
  return Object.fromEntries(Object.entries(fields).map(([name, item]) => [name, one(name, item)]))
}

function one(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return size(value)
  if (paths.has(name)) return getFileName(value)
  if (name === 'url') return hostAndPath(value).split('/')[0]
  return words.has(name) && isWord(name, value) ? value : size(value)
}
