import type { EntryRow } from './history.ts'

/** So much of one entry can be found by its words. */
const MOST = 20_000

type Data = Record<string, unknown>

/** What people may look for in an entry: what was done, asked, said, planned and reported. Empty: nothing. */
export function textOf({ type, data }: Pick<EntryRow, 'type' | 'data'>): string {
  // That a tool began is said again when it has ended.
  if (type === 'hook:tool_start' || type === 'task:undone') return ''
  const parts = partsOf(type, JSON.parse(data) as Data) // only the log writes there
  return parts
    .filter((part) => typeof part === 'string' && part !== '')
    .join('\n')
    .slice(0, MOST)
}

function partsOf(type: string, data: Data): unknown[] {
  if (type === 'hook:prompt') return [inside(data, 'payload').prompt ?? data.summary]
  if (type.startsWith('hook:')) return [data.summary, inside(data, 'needs').message]
  if (type === 'project:created') return [data.name]
  return [
    data.text,
    data.reason,
    data.title,
    ...['task', 'session', 'subtask', 'changes'].flatMap((name) => said(inside(data, name))),
  ]
}

/** What a task, a session, a step, or a change of one says in words. */
function said(of: Data): unknown[] {
  const steps = Array.isArray(of.subtasks) ? of.subtasks.map((step: Data) => step.title) : []
  const { name, title, description, acceptance, prompt } = of
  const [result, progress, blocked] = ['result', 'progress', 'blocked'].map((name) => inside(of, name))
  return [name, title, description, acceptance, ...steps, prompt, result!.summary, progress!.text, blocked!.reason]
}

function inside(data: Data, name: string): Data {
  const value = data[name]
  return typeof value === 'object' && value !== null ? (value as Data) : {} // an object has fields of some kind
}
