import { Keys } from '../db/keys.ts'
import type { Scope } from '../protocol/actor.ts'
import type { KeyFacts } from '../protocol/directory.ts'
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

/** Makes a key. Its text is in the answer and nowhere else. */
export async function mint(env: Env, wanted: Wanted, now: number): Promise<{ key: string } & KeyFacts> {
  const { kind, name, by, project, scopes, lasts, session = null, spawner = null } = wanted
  const key = newKey(kind, crypto.getRandomValues(new Uint8Array(64)))
  const id = `key_${(await sha256(key)).slice(0, 16)}`
  const expiresAt = now + lasts
  const row = { id, kind, name, project, session, spawner, createdBy: by, createdAt: now, expiresAt }
  await new Keys(env.DB).insert({ ...row, hash: await sha256(key), scopes: JSON.stringify(scopes) })
  return { key, id, kind, name, project, scopes, createdAt: now, expiresAt, lastUsedAt: null, revokedAt: null }
}
