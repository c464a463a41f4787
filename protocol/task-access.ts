import type { Actor } from './actor.ts'
import { refuse } from './errors.ts'
import type { SessionId, TaskId } from './ids.ts'
import type { Project, Session, Task } from './model.ts'

/** Who decides, and when: the clock (ms since 1970) comes in as a value. */
export type Context = { by: Actor; now: number }

/** An agent's key ends with its session, whatever it asks for. */
export function hasEnded(project: Project, { session }: Actor): boolean {
  const own = session && project.sessions[session]
  return session !== undefined && (!own || own.status === 'ended')
}

export function checkLive(project: Project, by: Actor): void {
  if (!hasEnded(project, by)) return
  const known = by.session && project.sessions[by.session]
  const why = known ? 'has ended, and its key with it' : 'is not here, and its key is good for nothing'
  refuse('credentials_ended', `${by.session} ${why}`, { suggestion: 'maestro whoami' })
}

export function theTask(project: Project, id: TaskId): Task {
  return (
    project.tasks[id] ??
    refuse('task_not_found', `There is no task ${id}`, { field: 'task', suggestion: 'maestro task list' })
  )
}

export function theSession(project: Project, id: SessionId): Session {
  const found = project.sessions[id]
  return (
    found ??
    refuse('session_not_found', `There is no session ${id}`, { field: 'session', suggestion: 'maestro session list' })
  )
}

/** The task, if `by` may change it: an agent changes the tasks that it or its children work on, or made. */
export function taskFor(project: Project, id: TaskId, by: Actor): Task {
  const task = theTask(project, id)
  if (by.kind !== 'session' || owns(project, by.session, task)) return task
  refuse('forbidden', `${id} is not a task of ${by.session}`, {
    suggestion: `maestro task list --session ${by.session}`,
  })
}

/** Whether a task is `session`'s business: made, held or last held by it or by one that it started. */
export function owns(project: Project, session: SessionId | undefined, task: Task): boolean {
  if (!session) return false
  const below = (id: string) => id === session || isAncestor(project, session, id as SessionId) // other names have no parents
  if (below(task.createdBy)) return true
  if (task.assignee) return below(task.assignee)
  // Nobody has it now: whoever had it may still say so, or giving it back twice would be refused.
  return Object.values(project.sessions).some(({ id, tasks }) => tasks.includes(task.id) && below(id))
}

/** Did `ancestor` start `session`, itself or through its children? */
export function isAncestor(project: Project, ancestor: SessionId, session: SessionId): boolean {
  for (let id = project.sessions[session]?.parent ?? null; id; id = project.sessions[id]?.parent ?? null) {
    if (id === ancestor) return true
  }
  return false
}
