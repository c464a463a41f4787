import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MaestroError } from '../protocol/errors.ts'
import type { Home } from './home.ts'

const SQLITE_BUSY = 5

/**
 * Makes this the only daemon of its home; answers how to give that up. The system holds the lock (an exclusive one on an
 * SQLite file) and drops it with the process, however it ends, so there is nothing stale to judge. The file beside it only tells.
 */
export function takeSpawner(home: Home): () => void {
  const owner = join(home.run, 'spawner.json')
  const database = new DatabaseSync(join(home.run, 'spawner.lock'))
  try {
    database.exec('pragma busy_timeout = 300; pragma locking_mode = exclusive; begin exclusive')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new MaestroError('conflict', `A spawner already runs with ${home.root}${whose(owner)}`, {
      suggestion: 'maestro status',
    })
  }
  writeFileSync(owner, JSON.stringify({ pid: process.pid, since: Date.now() }), { mode: 0o600 })
  return () => {
    rmSync(owner, { force: true })
    database.close()
  }
}

function whose(file: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; since: number } // written above
    return `: process ${pid}, since ${new Date(since).toISOString()}`
  } catch {
    return '' // it is about to write it, and the refusal is as true without
  }
}
