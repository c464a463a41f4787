import type { SessionId } from './ids.ts'
import type { Project, Session } from './model.ts'
import type { SessionEvent } from './session.ts'

/** So many sessions that have ended stay in the project; history has the others. */
export const REMEMBERED = 1_000
/** For so long (ms) it stays in any case: its machine may come back with it. */
export const REMEMBERED_MS = 24 * 60 * 60_000
const AT_ONCE = 200

/** The sessions that ended first, as far as they are too many and nothing in the project goes by them any more. */
export function forgettable(project: Project, now: number): Session[] {
  const all = Object.values(project.sessions)
  if (all.length - Object.keys(project.live).length <= REMEMBERED) return []
  const ended = all.filter(({ status }) => status === 'ended').sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
  const parents = new Set(all.map(({ parent }) => parent))
  return ended
    .slice(0, Math.max(0, ended.length - REMEMBERED))
    .filter((one) => (one.endedAt ?? 0) < now - REMEMBERED_MS)
    .filter((one) => !parents.has(one.id) && !hasLiveAncestor(project, one) && !hasOpenTask(project, one))
    .slice(0, AT_ONCE)
}

/** `sessions` are in history for good: those of them that nothing goes by even now are forgotten. */
export function decideForget(project: Project, sessions: SessionId[], now: number): SessionEvent[] {
  const still = new Set(sessions.length ? forgettable(project, now).map(({ id }) => id) : [])
  const gone = sessions.filter((id) => still.has(id))
  return gone.length ? [{ type: 'session:forgotten', data: { sessions: gone } }] : []
}

/** What a session started is its business while it lives. */
function hasLiveAncestor(project: Project, { parent }: Session): boolean {
  for (let id = parent; id; id = project.sessions[id]?.parent ?? null) if (project.live[id]) return true
  return false
}

function hasOpenTask(project: Project, { tasks }: Session): boolean {
  return tasks.some((id) => {
    const status = project.tasks[id]?.status
    return status !== undefined && status !== 'done' && status !== 'cancelled'
  })
}
