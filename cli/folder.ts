import { isAbsolute, join, resolve } from 'node:path'
import { refuse } from '../protocol/errors.ts'
import type { Io } from './context.ts'

type Somewhere = Pick<Io, 'cwd'>

/** What `path` means where this runs. */
export const pathIn = (io: Somewhere, path: string): string =>
  isAbsolute(path) ? resolve(path) : join(folderOf(io), path)

/** The folder that this runs in, for what cannot do without: it may have been removed meanwhile, as a worktree is. */
function folderOf({ cwd }: Somewhere): string {
  return cwd ?? refuse('failed', 'The folder that this runs in is gone', { suggestion: 'cd ~' })
}
