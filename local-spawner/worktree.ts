import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { GitRefused, git, gitOr } from './git.ts'
import type { Home } from './home.ts'
import { startOf } from './process-list.ts'
import { endTree } from './process-tree.ts'
import {
  allWorktrees,
  alone,
  forgetRecord,
  holding,
  isInUse,
  readRecord,
  type WorktreeRecord,
  wholeRecord,
  writeRecord,
} from './worktree-record.ts'
import { type Holds, holdsOf, isEmpty, tipOf } from './worktree-state.ts'

/** How long (ms) a tree of files may take to be written. */
const MAKING_MS = 5 * 60_000
/** How long (ms) a git that a dead daemon left at work has to end by itself. */
const GRACE_MS = 2_000
const TRIES = 4
const TRY_MS = 100

/** What a worktree is to be made of. */
export type Wanted = Omit<WorktreeRecord, 'state' | 'by' | 'at'>

/** Makes it, once however often it is asked for. One that a daemon died over was never worked in, and is made anew. */
export function makeWorktree(path: string, wanted: Wanted): Promise<WorktreeRecord> {
  return holding(path, async () => {
    const known = readRecord(path)
    const by = { pid: process.pid, start: startOf(process.pid)! } // it runs
    const { session, tasks } = wanted // whose it is now: one that goes on with another works in its worktree
    const made = { ...wanted, ...known, session, tasks, state: 'made', by, at: known?.at ?? Date.now() } as const
    if (!known || known.state === 'making' || !existsSync(path)) await make(path, { ...made, state: 'making' }, known)
    writeRecord(path, made)
    return made
  })
}

async function make(path: string, record: WorktreeRecord, before: WorktreeRecord | undefined): Promise<void> {
  if (before) await unmake(path, before)
  else if (existsSync(path)) throw new GitRefused(`${path} is there already, and nobody knows what is in it`)
  writeRecord(path, record)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await add(path, record)
    const options = { timeout: MAKING_MS, mark: markOf(record) }
    await git(path, ['reset', '--quiet', '--hard'], options) // writes the files, which may take long
  } catch (error) {
    await unmake(path, record)
    forgetRecord(path)
    throw error
  }
}

const markOf = ({ session }: WorktreeRecord) => ({ MAESTRO_WORKTREE: session })

/** Makes it, but for its files. Git fails over one that somebody else makes at that moment, so it is tried again then. */
async function add(path: string, record: WorktreeRecord): Promise<void> {
  const { common, branch, base } = record
  const how = ['--quiet', '--no-track', '--no-checkout', '-b', branch, '--', path, base]
  for (let tried = 1; ; tried++) {
    try {
      await alone(path, common, () => git(common, ['worktree', 'add', ...how], { mark: markOf(record) }))
      return
    } catch (error) {
      if (tried === TRIES || !(error instanceof GitRefused) || !/failed to read worktrees/.test(error.message))
        throw error
      await after(TRY_MS)
      await unmake(path, record)
    }
  }
}

/** Nothing ever ran in it, so there is nothing to lose: but a branch that has moved is somebody's. */
async function unmake(path: string, record: WorktreeRecord): Promise<void> {
  const { common, branch, base, session } = record
  await endTree({ mark: `MAESTRO_WORKTREE=${session}` }, GRACE_MS)
  await alone(path, common, async () => {
    await gitOr('', common, ['worktree', 'remove', '--force', '--force', '--', path])
    takeAway(path, common)
    if ((await tipOf(common, branch)) === base) await gitOr('', common, ['branch', '-D', '--', branch])
  })
}

/** What git would not remove: the files, and its own notes. Not by `git worktree prune`, which takes those of others along. */
function takeAway(path: string, common: string): void {
  for (const folder of [path, join(common, 'worktrees', basename(path))])
    rmSync(folder, { recursive: true, force: true })
}

/** The daemon that made it does not start its session after all. */
export function leaveWorktree(path: string): void {
  const record = readRecord(path)
  if (record?.by) writeRecord(path, { ...record, by: null })
}

/** Its session has ended: it goes, unless something would be lost with it. */
export async function tidyWorktree(
  path: string,
  mayGo: (record: WorktreeRecord) => boolean = () => true,
): Promise<void> {
  const holds = await removeWorktree(path, mayGo)
  const record = holds && readRecord(path)
  if (record && mayGo(record)) writeRecord(path, { ...record, state: 'kept', by: null })
}

/** Removes what was left by a daemon that died: made for a session that never ran here, or has ended since. */
export async function sweepWorktrees(home: Home): Promise<void> {
  for (const path of allWorktrees(home)) {
    const isLeft = (record: WorktreeRecord) => record.state !== 'kept' && !isInUse(home, record)
    const record = wholeRecord(path)
    if (record && isLeft(record)) await tidyWorktree(path, isLeft)
  }
}

/**
 * Removes it with its branch when nothing would be lost, or by `force`; answers what it holds, if it stays. `mayGo` is
 * asked when nobody else can come in between.
 */
export function removeWorktree(
  path: string,
  mayGo: (record: WorktreeRecord) => boolean,
  force = false,
): Promise<Holds | undefined> {
  return holding(path, async () => {
    const record = readRecord(path)
    if (!record) forgetRecord(path) // and what was left beside it
    if (!record) return undefined
    if (!mayGo(record)) return inUse
    const holds = await holdsOf(path, record)
    if (!force && !isEmpty(holds)) return holds
    return remove(path, record, force)
  })
}

const inUse: Holds = { commits: [], changed: [], untracked: [], problem: 'a session is at work in it' }

async function remove(path: string, record: WorktreeRecord, force: boolean): Promise<Holds | undefined> {
  const { common, branch } = record
  try {
    // Git looks once more, but for submodules, over which it always refuses; what is in them has been looked at.
    const how = force ? ['--force', '--force'] : existsSync(`${path}/.gitmodules`) ? ['--force'] : []
    if (existsSync(common)) await alone(path, common, () => git(common, ['worktree', 'remove', ...how, '--', path]))
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    if (!force && existsSync(path)) return { ...inUse, problem: error.message }
  }
  takeAway(path, common)
  if (existsSync(common) && (await tipOf(common, branch))) {
    await alone(path, common, () => gitOr('', common, ['branch', '-D', '--', branch]))
  }
  forgetRecord(path)
  return undefined
}
