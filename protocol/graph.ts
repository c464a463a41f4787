import type { TaskId } from './ids.ts'
import type { Priority, Project, Task } from './model.ts'

/** Tasks that `task` still waits for. */
export function unmetNeeds(project: Project, task: Task): TaskId[] {
  return task.needs.filter((id) => project.tasks[id] && project.tasks[id].status !== 'done')
}

/** Nobody works on it, nobody is about to, and everything it needs is done. */
export function isReady(project: Project, task: Task): boolean {
  return task.status === 'todo' && task.assignee === null && unmetNeeds(project, task).length === 0
}

const weight: Record<Priority, number> = { urgent: 3, high: 2, medium: 1, low: 0 }

/** What could be started now, the best first: by priority, then by age. */
export function readyTasks(project: Project): Task[] {
  const ready = Object.values(project.tasks).filter((task) => isReady(project, task))
  return ready.sort(
    (a, b) => weight[b.priority] - weight[a.priority] || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  )
}

/** Tasks that could start once `done` is done and could not before. */
export function releasedBy(project: Project, done: TaskId): TaskId[] {
  const waiting = Object.values(project.tasks).filter((task) => task.status === 'todo' && task.needs.includes(done))
  return waiting.filter((task) => unmetNeeds(project, task).every((id) => id === done)).map((task) => task.id)
}

/** The circle that would close if `task` came to need `need`: `[task, need, …, task]`, or nothing. */
export function cycleThrough(project: Project, task: TaskId, need: TaskId): TaskId[] | undefined {
  const seen = new Set<TaskId>()
  const path: TaskId[] = [task]
  const reaches = (id: TaskId): boolean => {
    path.push(id)
    if (id === task) return true
    if (!seen.has(id)) {
      seen.add(id)
      if ((project.tasks[id]?.needs ?? []).some(reaches)) return true
    }
    path.pop()
    return false
  }
  return reaches(need) ? path : undefined
}
