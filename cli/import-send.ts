import type { Client } from '../client/client.ts'
import type { DirectoryAnswer } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import type { ProjectId } from '../protocol/ids.ts'
import type { Entry } from '../protocol/project.ts'
import { entryLine } from '../protocol/transfer.ts'
import type { Passing } from './import-read.ts'

/** So much goes in one request: enough to be quick, little enough for whoever must take it in at one go. */
const PART_ENTRIES = 500
const PART_CHARS = 400_000

/** What is to become of a log: which project, and what it must come to. */
export type Target = { project: ProjectId; name?: string; digest: string; head: number; createdAt?: number }
type Taken = DirectoryAnswer['project.import']

/**
 * Brings one project's log to the server, as it passes. What is there already is passed over, so whoever was interrupted
 * goes on. Answers what came of it, and whether all of it was there before.
 */
export async function send(
  client: Client,
  target: Target,
  passing: AsyncIterator<Passing>,
  signal: AbortSignal,
  on: (head: number) => void,
): Promise<Taken & { duplicate: boolean }> {
  // The first answer says where to go on; without entries it changes nothing.
  const before = await client.ask('project.import', { ...target, entries: [] })
  let taken = before
  for await (const part of parts(passing, () => taken.head)) {
    signal.throwIfAborted()
    taken = await client.ask('project.import', { ...target, entries: part })
    on(taken.head)
  }
  return { ...taken, duplicate: before.whole }
}

/** What comes after `head`, in parts. Reads to the end of the log in any case: only there is it seen to be whole. */
async function* parts(passing: AsyncIterator<Passing>, head: () => number): AsyncGenerator<Entry[]> {
  let part: Entry[] = []
  let chars = 0
  for (;;) {
    // Not by `for await`, which would end the reading of all projects with that of the first.
    const { done, value: one } = await passing.next()
    if (done || one.kind === 'end') break
    if (one.kind !== 'entry' || one.entry.seq <= head()) continue
    const { length } = entryLine(one.entry)
    // The last part waits for the end: it is what makes a project of it.
    if (part.length === PART_ENTRIES || (part.length > 0 && chars + length > PART_CHARS)) {
      yield part
      part = []
      chars = 0
    }
    part.push(one.entry)
    chars += length
  }
  if (part.length > 0) yield part
}

/** Goes to the end of the log that comes next. */
export async function passOver(passing: AsyncIterator<Passing>): Promise<void> {
  for (;;) {
    const { done, value } = await passing.next()
    if (done || value.kind === 'end') return
  }
}

/** What broke off the sending, and how to go on. */
export function brokenOff(error: unknown, far: string, command: string): never {
  if (!(error instanceof MaestroError)) throw error
  const { code, message, help } = error
  throw new MaestroError(code, `${message}. ${far}`, { ...help, suggestion: command })
}

/** Refuses at once whom the server would refuse when the file has been read. */
export async function checkMayImport(client: Client): Promise<void> {
  const { scopes, project } = await client.ask('whoami', {})
  if (scopes.includes('project:write') && project === null) return
  const why = project === null ? 'lacks the scope project:write' : `is good for ${project} only`
  refuse('forbidden', `This key may make no project: it ${why}`, { suggestion: 'maestro whoami' })
}
