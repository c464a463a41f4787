import { refuse } from './errors.ts'
import { cycleThrough } from './graph.ts'
import type { SessionId, SubtaskId, TaskId } from './ids.ts'
import type { Priority, Project, Task, TaskStatus } from './model.ts'

/** How long a task stays with a session that says nothing: longer than any tool should take in silence. */
export const LEASE_MS = 30 * 60_000

export const leaseFor = (session: SessionId, now: number) => ({ session, expiresAt: now + LEASE_MS })

type Given = {
  task: TaskId
  title: string
  description: string
  priority: Priority
  labels: string[]
  needs: TaskId[]
  subtasks: { subtask: SubtaskId; title: string }[]
}

export function newTask(
  { task, title, description, priority, labels, needs, subtasks }: Given,
  by: string,
  now: number,
): Task {
  return {
    ...{ id: task, title, description, status: 'todo', priority, labels, needs },
    subtasks: subtasks.map((sub) => ({
      id: sub.subtask,
      title: sub.title,
      status: 'todo',
      doneBy: null,
      doneAt: null,
    })),
    ...{ assignee: null, lease: null, blocked: null, result: null, attempts: [], note: null },
    ...{ createdBy: by, createdAt: now, updatedAt: now, startedAt: null, endedAt: null, position: now },
  }
}

/** Every need exists, and none of them waits for `task` itself. */
export function checkNeeds(project: Project, task: TaskId, needs: TaskId[]): void {
  for (const need of needs) {
    if (!project.tasks[need] && need !== task) {
      refuse('task_not_found', `There is no task ${need} to wait for`, {
        field: 'needs',
        suggestion: 'maestro task list',
      })
    }
    const cycle = cycleThrough(project, task, need)
    if (cycle) refuse('would_cycle', `${task} would wait for itself: ${cycle.join(' → ')}`, { field: 'needs' })
  }
}

const wayOn: Record<TaskStatus, (task: TaskId) => string> = {
  todo: (task) => `maestro task claim ${task}`,
  in_progress: (task) => `maestro task complete ${task}`,
  blocked: (task) => `maestro task unblock ${task}`,
  in_review: (task) => `maestro task complete ${task}`,
  done: (task) => `maestro task reopen ${task}`,
  cancelled: (task) => `maestro task reopen ${task}`,
}

/** Refuses to `act` unless the task has one of `statuses`. */
export function expectStatus(task: Task, act: string, ...statuses: TaskStatus[]): void {
  if (statuses.includes(task.status)) return
  refuse(
    'wrong_status',
    `${task.id} is ${words(task.status)}; to ${act} it must be ${statuses.map(words).join(' or ')}`,
    {
      suggestion: wayOn[task.status](task.id),
    },
  )
}

const words = (status: TaskStatus) => status.replace('_', ' ')

/** Everything that waits for `task`, near or far. */
export function reachable(project: Project, task: TaskId): TaskId[] {
  const found = new Set<TaskId>()
  const visit = (id: TaskId) => {
    for (const other of Object.values(project.tasks)) {
      if (found.has(other.id) || !other.needs.includes(id) || other.status === 'done' || other.status === 'cancelled')
        continue
      found.add(other.id)
      visit(other.id)
    }
  }
  visit(task)
  return [...found]
}
