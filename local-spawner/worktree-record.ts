import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as z from 'zod'
import { ProjectId, SessionId, TaskId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import { writeJson } from './holder-files.ts'
import type { Home } from './home.ts'
import { readJournal } from './journal.ts'
import { lockFile } from './lock.ts'
import { startOf } from './process-list.ts'

const WorktreeRecord = z.object({
  /**
   * `making` is written before git begins: what is found so was never worked in, and is made anew. `kept` has been looked
   * at after its session's end, and holds something.
   */
  state: z.enum(['making', 'made', 'kept']),
  /** The daemon that is about to start the session in it; null: none is. */
  by: z.object({ pid: z.number(), start: z.string() }).nullable(),
  project: ProjectId,
  session: SessionId,
  tasks: z.array(TaskId),
  title: z.string(),
  workspace: z.string(),
  /** The repository's own folder, and the commit that the branch began at. */
  common: z.string(),
  branch: z.string(),
  base: z.string(),
  at: z.number(),
})
/** What is known of a worktree beside what is in it; in a file beside its folder, outside any repository. */
export type WorktreeRecord = z.infer<typeof WorktreeRecord>

const fileOf = (path: string) => `${path}.json`

export function readRecord(path: string): WorktreeRecord | undefined {
  try {
    return WorktreeRecord.parse(JSON.parse(readFileSync(fileOf(path), 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // a system error has one
    throw error
  }
}

export function writeRecord(path: string, record: WorktreeRecord): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeJson(fileOf(path), record)
}

export function forgetRecord(path: string): void {
  for (const file of [fileOf(path), lockOf(path)]) rmSync(file, { force: true })
}

/** Where the worktrees of this home are, by workspace and name. */
export function allWorktrees({ worktrees }: Home): string[] {
  const workspaces = namesIn(worktrees).map((name) => join(worktrees, name))
  return workspaces.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, basename(name, '.json'))),
  )
}

/** The one that a session has; its name may be after what its task was called then. */
export function worktreeOf(home: Home, { id, workspace }: Pick<Session, 'id' | 'workspace'>): string | undefined {
  const folder = join(home.worktrees, workspace)
  return allWorktrees(home).find((path) => dirname(path) === folder && wholeRecord(path)?.session === id)
}

/** One that is broken is nobody's: no session is kept from its start over it, and nothing of it goes. */
export function wholeRecord(path: string): WorktreeRecord | undefined {
  try {
    return readRecord(path)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    throw error
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [] // a system error has one
    throw error
  }
}

/** Whether a session works in it, or a daemon is about to start one there. */
export function isInUse(home: Home, { session, by }: WorktreeRecord): boolean {
  const journal = readJournal(home.session(session))
  if (journal) return journal.state === 'starting' || journal.state === 'started'
  return by !== null && startOf(by.pid) === by.start
}

/** Nobody else makes or removes that worktree meanwhile: not the daemon, and no command line. */
export function holding<T>(path: string, step: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return locked(lockOf(path), step)
}

/** None of us changes the worktrees of a repository meanwhile: git reads all of them for each, and fails over a half-made one. */
export function alone<T>(path: string, common: string, step: () => Promise<T>): Promise<T> {
  const name = createHash('sha256').update(common).digest('hex').slice(0, 16)
  return locked(join(dirname(dirname(path)), `.${name}.lock`), step)
}

async function locked<T>(file: string, step: () => Promise<T>): Promise<T> {
  const release = await lockFile(file)
  try {
    return await step()
  } finally {
    release()
  }
}

const lockOf = (path: string) => `${path}.lock`
