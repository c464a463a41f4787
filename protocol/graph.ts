import type { TaskId } from './ids.ts'
import type { Priority, Project, Task } from './model.ts'

/** Tasks that `task` still waits for. */
export function unmetNeeds(project: Project, task: Task): TaskId[] {
  return task.needs.filter((id) => project.tasks[id] && project.tasks[id].status !== 'done')
}

/** What `task` waits for without end, unless somebody changes the plan. */
export function cancelledNeeds(project: Project, task: Task): TaskId[] {
  return task.needs.filter((id) => project.tasks[id]?.status === 'cancelled')
}

/** The command that lets a task go on without `cancelled`, which it needed. */
export function goOnWithout({ id, needs }: Pick<Task, 'id' | 'needs'>, cancelled: readonly TaskId[]): string {
  const left = needs.filter((need) => !cancelled.includes(need))
  return `maestro task edit ${id} --needs ${left.join(',') || '""'}`
}

/** Nobody works on it, nobody is about to, and everything it needs is done. */
export function isReady(project: Project, task: Task): boolean {
  return task.status === 'todo' && task.assignee === null && unmetNeeds(project, task).length === 0
}

const weight: Record<Priority, number> = { urgent: 3, high: 2, medium: 1, low: 0 }

/** What could be started now, the best first. */
export function readyTasks(project: Project): Task[] {
  return Object.values(project.tasks)
    .filter((task) => isReady(project, task))
    .sort(bySoonest)
}

/** By priority, then by age, then by place on the board: tasks of one plan are of one age. */
export function bySoonest(a: Task, b: Task): number {
  const [sooner, older] = [weight[b.priority] - weight[a.priority], a.createdAt - b.createdAt]
  return sooner || older || a.position - b.position || (a.id < b.id ? -1 : 1)
}

/** Tasks that could start once `done` is done and could not before. */
export function releasedBy(project: Project, done: TaskId): TaskId[] {
  const waiting = Object.values(project.tasks).filter((task) => task.status === 'todo' && task.needs.includes(done))
  return waiting.filter((task) => unmetNeeds(project, task).every((id) => id === done)).map((task) => task.id)
}

/** The circle that would close if `task` came to need `need`, by the shortest way: `[task, need, …, task]`, or nothing. */
export function cycleThrough(project: Project, task: TaskId, need: TaskId): TaskId[] | undefined {
  const neededBy = new Map<TaskId, TaskId>([[need, task]])
  // Not recursive: a chain of needs may be longer than a stack is deep. A map may grow while it is gone through.
  for (const id of neededBy.keys()) {
    if (id === task) return wayBack(neededBy, task)
    for (const next of project.tasks[id]?.needs ?? []) if (!neededBy.has(next)) neededBy.set(next, id)
  }
  return undefined
}

function wayBack(neededBy: Map<TaskId, TaskId>, task: TaskId): TaskId[] {
  const path = [task]
  for (let id = neededBy.get(task)!; id !== task; id = neededBy.get(id)!) path.push(id)
  return [...path, task].reverse()
}

/** Everything that waits for `task`, near or far. */
export function waitingFor(project: Project, task: TaskId): TaskId[] {
  const waiting = new Map<TaskId, TaskId[]>()
  for (const { id, status, needs } of Object.values(project.tasks)) {
    if (status === 'done' || status === 'cancelled') continue
    for (const need of needs) waiting.set(need, [...(waiting.get(need) ?? []), id])
  }
  const found = new Set<TaskId>(waiting.get(task))
  for (const id of found) for (const next of waiting.get(id) ?? []) found.add(next)
  return [...found]
}
