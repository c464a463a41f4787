import type { SessionId, TaskId } from './ids.ts'
import type { Project, Session } from './model.ts'
import { endSession, type SessionEvent } from './session.ts'
import { changed } from './session-notes.ts'
import { type TaskEvent, updated } from './task-events.ts'
import { LEASE_MS } from './task-rules.ts'

/** A claimed session that has not come to run by then is free to be claimed again. */
export const CLAIM_MS = 30_000
export const MAX_CLAIMS = 3
/** A session whose machine is away for so long (ms) is given up. */
export const lostMs = ({ lostAfter = 300 }: Project): number => lostAfter * 1_000

/** When (ms since 1970) time alone next changes something here; nothing when it will not. */
export function nextAlarm(project: Project): number | undefined {
  let next: number | undefined
  for (const session of liveSessions(project)) {
    const at = deadline(project, session)
    if (at !== undefined && (next === undefined || at < next)) next = at
  }
  return next
}

/** What time alone has brought about by `now`. */
export function decideClock(project: Project, now: number): (SessionEvent | TaskEvent)[] {
  const due = liveSessions(project).filter((session) => (deadline(project, session) ?? Number.POSITIVE_INFINITY) <= now)
  return due.flatMap((session) => overdue(project, session, now))
}

/** Those that have not ended. */
export function liveSessions(project: Project): Session[] {
  const ids = Object.keys(project.live) as SessionId[] // the keys of `live` are session ids by its schema
  return ids.map((id) => project.sessions[id]).filter((session) => session !== undefined)
}

/** Does anybody run here, on a machine that is there? */
export function isAtWork({ live, spawners }: Project): boolean {
  return Object.keys(live).length > 0 && Object.values(spawners).some(({ status }) => status === 'online')
}

function deadline(project: Project, session: Session): number | undefined {
  if (session.status === 'spawning') return session.spawner && session.claim ? session.claim.at + CLAIM_MS : undefined
  const machine = session.spawner ? project.spawners[session.spawner] : undefined
  // Its machine answers for a session that it holds; only one that nobody answers for must be heard itself.
  if (machine) return machine.status === 'offline' ? machine.since + lostMs(project) : undefined
  return session.lastSeenAt + LEASE_MS
}

function overdue(project: Project, session: Session, now: number): (SessionEvent | TaskEvent)[] {
  if (session.status === 'spawning') {
    // Given back, it would be started elsewhere after somebody had asked for it to be stopped.
    if (session.stopping) {
      const reason = `stopped by ${session.stopping.by} before it started`
      return endSession(project, session, { outcome: 'stopped', exitCode: null, reason }, now)
    }
    // Nobody may start it now, so this was no try.
    if (project.frozen) return [changed(session, 'unclaimed', { spawner: null, claim: null })]
    const tries = session.claim?.tries ?? 0
    if (tries < MAX_CLAIMS) return [changed(session, 'unclaimed', { spawner: null })]
    const reason = `claimed ${tries} times and never came to run`
    return endSession(project, session, { outcome: 'failed', exitCode: null, reason }, now)
  }
  const reason = session.spawner ? `${session.spawner} has been away too long` : 'nothing heard of it any more'
  return endSession(project, session, { outcome: 'lost', exitCode: null, reason }, now)
}

/** Tasks in progress without a live session: a missed message left them, and they go back. */
export function strandedTasks(project: Project): TaskEvent[] {
  const stranded = Object.values(project.tasks).filter(
    (task) => task.status === 'in_progress' && !isLive(project, task.assignee),
  )
  return stranded.map((task) => updated(task, 'released', { status: 'todo', assignee: null, lease: null }))
}

function isLive(project: Project, session: SessionId | null): boolean {
  return session !== null && project.live[session] === true
}

/** Renews the leases of a session's tasks: it was heard. In place, as evolving is. */
export function renewLeases(project: Project, session: Session, now: number): void {
  for (const id of session.tasks as TaskId[]) {
    const task = project.tasks[id]
    if (task?.lease?.session === session.id) task.lease = { session: session.id, expiresAt: now + LEASE_MS }
  }
}
