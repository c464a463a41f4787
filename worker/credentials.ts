import { faultOf } from '../db/fault.ts'
import { type KeyRow, Keys } from '../db/keys.ts'
import type { Actor, ActorKind, Scope } from '../protocol/actor.ts'
import { refuse } from '../protocol/errors.ts'
import type { ProjectId, SessionId, SpawnerId } from '../protocol/ids.ts'
import { kindOf } from '../protocol/keys.ts'

/** A key found good is not asked after again for so long (ms); revoking reaches every isolate within it. */
const FRESH_MS = 3_000
/** While one request asks after a key again, the others go by what is known for so much longer (ms) at most. */
const ASKING_MS = 1_500
/** That a key was used is noted once in so long (ms): it is a write. */
const NOTE_MS = 60_000
/** While D1 is away, a key that was good so recently (ms) still is. */
const STALE_MS = 10 * 60_000
const MOST = 10_000

type Known = { actor: Actor; bound: ProjectId | null; at: number; asking?: boolean }
const known = new Map<string, Known>()
const noted = new Map<string, number>()

/** Who the key says is asking. Refuses any key that is not good now; nothing but the key grants anything. */
export async function authenticate(
  env: Env,
  key: string,
  now: number,
  later: (work: Promise<unknown>) => void,
): Promise<Known> {
  const cached = known.get(key)
  if (cached && now - cached.at < (cached.asking ? FRESH_MS + ASKING_MS : FRESH_MS)) return cached
  if (cached) cached.asking = true
  const row = await lookUp(env, key, now).catch((error: unknown) => {
    console.error(
      JSON.stringify({ level: 'error', message: 'the directory of keys does not answer', error: faultOf(error) }),
    )
    if (cached && now - cached.at < STALE_MS) return cached
    return refuse('unavailable', 'The directory of keys does not answer')
  })
  if (row && 'actor' in row) return row
  known.delete(key)
  if (!row)
    refuse('unauthenticated', 'This key is not known here, has expired or was revoked', { suggestion: 'maestro open' })
  if (known.size >= MOST) known.clear()
  const fresh = { actor: actorOf(row), bound: row.project as ProjectId | null, at: now } // `mint` wrote it
  known.set(key, fresh)
  if (now - (noted.get(row.id) ?? 0) >= NOTE_MS) {
    if (noted.size >= MOST) noted.clear()
    noted.set(row.id, now)
    later(new Keys(env.DB).touch(row.id, now).catch(() => noted.delete(row.id))) // noted the next time
  }
  return fresh
}

/** Forgets what is known of a key that was revoked. */
export function forget(id: string): void {
  for (const [key, { actor }] of known) if (actor.key === id) known.delete(key)
}

/**
 * Whether a key has ended since it made a ticket. Not asked where it was found good just now, mostly as it made that ticket.
 * While D1 is away, the ticket's own half minute must do.
 */
export async function hasEnded(env: Env, id: string): Promise<boolean> {
  // Where there is one isolate only, it is the one that a key is revoked in.
  if (env.MAESTRO_MODE === 'embedded' && isFresh(id, Date.now())) return false
  return new Keys(env.DB).ended(id, Date.now()).catch((error: unknown) => {
    console.error(
      JSON.stringify({ level: 'error', message: 'the directory of keys does not answer', error: faultOf(error) }),
    )
    return false
  })
}

const isFresh = (id: string, now: number) =>
  [...known.values()].some(({ actor, at }) => actor.key === id && now - at < FRESH_MS)

async function lookUp(env: Env, key: string, now: number): Promise<KeyRow | undefined> {
  const kind = kindOf(key)
  if (!kind || kind === 'link' || kind === 'ticket' || kind === 'enrol') return undefined // those are for one exchange each, not for requests
  return new Keys(env.DB).find(await sha256(key), now)
}

/** SHA-256 in hexadecimal: all that is kept of a key. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function actorOf({ id, kind, name, scopes, session, spawner }: KeyRow): Actor {
  // `mint` and the embedded mode write these columns, from the same types.
  const actor: Actor = { kind: kind as ActorKind, key: id, name, scopes: JSON.parse(scopes) as Scope[] }
  if (session) actor.session = session as SessionId
  if (spawner) actor.spawner = spawner as SpawnerId
  return actor
}
