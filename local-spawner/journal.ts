import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { ProjectId, SessionId } from '../protocol/ids.ts'
import { Workplace } from '../protocol/model.ts'

/** Where a session works on this machine. */
export const Place = z.object({
  cwd: z.string(),
  /** The folder of files that it has for itself, or shares with whoever else works there. */
  root: z.string(),
  /** The worktree that was made for it. */
  worktree: z.string().nullable(),
  /** What the project hears of it; null: there is nothing to say. */
  told: Workplace.nullable(),
})
export type Place = z.infer<typeof Place>

const Journal = z.object({
  /** `starting` is written before anything runs, so whoever finds it alone knows that it may have run, and runs it no more. */
  state: z.enum(['starting', 'started', 'failed', 'over']),
  at: z.number(),
  project: ProjectId,
  session: SessionId,
  profile: z.string(),
  pid: z.number().optional(),
  reason: z.string().optional(),
  /** Absent in those of older daemons. */
  place: Place.optional(),
})
/** What became of one session on this machine; `over` once the project knows of its end. Times are ms since 1970. */
export type Journal = z.infer<typeof Journal>

export const JOURNAL = 'journal.json'

/** Resolves to nothing where nothing was ever started; throws where the file says nothing sensible. */
export function readJournal(dir: string): Journal | undefined {
  const text = readIfThere(join(dir, JOURNAL))
  return text === undefined ? undefined : Journal.parse(JSON.parse(text))
}

/** On the disk when this returns, whatever happens to the machine next. */
export function writeJournal(dir: string, journal: Journal): void {
  const path = join(dir, JOURNAL)
  const draft = `${path}.${process.pid}.tmp`
  const file = openSync(draft, 'w', 0o600)
  try {
    writeSync(file, JSON.stringify(journal))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}

function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
