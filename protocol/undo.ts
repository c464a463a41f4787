import * as z from 'zod'
import { nameOf } from './actor.ts'
import type { EventsIn, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import type { Change, Project } from './model.ts'
import { evolveSubtask, type SubtaskEvent } from './subtask.ts'
import type { Context } from './task-access.ts'
import { evolveTask, type TaskEvent } from './task-events.ts'
import { subtaskBack } from './undo-subtask.ts'
import { taskBack } from './undo-task.ts'
import { toldOf } from './undo-words.ts'

export const undoCommands = {
  'task.undo': {
    summary: 'Take back what you did last to tasks',
    method: 'POST',
    path: '/tasks/undo',
    scope: 'task:write',
    input: z.object({
      change: z
        .string()
        .regex(/^[\w-]{1,100}$/, 'a change has the id of the request that made it')
        .optional()
        .describe('The change to take back (default: your newest)'),
    }),
  },
} as const satisfies Table

export const undoEvents = {
  'task:undone': z.object({
    change: z.string(),
    what: z
      .array(
        z.object({
          ...{ action: z.string(), task: z.string(), subtask: z.string().nullable(), title: z.string() },
          fields: z.array(z.string()).describe('What was edited'),
        }),
      )
      .describe('What was taken back, the last of it first'),
  }),
}

type UndoCommand = RequestsIn<typeof undoCommands>
export type UndoEvent = EventsIn<typeof undoEvents>
type Back = TaskEvent | SubtaskEvent

/** That the change is taken back, and the events that make things as they were before it. */
export function decideUndo(project: Project, { change: id }: UndoCommand, context: Context): (UndoEvent | Back)[] {
  const change = theChange(project, id, context)
  if (change.status === 'taken_back') return []
  if (change.status === 'too_large') {
    refuse('conflict', `${change.id} changed too much to be kept, and cannot be taken back`, { suggestion: LIST })
  }
  const scratch = scratchOf(project, change)
  const steps = change.steps.toReversed()
  // Each step is taken back from how things are once those after it are.
  const events = steps.flatMap((step): Back[] => {
    const since = { project: scratch, change, now: context.now }
    const back = step.on === 'task' ? taskBack(since, step) : subtaskBack(since, step)
    for (const event of back) apply(scratch, event, context)
    return back
  })
  return [{ type: 'task:undone', data: { change: change.id, what: steps.map(toldOf) } }, ...events]
}

const LIST = 'maestro undo --list'

/** What `who` did and may yet take back, newest first. */
export function changesOf({ changes = [] }: Project, who: string): Change[] {
  return changes.filter(({ by, status }) => by === who && status !== 'taken_back').reverse()
}

function theChange(project: Project, id: string | undefined, { by }: Context): Change {
  if (by.kind !== 'person') {
    const message = 'Only people take back what they did; an agent says what is to be instead'
    refuse('forbidden', message, { suggestion: 'maestro task edit --help' })
  }
  const me = nameOf(by)
  const change = id === undefined ? changesOf(project, me)[0] : project.changes?.find((one) => one.id === id)
  if (!change) {
    const message = id === undefined ? `${me} has changed nothing that can be taken back` : `There is no change ${id}`
    refuse('change_not_found', message, { suggestion: LIST, ...(id !== undefined && { field: 'change' }) })
  }
  if (change.by === me) return change
  return refuse('forbidden', `${change.id} is a change of ${change.by}, who alone can take it back`, {
    suggestion: LIST,
  })
}

/** The project with copies of what the change is about, to try on. */
function scratchOf(project: Project, change: Change): Project {
  const scratch = { ...project, tasks: { ...project.tasks }, sessions: { ...project.sessions } }
  for (const step of change.steps) {
    const task = project.tasks[step.task]
    if (task) scratch.tasks[step.task] = { ...task, subtasks: task.subtasks.map((one) => ({ ...one })) }
    const holder = step.on === 'task' && step.before?.assignee
    const session = holder && project.sessions[holder]
    if (session) scratch.sessions[session.id] = { ...session }
  }
  return scratch
}

function apply(scratch: Project, event: Back, { by, now }: Context): void {
  const place = { seq: 0, id: '', at: now, by: nameOf(by) }
  if (event.type.startsWith('subtask:'))
    evolveSubtask(scratch, { ...place, ...(event as SubtaskEvent) }) // as its type says
  else evolveTask(scratch, { ...place, ...(event as TaskEvent) })
}
