import type { Project, Session, Workplace } from './model.ts'
import type { SessionEvent } from './session.ts'
import type { Context } from './task-access.ts'
import type { TaskEvent } from './task-events.ts'

// What a session, or its machine, notes of it.

type Update = Extract<SessionEvent, { type: 'session:updated' }>['data']

export function changed(
  session: Session,
  action: Update['action'],
  changes: Partial<Omit<Session, 'id'>>,
): SessionEvent {
  return { type: 'session:updated', data: { session: session.id, action, changes } }
}

/** It goes by the name of something older: a page that was loaded before there was this would not know another. */
export function place(session: Session, place: Workplace): SessionEvent[] {
  const { worktree, branch, note } = session.place ?? {}
  if (worktree === place.worktree && branch === place.branch && note === place.note) return []
  return [changed(session, 'registered', { place })]
}

export function progress(
  project: Project,
  session: Session,
  text: string,
  { now }: Context,
): (SessionEvent | TaskEvent)[] {
  const task = session.tasks.map((id) => project.tasks[id]).find((one) => one?.lease?.session === session.id)
  if (task) return [{ type: 'task:note', data: { task: task.id, text, session: session.id } }]
  return [changed(session, 'progressed', { progress: { text, at: now } })]
}
