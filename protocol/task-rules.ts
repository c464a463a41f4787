import { refuse } from './errors.ts'
import { cycleThrough, readyTasks, unmetNeeds } from './graph.ts'
import type { SessionId, SubtaskId, TaskId } from './ids.ts'
import type { Priority, Project, Session, Task, TaskStatus } from './model.ts'

/** How long a task stays with a session that says nothing: longer than any tool should take in silence. */
export const LEASE_MS = 30 * 60_000

const leaseFor = (session: SessionId, now: number) => ({ session, expiresAt: now + LEASE_MS })

/** What is true of a task that a session works on from `now` (ms). */
export function inProgress(task: Task, session: SessionId, now: number) {
  return {
    ...{ status: 'in_progress' as const, assignee: session, lease: leaseFor(session, now) },
    startedAt: task.startedAt ?? now,
  }
}

type Given = {
  task: TaskId
  title: string
  description: string
  acceptance: string
  priority: Priority
  labels: string[]
  needs: TaskId[]
  subtasks: { subtask: SubtaskId; title: string }[]
}

export function newTask(
  { task, title, description, acceptance, priority, labels, needs, subtasks }: Given,
  by: string,
  now: number,
): Task {
  return {
    ...{ id: task, title, description, acceptance, status: 'todo', priority, labels, needs },
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
    if (cycle) {
      refuse('would_cycle', `${task} would wait for itself: ${cycle.join(' → ')}`, {
        field: 'needs',
        suggestion: 'maestro task graph',
      })
    }
  }
}

/** Each step has an id of its own: the second of two with one id could never be named. */
export function checkSubtasks(subtasks: readonly { subtask: SubtaskId }[]): void {
  const seen = new Set<SubtaskId>()
  for (const { subtask } of subtasks) {
    if (seen.has(subtask)) refuse('id_taken', `${subtask} is there twice`, { field: 'subtasks' })
    seen.add(subtask)
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

/** A status for people. */
export const words = (status: TaskStatus) => status.replace('_', ' ')

/** Refuses unless everything that `task` needs is done. */
export function expectReady(project: Project, task: Task): void {
  const waits = unmetNeeds(project, task)
  if (waits.length === 0) return
  refuse('not_ready', `${task.id} waits for ${waits.join(', ')}`, { suggestion: `maestro task show ${waits[0]}` })
}

/** Refuses while `task` is somebody else's than `session`'s, telling whose and what else is ready. */
export function expectFree(project: Project, task: Task, session: SessionId): void {
  if (task.assignee === null || task.assignee === session) return
  const ready = readyTasks(project).slice(0, 5)
  refuse('already_claimed', `${task.id} is taken by ${task.assignee}`, {
    suggestion: ready[0] ? `maestro task claim ${ready[0].id}` : 'maestro task list --status todo',
    validValues: ready.map((other) => other.id),
  })
}

/** The best task that could start; refuses, telling why, when there is none. */
export function nextTask(project: Project): Task {
  const [best] = readyTasks(project)
  if (best) return best
  const all = Object.values(project.tasks)
  if (all.some(({ status }) => status === 'in_progress')) {
    refuse('all_claimed', 'Every task that could start has somebody working on it', {
      suggestion: 'maestro task list --status in_progress',
    })
  }
  refuse('none_ready', all.length ? 'No task is ready' : 'There are no tasks yet', { suggestion: 'maestro task list' })
}

/** Is there a task that `session` works on now? */
export function isBusy(project: Project, session: Session): boolean {
  return session.tasks.some((id) => project.tasks[id]?.lease?.session === session.id)
}

/** What becomes of a task whose obstacle is gone: whoever had it goes on with it, if that one can. */
export function resumed(project: Project, task: Task, now: number): Partial<Task> {
  const holder = task.assignee && project.sessions[task.assignee]
  if (holder && holder.status === 'spawning') return { status: 'todo' }
  if (!holder || holder.status === 'ended' || unmetNeeds(project, task).length)
    return { status: 'todo', assignee: null }
  return inProgress(task, holder.id, now)
}
