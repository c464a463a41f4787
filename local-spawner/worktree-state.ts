import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GitRefused, git, gitOr } from './git.ts'
import type { WorktreeRecord } from './worktree-record.ts'

/** What would be lost with a worktree. Files that the repository ignores are nothing to lose. */
export type Holds = {
  /** `1a2b3c4 Fix it`: commits that are on no other branch, newest first. */
  commits: string[]
  changed: string[]
  untracked: string[]
  /** Why that cannot be told, so that nothing of it goes by itself; null: it can. */
  problem: string | null
}

const nothing: Holds = { commits: [], changed: [], untracked: [], problem: null }

export const isEmpty = ({ commits, changed, untracked, problem }: Holds) =>
  !problem && commits.length + changed.length + untracked.length === 0

/** Looks; changes nothing, and keeps no agent's git from anything. */
export async function holdsOf(path: string, record: WorktreeRecord): Promise<Holds> {
  try {
    if (!existsSync(record.common)) return gone(path, record)
    const files = existsSync(path) ? await filesIn(path) : { changed: [], untracked: [] }
    const problem = hasSubmodules(path)
      ? 'its submodules were filled, and what is committed in them is nowhere else'
      : null
    return { ...nothing, ...files, commits: await commitsIn(path, record), problem }
  } catch (error) {
    if (!(error instanceof GitRefused)) throw error
    return { ...nothing, problem: error.message }
  }
}

function gone(path: string, { common }: WorktreeRecord): Holds {
  return existsSync(path) ? { ...nothing, problem: `its repository is gone: ${common}` } : nothing
}

/** What a submodule has is in the worktree's own part of the repository, and goes with it. */
function hasSubmodules(path: string): boolean {
  const link = join(path, '.git')
  const [, own] = (existsSync(link) && /^gitdir: (.+)$/m.exec(readFileSync(link, 'utf8'))) || []
  return own !== undefined && existsSync(join(own, 'modules'))
}

async function filesIn(path: string): Promise<Pick<Holds, 'changed' | 'untracked'>> {
  const how = ['--porcelain=v1', '-z', '--untracked-files=all', '--ignore-submodules=none', '--no-renames']
  const lines = (await git(path, ['status', ...how], { ceiling: dirname(path) })).split('\0').filter(Boolean)
  const isNew = (line: string) => line.startsWith('??')
  return {
    changed: lines.filter((line) => !isNew(line)).map((line) => line.slice(3)),
    untracked: lines.filter(isNew).map((line) => line.slice(3)),
  }
}

/** Of its branch, and of what is checked out there, should that be on no branch. */
async function commitsIn(path: string, { common, branch, base }: WorktreeRecord): Promise<string[]> {
  const tips = [await tipOf(common, branch), existsSync(path) ? await headOf(path) : ''].filter(Boolean)
  if (tips.length === 0) return []
  // What somebody else has is not lost: another branch, a tag, a remote, or where it began.
  const others = ['--not', `--exclude=${branch}`, '--branches', '--tags', '--remotes', base]
  const out = await git(common, ['log', '--format=%h %s', '--no-show-signature', ...tips, ...others, '--'])
  return out.split('\n').filter(Boolean)
}

/** '' where there is no such branch. */
export async function tipOf(common: string, branch: string): Promise<string> {
  return (await gitOr('', common, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`])).trim()
}

async function headOf(path: string): Promise<string> {
  const detached = await gitOr('', path, ['symbolic-ref', '--quiet', 'HEAD'], { ceiling: dirname(path) })
  if (detached) return '' // on a branch: ours, or one that stays
  return (await git(path, ['rev-parse', '--verify', 'HEAD'], { ceiling: dirname(path) })).trim()
}
