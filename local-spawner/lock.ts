import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { MaestroError } from '../protocol/errors.ts'
import type { Home } from './home.ts'
import { startOf } from './process-list.ts'

const SQLITE_BUSY = 5
const LOOK_MS = 25

type Owner = { pid: number; since: number; start?: string }

/**
 * Makes this the only daemon of its home; answers how to give that up. The system holds the lock (an exclusive one on an
 * SQLite file) and drops it with the process, however it ends, so there is nothing stale to judge. The file beside it only tells.
 */
export function takeSpawner(home: Home): () => void {
  const owner = ownerFile(home)
  const release = take(join(home.run, 'spawner.lock'), 300)
  if (!release)
    throw new MaestroError('conflict', `A spawner already runs with ${home.root}${whose(owner)}`, {
      suggestion: 'maestro status',
    })
  const me: Owner = { pid: process.pid, since: Date.now(), start: startOf(process.pid)! } // it runs
  writeFileSync(owner, JSON.stringify(me), { mode: 0o600 })
  return () => {
    rmSync(owner, { force: true })
    release()
  }
}

/** Makes this the only one that empties the spool of its home, a daemon or a flush; nothing where somebody does. */
export function takeSpool(home: Home): (() => void) | undefined {
  return take(join(home.run, 'spool.lock'), 0)
}

/** Waits until nobody else has this file; answers how to give it up. */
export async function lockFile(file: string): Promise<() => void> {
  for (;;) {
    const release = take(file, 0)
    if (release) return release
    await after(LOOK_MS) // sqlite's own waiting would stop the whole process
  }
}

/** Whether a daemon runs here, as far as its file tells. */
export function hasSpawner(home: Home): boolean {
  return spawnerOf(home) !== undefined
}

/** The daemon that runs here, as far as its file tells; `since` in ms since 1970. */
export function spawnerOf(home: Home): Owner | undefined {
  const owner = readOwner(ownerFile(home))
  const start = owner && startOf(owner.pid)
  // The file outlives one that was killed, and its number may be another's by now. An older daemon did not say when it started.
  return start !== undefined && (owner?.start ?? start) === start ? owner : undefined
}

const ownerFile = ({ run }: Home) => join(run, 'spawner.json')

function take(file: string, patience: number): (() => void) | undefined {
  const database = new DatabaseSync(file)
  try {
    database.exec(`pragma busy_timeout = ${patience}; pragma locking_mode = exclusive; begin exclusive`)
    return () => database.close()
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

function whose(file: string): string {
  const owner = readOwner(file)
  return owner ? `: process ${owner.pid}, since ${new Date(owner.since).toISOString()}` : ''
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner // written above
  } catch {
    return undefined // it is about to write it, and what is said is as true without
  }
}
