import { isAtWork } from '../protocol/clock.ts'
import type { Project } from '../protocol/model.ts'
import type { Sockets } from './sockets.ts'

/** So often (ms) at least a look is taken whether machines that run something are connected: a deploy drops lines without a word. */
const WATCH_MS = 60_000

const online = ({ spawners }: Project): string[] =>
  Object.values(spawners).flatMap(({ id, status }) => (status === 'online' ? id : []))

/** Machines of `project` that should be connected and are not. */
export const missing = (project: Project, sockets: Sockets): string[] =>
  online(project).filter((id) => sockets.open(id).length === 0)

/**
 * When (ms since 1970) to look next whether the machines are there: a network that is gone says no goodbye. Where nothing runs the
 * object sleeps, and only whoever wakes it for something else has it look.
 */
export function nextLook(project: Project, sockets: Sockets, now: number): number | undefined {
  const gone = sockets.firstGivenUpAt(online(project)) + 1
  if (isAtWork(project)) return Math.min(now + WATCH_MS, gone)
  return gone <= now ? now : undefined
}
