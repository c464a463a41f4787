import type { SessionId } from '../protocol/ids.ts'
import type { LocalSession } from './local-session.ts'
import type { Log } from './log.ts'
import type { Policy, Profile } from './policy.ts'
import { memoryOf } from './process-tree.ts'

const MB = 1024 * 1024
/** Every how many looks memory is counted: that goes through all processes of this machine. */
const MEMORY_EVERY = 5

/** Ends the sessions that take more time or memory than their profile allows. What counts is the policy as it is now. */
export class Limits {
  #sessions: ReadonlyMap<SessionId, LocalSession>
  #log: Log
  #looks = 0

  constructor(sessions: ReadonlyMap<SessionId, LocalSession>, log: Log) {
    this.#sessions = sessions
    this.#log = log
  }

  look({ profile }: Pick<Policy, 'profile'>, now = Date.now()): void {
    const running = [...this.#sessions.values()].filter(({ here }) => here.state === 'running')
    const limited = running.flatMap((local) => {
      const limits = profile[local.profile]
      return limits ? [{ local, limits }] : []
    })
    for (const { local, limits } of limited) if (isLate(local, limits, now)) this.#end(local, lateness(limits))
    if (this.#looks++ % MEMORY_EVERY === 0) this.#lookAtMemory(limited)
  }

  #lookAtMemory(all: { local: LocalSession; limits: Profile }[]): void {
    const limited = all.filter(({ limits }) => limits.max_memory_mb !== undefined)
    if (limited.length === 0) return
    const used = memoryOf(limited.map(({ local }) => local.tree))
    for (const [i, { local, limits }] of limited.entries()) {
      const [mb, most] = [Math.round(used[i]! / MB), limits.max_memory_mb!] // as many as were asked for, each with a limit
      if (mb > most) this.#end(local, `it held ${mb} MB of memory, and its profile allows ${most}`)
    }
  }

  #end(local: LocalSession, reason: string): void {
    this.#log('warn', `a session is ended: ${reason}`, { session: local.id, profile: local.profile })
    local.condemn({ outcome: 'failed', reason })
  }
}

function isLate({ since }: LocalSession, { max_minutes: most }: Profile, now: number): boolean {
  return most !== undefined && since !== undefined && now - since > most * 60_000
}

const lateness = ({ max_minutes: most }: Profile) =>
  `it ran longer than the ${most} ${most === 1 ? 'minute' : 'minutes'} that its profile allows`
