import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Home } from './home.ts'
import { removeWorktree } from './worktree.ts'
import { allWorktrees, isInUse, readRecord, type WorktreeRecord } from './worktree-record.ts'
import { type Holds, holdsOf } from './worktree-state.ts'

/** A worktree of this machine as people see it. */
export type Worktree = Holds & {
  name: string
  path: string
  status: 'running' | 'ended'
  /** Whether its folder is still there. */
  isThere: boolean
} & Pick<WorktreeRecord, 'workspace' | 'project' | 'session' | 'tasks' | 'title' | 'branch' | 'at'>

/** All of them, oldest first, with what each holds. */
export async function listWorktrees(home: Home): Promise<Worktree[]> {
  const all: Worktree[] = []
  for (const path of allWorktrees(home)) {
    const record = readRecord(path)
    if (record) all.push({ ...describe(home, path, record), ...(await holdsOf(path, record)) })
  }
  return all.sort((a, b) => a.at - b.at)
}

function describe(home: Home, path: string, record: WorktreeRecord): Omit<Worktree, keyof Holds> {
  const { workspace, project, session, tasks, title, branch, at } = record
  const status = isInUse(home, record) ? 'running' : 'ended'
  const own = { name: basename(path), path, status, isThere: existsSync(path) } as const
  return { ...own, workspace, project, session, tasks, title, branch, at }
}

/** Removes it if its session has ended and nothing would be lost, or by `force`; answers what keeps it, if it stays. */
export async function cleanWorktree(home: Home, { path }: Worktree, force: boolean): Promise<Holds | undefined> {
  return removeWorktree(path, (record) => !isInUse(home, record), force)
}
