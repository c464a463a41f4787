import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { ProjectId, type SessionId } from '../protocol/ids.ts'
import { environmentFor, environmentOf, secretsIn } from './environment.ts'
import { readJson } from './holder-files.ts'
import { ensureFolders, type Home } from './home.ts'
import { readJournal } from './journal.ts'
import { takeSpawner } from './lock.ts'
import type { Log } from './log.ts'
import { readPolicy } from './policy.ts'
import { Spool } from './spool.ts'
import { Usage } from './usage.ts'

/** How many events were sent, how many wait, and why, if that is known. */
export type Flushed = { sent: number; left: number; why: string | null }

/**
 * Empties the spool once, as the daemon does all the time: for machines where none runs. One at a time: it holds the
 * daemon's own lock meanwhile, and is refused (`conflict`) where a daemon runs. Gives up at the first complaint.
 */
export async function flush(home: Home, client: Client): Promise<Flushed> {
  ensureFolders(home)
  const release = takeSpawner(home)
  const complaint = Promise.withResolvers<string>()
  const log: Log = (level, message) => level === 'warn' && complaint.resolve(message)
  const usage = new Usage({
    ...{ spool: home.spool, dir: home.usage },
    log: () => undefined, // what cannot be counted holds up no event
    environmentOf: (session) => environmentOf(profileOf(home, session)),
  })
  const spool = new Spool({
    dir: home.spool,
    projectOf: (session) => projectOf(home, session),
    clientFor: (project) => client.with({ project }),
    secretsOf: (session) => secretsOf(home, session),
    heard: (read, payload) => usage.heard(read, payload),
    log,
  })
  const before = waiting(home)
  try {
    spool.look()
    const why = await Promise.race([emptied(spool, usage).then(() => null), complaint.promise])
    const left = waiting(home)
    return { sent: before - left, left, why: why ?? (left ? 'no project is in use that they could belong to' : null) }
  } finally {
    spool.stop()
    usage.stop()
    release()
  }
}

/** What hooks left, and then the tokens of the sessions it was about. */
async function emptied(spool: Spool, usage: Usage): Promise<void> {
  await spool.drained()
  await usage.settle()
  spool.look()
  await spool.drained()
}

/** The values that the session was started with, as far as the policy still says them. */
function secretsOf(home: Home, session: SessionId | undefined): string[] {
  const profile = profileOf(home, session)
  return profile ? secretsIn(environmentFor(profile, process.env)) : []
}

function profileOf(home: Home, session: SessionId | undefined) {
  const name = session && readJournal(home.session(session))?.profile
  return name && existsSync(home.policy) ? readPolicy(home.policy).profile[name] : undefined
}

export function waiting(home: Home): number {
  return readdirSync(join(home.spool, 'new')).length
}

function projectOf(home: Home, session: SessionId | undefined): ProjectId | undefined {
  const known = session && readJournal(home.session(session))?.project
  const config = readJson(home.config) as { project?: unknown } | undefined // of any content: it is parsed here
  return known ?? ProjectId.safeParse(config?.project).data
}
