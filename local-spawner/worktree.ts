import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { GitRefused, git, gitOr } from './git.ts'
import type { Home } from './home.ts'
import { startOf } from './process-list.ts'
import { endTree } from './process-tree.ts'
import {
  allWorktrees,
  forgetRecord,
  holding,
  isInUse,
  readRecord,
  type WorktreeRecord,
  writeRecord,
} from './worktree-record.ts'
import { type Holds, holdsOf, isEmpty, tipOf } from './worktree-state.ts'

/** How long (ms) a tree of files may take to be written. */
const MAKING_MS = 5 * 60_000
/** How long (ms) a git that a dead daemon left at work has to end by itself. */
const GRACE_MS = 2_000

/** What a worktree is to be made of. */
export type Wanted = Omit<WorktreeRecord, 'state' | 'by' | 'at'>

/** Makes it, once however often it is asked for. One that a daemon died over was never worked in, and is made anew. */
export function makeWorktree(path: string, wanted: Wanted): Promise<WorktreeRecord> {
  return holding(path, async () => {
    const known = readRecord(path)
    const by = { pid: process.pid, start: startOf(process.pid)! } // it runs
    const made = { ...wanted, ...known, state: 'made', by, at: known?.at ?? Date.now() } as const
    if (!known || known.state === 'making' || !existsSync(path)) await make(path, { ...made, state: 'making' }, known)
    writeRecord(path, made)
    return made
  })
}

async function make(path: string, record: WorktreeRecord, before: WorktreeRecord | undefined): Promise<void> {
  if (before) await unmake(path, before)
  writeRecord(path, record)
  const { common, branch, base, session } = record
  try {
    const options = { timeout: MAKING_MS, mark: { MAESTRO_WORKTREE: session } }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    await git(common, ['worktree', 'add', '--quiet', '--no-track', '-b', branch, '--', path, base], options)
  } catch (error) {
    await unmake(path, record)
    forgetRecord(path)
    throw error
  }
}

/** Nothing ever ran in it, so there is nothing to lose: but a branch that has moved is somebody's. */
async function unmake(path: string, { common, branch, base, session }: WorktreeRecord): Promise<void> {
  await endTree({ mark: `MAESTRO_WORKTREE=${session}` }, GRACE_MS)
  await gitOr('', common, ['worktree', 'remove', '--force', '--force', '--', path])
  rmSync(path, { recursive: true, force: true })
  await gitOr('', common, ['worktree', 'prune'])
  if ((await tipOf(common, branch)) === base) await gitOr('', common, ['branch', '-D', '--', branch])
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
    const record = readRecord(path)
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
    if (existsSync(path) && existsSync(common)) await git(common, ['worktree', 'remove', ...how, '--', path])
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    if (!force) return { ...inUse, problem: error.message }
  }
  rmSync(path, { recursive: true, force: true })
  if (existsSync(common)) {
    await gitOr('', common, ['worktree', 'prune'])
    if (await tipOf(common, branch)) await gitOr('', common, ['branch', '-D', '--', branch])
  }
  forgetRecord(path)
  return undefined
}
