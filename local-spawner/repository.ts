import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { git, gitOr } from './git.ts'

/** The git repository that a folder is in. */
export type Repository = {
  /** Where its files are checked out; null: a bare one, which has only branches. */
  root: string | null
  /** The way from there to the folder: '' or 'apps/web'. */
  prefix: string
  /** Its own folder, which all its worktrees share: `.git`. */
  common: string
  /** The commit that is checked out; null: there is none yet. */
  head: string | null
  /** null: none is, just a commit. */
  branch: string | null
}

/** What is checked out in `folder`, a real path; nothing where there is no repository. Throws GitRefused where one is broken. */
export async function repositoryAt(folder: string): Promise<Repository | undefined> {
  if (!isInOne(folder)) return undefined // asking git takes a process
  const ask = (...args: string[]) => git(folder, ['rev-parse', ...args])
  const [where, head, branch] = await Promise.all([
    ask('--path-format=absolute', '--git-common-dir', '--is-bare-repository', '--show-prefix'),
    gitOr('', folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
    gitOr('', folder, ['symbolic-ref', '--quiet', '--short', 'HEAD']),
  ])
  const [common = '', isBare, prefix = ''] = where.split('\n')
  const root = prefix ? folder.slice(0, -prefix.length) : folder // a folder has no slash at its end, and a prefix has one
  return {
    root: isBare === 'true' ? null : root.replace(/\/+$/, ''),
    prefix: prefix.replace(/\/$/, ''),
    common,
    head: head.trim() || null,
    branch: branch.trim() || null,
  }
}

function isInOne(folder: string): boolean {
  if (existsSync(join(folder, '.git')) || (existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects'))))
    return true
  return dirname(folder) !== folder && isInOne(dirname(folder))
}
