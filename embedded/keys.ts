import { createHash, randomBytes } from 'node:crypto'
import { type ActorKind, scopesFor } from '../protocol/actor.ts'
import { refuse } from '../protocol/errors.ts'
import { type SpawnerId, shortId } from '../protocol/ids.ts'
import { newKey } from '../protocol/keys.ts'
import type { Statement } from './door.ts'
import { type Home, readJson, writeJson } from './home.ts'

/** keys.json: the owner's and the spawner's key, and the secret the Worker derives its own from. */
export type Keys = { owner: string; spawner: string; secret: string }

export function readKeys(home: Home): Keys | undefined {
  return readJson<Keys>(home.keys)
}

/** The keys of this home, made at its first start. */
export function ensureKeys(home: Home): Keys {
  const known = readKeys(home)
  if (known?.owner && known.spawner && known.secret) return known
  if (known?.spawner && !known.owner && !known.secret)
    refuse('conflict', `${home.root} is the home of a machine that has joined a server elsewhere`, {
      suggestion: 'maestro spawner start',
    })
  if (known) throw new Error(`${home.keys} lacks a key: put back owner, spawner and secret, or move the file away`)
  const keys: Keys = {
    owner: newKey('person', randomBytes(128)),
    spawner: newKey('spawner', randomBytes(128)),
    secret: randomBytes(32).toString('base64url'),
  }
  writeJson(home.keys, keys)
  return keys
}

/** The name under which this home's spawner is known: made from its key, so there is nothing to keep in step. */
export function spawnerIdOf(keys: Keys): SpawnerId {
  return shortId('spn', createHash('sha256').update(`spawner ${keys.spawner}`).digest())
}

/** Makes both keys known to the Worker. Only their hashes leave keys.json. */
export function registerKeys(keys: Keys, now: number): Statement[] {
  return [
    register('person', keys.owner, 'owner', null, now),
    register('spawner', keys.spawner, 'this machine', spawnerIdOf(keys), now),
  ]
}

type Registered = Extract<ActorKind, 'person' | 'spawner'>

function register(kind: Registered, key: string, name: string, spawner: string | null, now: number): Statement {
  const hash = createHash('sha256').update(key).digest('hex')
  return {
    sql: `INSERT INTO keys (id, hash, kind, name, spawner, scopes, created_by, created_at)
          VALUES (?, ?, ?, ?, ?, ?, 'maestro', ?)
          ON CONFLICT DO UPDATE SET scopes = excluded.scopes WHERE revoked_at IS NULL`,
    values: [`key_${hash.slice(0, 16)}`, hash, kind, name, spawner, JSON.stringify(scopesFor(kind)), now],
  }
}
