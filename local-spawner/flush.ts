import { existsSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import type { Known } from '../hooks/secrets.ts'
import { MaestroError } from '../protocol/errors.ts'
import { ProjectId, type SessionId } from '../protocol/ids.ts'
import { environmentFor, environmentOf, secretsIn } from './environment.ts'
import { readJson } from './holder-files.ts'
import { ensureFolders, type Home } from './home.ts'
import { readJournal } from './journal.ts'
import { hasSpawner, takeSpool } from './lock.ts'
import { type Policy, parsePolicy, readPolicy } from './policy.ts'
import { Spool, waitingIn } from './spool.ts'
import { tellingOf } from './telling.ts'
import { Usage } from './usage.ts'

/** How many events were sent, how many wait, and why, if that is known. */
export type Flushed = { sent: number; left: number; why: string | null }

/** How often (ms) to look whether more has come, or a daemon wants the spool. */
const LOOK_MS = 200
/** So long (ms) what is on its way already may take, drops that become events among it. */
const SOON_MS = 3_000

/**
 * Empties the spool as the daemon does all the time: for machines where none runs. One at a time, and refused (`conflict`)
 * where somebody does so already. Gives up where nothing at all can be sent; else goes on until nothing has come for `linger` ms.
 */
export async function flush(home: Home, client: Client, linger = 0): Promise<Flushed> {
  ensureFolders(home)
  const release = hasSpawner(home) ? undefined : takeSpool(home)
  if (!release) throw new MaestroError('conflict', `The spool of ${home.root} is being emptied already`)
  let sent = 0
  const usage = new Usage({
    ...{ spool: home.spool, dir: home.usage },
    log: () => undefined, // what cannot be counted holds up no event
    environmentOf: (session) => environmentOf(profileOf(home, session)),
  })
  const spool = new Spool({
    dir: home.spool,
    projectOf: (session) => projectOf(home, session),
    reporterFor: (project) => client.with({ project }),
    knownOf: remembered((session) => known(home, session)),
    heard: (read, payload) => usage.heard(read, payload),
    sent: (count) => {
      sent += count
    },
    log: () => undefined, // `complaint` says what matters to whoever flushes
  })
  try {
    await drain(home, spool, usage, { linger, isInVain: () => sent === 0 && spool.complaint !== undefined })
    const left = waitingIn(home.spool)
    const why = left ? (spool.complaint ?? 'no project is in use that they could belong to') : null
    return { sent, left, why }
  } finally {
    spool.stop()
    usage.stop()
    release()
  }
}

/** Until nothing has come for a while, tokens are counted, or a daemon is there that does it from here on. */
async function drain(home: Home, spool: Spool, usage: Usage, given: { linger: number; isInVain: () => boolean }) {
  const began = performance.now()
  let quiet = began
  while (!hasSpawner(home)) {
    const before = waitingIn(home.spool)
    spool.look()
    await spool.rested()
    if (before > 0) await usage.settle() // what was sent tells of transcripts, and these of tokens
    const now = performance.now()
    if (waitingIn(home.spool) !== before) quiet = now
    else if (given.isInVain()) return
    else if (now - quiet >= given.linger && !(spool.hasMore() && now - began < SOON_MS)) return
    else await after(LOOK_MS)
  }
}

/** What a session's hooks may not say: the values it was started with, as far as the policy still says them; without one, this process's own. */
function known(home: Home, session: SessionId | undefined): Known {
  const profile = profileOf(home, session)
  const secrets = secretsIn(profile ? environmentFor(profile, process.env) : environmentOf(undefined))
  return { secrets, ...tellingOf(policyOf(home)) }
}

/** Nothing where it is broken: then as little is told as at the strictest. No daemon starts with such a one, so a flush meets it. */
function policyOf(home: Home): Policy | undefined {
  try {
    return existsSync(home.policy) ? readPolicy(home.policy) : parsePolicy('', home.policy)
  } catch {
    return undefined // whatever is wrong with it, `maestro doctor` says it, and no event has to wait for that
  }
}

function profileOf(home: Home, session: SessionId | undefined) {
  const name = session && readJournal(home.session(session))?.profile
  return name ? policyOf(home)?.profile[name] : undefined
}

/** Answers for a session what was found out first: looking it up reads files. */
function remembered<T>(look: (session: SessionId | undefined) => T): (session: SessionId | undefined) => T {
  const found = new Map<SessionId | undefined, T>()
  return (session) => {
    if (!found.has(session)) found.set(session, look(session))
    return found.get(session)! // just put there
  }
}

function projectOf(home: Home, session: SessionId | undefined): ProjectId | undefined {
  const known = session && readJournal(home.session(session))?.project
  const config = readJson(home.config) as { project?: unknown } | undefined // of any content: it is parsed here
  return known ?? ProjectId.safeParse(config?.project).data
}
