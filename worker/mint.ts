import { Keys } from '../db/keys.ts'
import type { Scope } from '../protocol/actor.ts'
import type { KeyFacts } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import type { ProjectId, SessionId, SpawnerId } from '../protocol/ids.ts'
import { type KeyKind, newKey } from '../protocol/keys.ts'
import { sha256 } from './credentials.ts'

type Wanted = {
  kind: KeyKind
  name: string
  by: string
  project: ProjectId | null
  scopes: readonly Scope[]
  /** How long it is good for, in ms. */
  lasts: number
  session?: SessionId
  spawner?: SpawnerId
}

type Made = { key: string } & KeyFacts

/** How long (ms) whoever asks for the same key again gets it, instead of hearing that it was shown. */
const AGAIN_MS = 10 * 60_000

/** Makes a key. Its text is in the answer and nowhere else. */
export async function mint(env: Env, wanted: Wanted, now: number): Promise<Made> {
  const { made, row } = await keyOf(wanted, crypto.getRandomValues(new Uint8Array(64)), now)
  await new Keys(env.DB).insert(row)
  return made
}

/**
 * Makes a key that is the same for the same `asker` and `id`: whoever lost the answer asks again, and gets it, for a few
 * minutes. Nothing is kept for that: the key follows from both and from the server's own secret.
 */
export async function mintOnce(env: Env, wanted: Wanted, asker: string, id: string, now: number): Promise<Made> {
  const { made, row } = await keyOf(wanted, await seedOf(env, `key ${asker} ${id}`), now)
  const kept = await new Keys(env.DB).insertOnce(row)
  if (kept.kind !== row.kind || kept.name !== row.name || kept.project !== row.project || kept.scopes !== row.scopes)
    refuse('id_taken', `This Idempotency-Key has made another key, ${kept.id}`, { suggestion: 'maestro key list' })
  if (kept.revokedAt !== null || now - kept.createdAt > AGAIN_MS)
    refuse('conflict', `${kept.id} was made with this Idempotency-Key; a key is shown once`, {
      suggestion: `maestro key revoke ${kept.id}`,
    })
  return { ...made, createdAt: kept.createdAt, expiresAt: kept.expiresAt, lastUsedAt: kept.lastUsedAt }
}

async function keyOf(wanted: Wanted, random: Uint8Array, now: number) {
  const { kind, name, by, project, scopes, lasts, session = null, spawner = null } = wanted
  const key = newKey(kind, random)
  const hash = await sha256(key)
  const id = `key_${hash.slice(0, 16)}`
  const facts = { id, kind, name, project, createdAt: now, expiresAt: now + lasts }
  const row = { ...facts, hash, session, spawner, createdBy: by, scopes: JSON.stringify(scopes) }
  return { made: { key, ...facts, scopes, lastUsedAt: null, revokedAt: null }, row }
}

/** 64 bytes that nobody without the server's secret can tell from chance, and that are always the same for `text`. */
async function seedOf({ MAESTRO_SECRET: secret }: Env, text: string): Promise<Uint8Array> {
  if (!secret) refuse('unavailable', 'MAESTRO_SECRET is not set', { suggestion: 'wrangler secret put MAESTRO_SECRET' })
  const encode = (part: string) => new TextEncoder().encode(part)
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-512' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(text)))
}
