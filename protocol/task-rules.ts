import type { Actor } from './actor.ts'
import { refuse } from './errors.ts'
import { cancelledNeeds, cycleThrough, goOnWithout, readyTasks, unmetNeeds } from './graph.ts'
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

/** A task as whoever asks for it says it. */
export type NewTask = {
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
  { task, title, description, acceptance, priority, labels, needs, subtasks }: NewTask,
  by: string,
  now: number,
  position = now,
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
    ...{ createdBy: by, createdAt: now, updatedAt: now, startedAt: null, endedAt: null, position },
  }
}

/** Every need exists, and none of them waits for `task` itself. */
export function checkNeeds(project: Project, task: TaskId, needs: TaskId[]): void {
  for (const need of needs) {
    if (need !== task) expectNeed(project, need)
    const cycle = cycleThrough(project, task, need)
    if (cycle) refuseCycle(cycle)
  }
}

export function expectNeed(project: Project, need: TaskId, field = 'needs'): void {
  if (project.tasks[need]) return
  refuse('task_not_found', `There is no task ${need} to wait for`, { field, suggestion: 'maestro task list' })
}

/** `cycle` is `[task, need, …, task]`. */
export function refuseCycle(cycle: readonly TaskId[], field = 'needs'): never {
  const message = `${cycle[0]} would wait for itself: ${cycle.join(' → ')}`
  refuse('would_cycle', message, { field, suggestion: 'maestro task graph' })
}

/** Each step has an id of its own: the second of two with one id could never be named. */
export function checkSubtasks(subtasks: readonly { subtask: SubtaskId }[], field = 'subtasks'): void {
  const seen = new Set<SubtaskId>()
  for (const { subtask } of subtasks) {
    if (seen.has(subtask)) refuse('id_taken', `${subtask} is there twice`, { field, suggestion: 'maestro task list' })
    seen.add(subtask)
  }
}

/** What whoever may change the task can do about it as it is. */
function wayOn({ id, status, assignee }: Task, { session }: Actor): string {
  switch (status) {
    case 'todo':
      return session ? `maestro task claim ${id}` : `maestro session spawn ${id}`
    case 'in_progress':
      return `maestro task show ${id}`
    case 'blocked':
      return `maestro task unblock ${id}`
    case 'in_review': // whoever handed it over does not complete it
      return session && session === assignee ? `maestro task reopen ${id}` : `maestro task complete ${id}`
    case 'done':
    case 'cancelled':
      return `maestro task reopen ${id}`
  }
}

/** Refuses to `act` for `by` unless the task has one of `statuses`. */
export function expectStatus(task: Task, by: Actor, act: string, ...statuses: TaskStatus[]): void {
  if (!statuses.includes(task.status)) refuseStatus(task, act, statuses, wayOn(task, by))
}

/** Refuses unless the task may be claimed. Who asks need not be anybody who may change it: for an agent there are others. */
export function expectToDo(task: Task, by: Actor): void {
  const suggestion = by.session ? 'maestro task list --ready' : wayOn(task, by)
  if (task.status !== 'todo') refuseStatus(task, 'claim it', ['todo'], suggestion)
}

function refuseStatus({ id, status }: Task, act: string, statuses: TaskStatus[], suggestion: string): never {
  const message = `${id} is ${words(status)}; to ${act} it must be ${statuses.map(words).join(' or ')}`
  refuse('wrong_status', message, { suggestion })
}

/** A status for people. */
export const words = (status: TaskStatus) => status.replace('_', ' ')

/** Refuses unless everything that `task` needs is done. */
export function expectReady(project: Project, task: Task): void {
  const waits = unmetNeeds(project, task)
  if (waits.length === 0) return
  const cancelled = cancelledNeeds(project, task)
  const named = waits.map((id) => (cancelled.includes(id) ? `${id}, which is cancelled` : id))
  const suggestion = cancelled.length ? goOnWithout(task, cancelled) : `maestro task show ${waits[0]}`
  refuse('not_ready', `${task.id} waits for ${named.join(', ')}`, { suggestion })
}

/** Refuses while `task` is somebody else's than `session`'s, telling `by` whose and what else is ready. */
export function expectFree(project: Project, task: Task, session: SessionId, by: Actor): void {
  if (task.assignee === null || task.assignee === session) return
  const ready = readyTasks(project).slice(0, 5)
  const forIt = by.session === session ? '' : ` --session ${session}`
  refuse('already_claimed', `${task.id} is taken by ${task.assignee}`, {
    suggestion: ready[0] ? `maestro task claim ${ready[0].id}${forIt}` : 'maestro task list --status todo',
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
