import { join } from 'node:path'
import { type Home, readJson } from '../embedded/home.ts'
import { readKeys, spawnerIdOf } from '../embedded/keys.ts'
import { refuse } from '../protocol/errors.ts'
import type { SpawnerId } from '../protocol/ids.ts'

/** Under which id this machine's daemon is known: it wrote that down, or it follows from its key. */
export function spawnerHere(home: Home): SpawnerId {
  const id = readJson<{ id?: SpawnerId }>(join(home.root, 'spawner.json'))?.id
  if (id) return id
  const keys = readKeys(home)
  if (keys?.spawner) return spawnerIdOf(keys)
  refuse('spawner_not_found', 'This machine has no spawner yet', { suggestion: 'maestro up' })
}
