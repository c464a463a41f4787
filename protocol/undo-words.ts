import type { Change } from './model.ts'
import type { SubtaskEvent } from './subtask.ts'
import type { TaskEvent } from './task-events.ts'
import { words } from './task-rules.ts'

type Step = Pick<Change['steps'][number], 'action' | 'task' | 'title' | 'before'> & { subtask?: string | null }
/** A step as the log tells that it was taken back. */
export type Told = { action: string; task: string; subtask: string | null; title: string; fields: string[] }

export function toldOf({ action, task, title, before, ...step }: Step): Told {
  const fields = action === 'edited' ? Object.keys(before ?? {}) : []
  return { action, task, subtask: step.subtask ?? null, title, fields }
}

/** What somebody did, for people: `completed task_4hq1w8ze “Fix the parser”`. */
export function inWords({ action, task, subtask, title, fields }: Told): string {
  const what = subtask ? `step ${subtask} “${title}” of ${task}` : `${task} “${title}”`
  const did = action.replaceAll('_', ' ')
  return fields.length ? `${did} ${listed(fields)} of ${what}` : `${did} ${what}`
}

/** What a whole change did, in one line. */
export function changeInWords(steps: Told[]): string {
  const [first, ...more] = steps
  if (!first) return 'changed too much to be kept'
  return more.length ? `${inWords(first)}, and ${more.length} more` : inWords(first)
}

/** What came of taking `told` back, given the events by which it was: `it is in progress again, with sess_9vk3n2aq`. */
export function outcomeInWords({ task, subtask, fields }: Told, events: (TaskEvent | SubtaskEvent)[]): string {
  const about = events.filter(
    ({ data }) => 'subtask' in data === (subtask !== null) && idOf(data) === (subtask ?? task),
  )
  const event = about.at(-1)
  if (about.some(({ type }) => type.endsWith(':created'))) return 'it is back'
  if (!event || event.type.endsWith(':deleted')) return 'it is gone'
  if ('before' in event.data) return 'it stands where it stood'
  if (!('changes' in event.data) || fields.length) return `${listed(fields)} as before`
  const { status } = event.data.changes
  const holder = 'assignee' in event.data.changes ? event.data.changes.assignee : null
  if (!status) return holder ? `it is ${holder}'s again` : "it is nobody's again"
  return `it is ${words(status)} again${holder ? `, with ${holder}` : ''}`
}

function idOf(data: (TaskEvent | SubtaskEvent)['data']): string {
  const one = 'subtask' in data ? data.subtask : data.task
  return typeof one === 'string' ? one : one.id
}

function listed(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
