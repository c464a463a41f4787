import * as z from 'zod'
import type { EventsIn, Logged } from './declare.ts'
import { SessionId, TaskId } from './ids.ts'
import { type Project, Task } from './model.ts'

/** What was done to a task, in the past tense: it says more than the changed fields alone. */
const Action = z.enum([
  'edited',
  'assigned',
  'claimed',
  'released',
  'blocked',
  'unblocked',
  'handed_over',
  'completed',
  'reopened',
  'cancelled',
  'attempted',
  'restored',
])

export const taskEvents = {
  'task:created': z.object({ task: Task }),
  'task:updated': z.object({
    task: TaskId,
    action: Action,
    changes: Task.omit({ id: true }).partial(),
    released: z.array(TaskId).optional().describe('Tasks that became ready by this'),
    leftWaiting: z.array(TaskId).optional().describe('Tasks that go on waiting for this one'),
  }),
  'task:deleted': z.object({ task: TaskId }),
  'task:note': z.object({ task: TaskId, text: z.string(), session: SessionId.nullable() }),
}

export type TaskEvent = EventsIn<typeof taskEvents>
type Action = z.infer<typeof Action>
type Changes = Partial<Omit<Task, 'id'>>

export function updated(task: Task, action: Action, changes: Changes): TaskEvent {
  return { type: 'task:updated', data: { task: task.id, action, changes } }
}

export function evolveTask(project: Project, { type, data, by, at }: Logged<TaskEvent>): void {
  if (type === 'task:created') {
    // The log's entry stays as it was written: what is changed in place later must be the project's own.
    // Entries of the time before tasks had it lack `acceptance`.
    project.tasks[data.task.id] = {
      ...{ acceptance: '' },
      ...data.task,
      subtasks: data.task.subtasks.map((subtask) => ({ ...subtask })),
    }
    return
  }
  const task = project.tasks[data.task]
  if (!task) return // deleted since
  switch (type) {
    case 'task:updated':
      Object.assign(task, data.changes)
      task.updatedAt = at
      if (data.changes.assignee) remember(project, data.changes.assignee, task.id)
      return
    case 'task:deleted':
      delete project.tasks[data.task]
      return
    case 'task:note': {
      task.note = { text: data.text, by, at }
      task.updatedAt = at
      const session = data.session && project.sessions[data.session]
      if (session) session.progress = { text: data.text, at }
    }
  }
}

/** What a session took later is its task as much as what it was started on. */
function remember(project: Project, id: SessionId, task: TaskId): void {
  const session = project.sessions[id]
  if (session && !session.tasks.includes(task)) session.tasks = [...session.tasks, task]
}
