import { changesTasks } from './changes.ts'
import type { Change, TaskStatus } from './model.ts'
import type { Event } from './project.ts'
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
export function outcomeInWords({ task, subtask, fields }: Told, events: Event[]): string {
  const about = events.filter(changesTasks).filter(({ type, data }) => {
    return type.startsWith('subtask:') === (subtask !== null) && idOf(data) === (subtask ?? task)
  })
  const event = about.at(-1)
  if (about.some(({ type }) => type.endsWith(':created'))) return 'it is back'
  if (!event || !('changes' in event.data)) return 'it is gone'
  if ('before' in event.data) return 'it stands where it stood'
  if (fields.length) return `${fields.length === 1 ? 'it is' : 'they are'} as before`
  const released = 'released' in event.data ? `; ready now: ${event.data.released?.join(', ')}` : ''
  return `${standsNow(event.data.changes)}${released}`
}

function standsNow(changes: { status?: TaskStatus | undefined; assignee?: string | null | undefined }): string {
  const { status, assignee } = changes
  if (!status) return assignee ? `it is ${assignee}'s again` : "it is nobody's again"
  return `it is ${words(status)} again${assignee ? `, with ${assignee}` : ''}`
}

function idOf(data: (TaskEvent | SubtaskEvent)['data']): string {
  const one = 'subtask' in data ? data.subtask : data.task
  return typeof one === 'string' ? one : one.id
}

function listed(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
