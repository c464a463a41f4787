import { isReady } from '../../protocol/graph.ts'
import type { TaskId } from '../../protocol/ids.ts'
import { type Project, type Task, type TaskStatus, taskStatuses } from '../../protocol/model.ts'

export type Columns = Record<TaskStatus, TaskId[]>

/** Tasks by status, in the board's order: what is ready before what waits, what ended last before the rest. */
export function columnsOf(project: Project): Columns {
  const columns = Object.fromEntries(taskStatuses.map((status) => [status, [] as Task[]])) as Record<TaskStatus, Task[]> // one of each
  for (const task of Object.values(project.tasks)) columns[task.status].push(task)
  const waits = (task: Task) => Number(!isReady(project, task))
  columns.todo.sort((a, b) => waits(a) - waits(b) || a.position - b.position)
  for (const open of [columns.in_progress, columns.blocked, columns.in_review])
    open.sort((a, b) => a.position - b.position)
  for (const ended of [columns.done, columns.cancelled]) ended.sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
  return Object.fromEntries(taskStatuses.map((status) => [status, columns[status].map(({ id }) => id)])) as Columns // as above
}
