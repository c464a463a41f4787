import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MaestroError } from '../protocol/errors.ts'
import { type Home, readJson, writeJson } from './home.ts'
import { endProcess, findParts, isAlive, markOf, type ProcessMark } from './processes.ts'

/** Who has a home: said to the second who asks, and to the next one which processes a crash may have left. */
export type Owner = ProcessMark & { since: number; url?: string; children: ProcessMark[] }

const patience = 500
const SQLITE_BUSY = 5

/** The home is somebody else's at present. */
export class HomeInUse extends MaestroError {
  readonly owner: Owner | undefined
  constructor(home: Home, owner: Owner | undefined) {
    super('conflict', sentence(home, owner), { suggestion: owner ? 'maestro down' : 'maestro status' })
    this.owner = owner
  }
}

export type Lock = {
  /** Keeps what others should know: the address, the processes that belong to this start. */
  note: (facts: { url?: string; child?: ProcessMark }) => void
  release: () => void
}

/**
 * Makes this process the only one that touches the home's data. The operating system holds the lock (an exclusive one
 * on an SQLite file) and drops it with the process, however it ends, so there is nothing stale to judge and no race to
 * lose; owner.json beside it only tells. Processes a killed owner left behind are ended before this resolves.
 */
export async function takeHome(home: Home): Promise<Lock> {
  const database = await open(home)
  await endLeftovers(home)
  const owner: Owner = { ...markOf(process.pid)!, since: Date.now(), children: [] }
  const keep = () => writeJson(ownerFile(home), owner)
  keep()
  return {
    note: ({ url, child }) => {
      if (url) owner.url = url
      if (child) owner.children = [...owner.children.filter(isAlive), child]
      keep()
    },
    release: () => {
      rmSync(ownerFile(home), { force: true })
      database.close()
    },
  }
}

/** Ends what a killed owner left behind; answers whose it was, if there was anything. */
export async function clearHome(home: Home): Promise<Owner | undefined> {
  const noted = readJson<Owner>(ownerFile(home))
  const parts = [...findParts(home.root, 'engine'), ...findParts(home.root, 'spawner'), ...(noted?.children ?? [])]
  const isThere = parts.some(isAlive)
  const lock = await takeHome(home)
  lock.release()
  return isThere ? noted : undefined
}

/** The process that has the home now, if one does. */
export function ownerOf(home: Home): Owner | undefined {
  const owner = readJson<Owner>(ownerFile(home))
  return owner && isAlive(owner) ? owner : undefined
}

/** The lock is a moment older than the file that tells whose it is, so look twice before giving up. */
async function open(home: Home): Promise<DatabaseSync> {
  for (const until = Date.now() + patience; ; ) {
    const database = tryOpen(home)
    if (database) return database
    const owner = ownerOf(home)
    if (owner || Date.now() > until) throw new HomeInUse(home, owner)
    await new Promise((wake) => setTimeout(wake, 10))
  }
}

function tryOpen(home: Home): DatabaseSync | undefined {
  const file = join(home.run, 'lock')
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file)
  try {
    database.exec('pragma busy_timeout = 0; pragma locking_mode = exclusive; begin exclusive')
    return database
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw error
  }
}

/**
 * A killed owner's engine still has the data open, so it goes at once; its spawner may put things down first. Both are
 * looked for as well: an owner may be killed before it has noted what it just started.
 */
async function endLeftovers(home: Home): Promise<void> {
  const noted = readJson<Owner>(ownerFile(home))?.children ?? []
  const spawners = [...noted, ...findParts(home.root, 'spawner')]
  await Promise.all(findParts(home.root, 'engine').map((engine) => endProcess(engine, 'SIGKILL')))
  await Promise.all(spawners.map((spawner) => endProcess(spawner, 'SIGTERM', 1_000)))
}

function sentence(home: Home, owner: Owner | undefined): string {
  if (!owner) return `Another Maestro is starting with ${home.root}`
  const since = new Date(owner.since).toISOString().replace('T', ' ').slice(0, 19)
  return `Maestro already runs with ${home.root}: process ${owner.pid}, ${owner.url ?? 'still starting'}, since ${since} UTC`
}

function ownerFile(home: Home): string {
  return join(home.run, 'owner.json')
}
