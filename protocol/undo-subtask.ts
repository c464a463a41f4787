import { placeOf, printOf } from './changes.ts'
import type { SubtaskId } from './ids.ts'
import type { Place, Subtask, SubtaskStep, Task } from './model.ts'
import { MAX_SUBTASKS, type SubtaskEvent } from './subtask.ts'
import { builtOn, type Since } from './undo-task.ts'

/** The events that take back what `step` did to a subtask; refuses when something has built on it. */
export function subtaskBack(since: Since, step: SubtaskStep): SubtaskEvent[] {
  const task = since.project.tasks[step.task] ?? builtOn(since, step, 'is gone with its task')
  const subtask = task.subtasks.find(({ id }) => id === step.subtask)
  if (step.after === null) return recreated(since, step, task, subtask)
  if (!subtask) return builtOn(since, step, 'has been deleted since')
  const field = Object.keys(step.after).find((name) => printOf(subtask[name as keyof Subtask]) !== step.after![name])
  if (field) builtOn(since, step, field === 'title' ? `is “${subtask.title}” now` : `is ${words[subtask.status]} now`)
  const ids = { task: task.id, subtask: subtask.id }
  if (step.before === null) return [{ type: 'subtask:deleted', data: ids }]
  if (!step.from) return [{ type: 'subtask:updated', data: { ...ids, changes: step.before } }]
  if (!isAt(step.to, placeOf(task, subtask.id))) builtOn(since, step, 'stands elsewhere now')
  return [
    { type: 'subtask:updated', data: { ...ids, changes: step.before, before: spot(task, subtask.id, step.from) } },
  ]
}

const words = { todo: 'to do', done: 'done' }

function recreated(since: Since, step: SubtaskStep, task: Task, other: Subtask | undefined): SubtaskEvent[] {
  if (other) builtOn(since, step, 'is another subtask now')
  if (task.subtasks.length >= MAX_SUBTASKS) builtOn(since, step, `finds no place among ${MAX_SUBTASKS} others`)
  // Of what is gone, all was kept, and where it stood.
  const subtask = step.before as Subtask
  const before = spot(task, subtask.id, step.from!)
  const created: SubtaskEvent = { type: 'subtask:created', data: { task: task.id, subtask } }
  if (before === null) return [created]
  return [created, { type: 'subtask:updated', data: { task: task.id, subtask: subtask.id, changes: {}, before } }]
}

/** One neighbour is enough: the other may have come, gone or moved itself. */
const isAt = (to: Place | null, { previous, next }: Place) => to?.previous === previous || to?.next === next

/** The subtask to put it before so that it stands where it stood, as far as its neighbours are still there; null: the end. */
function spot({ subtasks }: Task, self: SubtaskId, { previous, next }: Place): SubtaskId | null {
  const others = subtasks.map(({ id }) => id).filter((id) => id !== self)
  if (next && others.includes(next)) return next
  if (previous === null) return next === null ? null : (others[0] ?? null)
  const at = others.indexOf(previous)
  return at < 0 ? null : (others[at + 1] ?? null)
}
