import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { startOf } from './process-list.ts'

// What hooks and whoever empties the spool know of each other, in files that a shell reads without another process.

/** Says to hooks that this process empties the spool: else they start one that does. Called again, it says it again. */
export function sayReading(spool: string): void {
  const file = join(spool, 'reader')
  const me = `${process.pid} ${startOf(process.pid) ?? '-'} daemon\n`
  if (readIfThere(file) !== me) writeWhole(file, me)
}

/** Says that it does no more. */
export function sayLeaving(spool: string): void {
  const file = join(spool, 'reader')
  if (readIfThere(file)?.startsWith(`${process.pid} `)) rmSync(file, { force: true })
}

/** Who empties the spool just now. */
export function readerOf(spool: string): 'daemon' | 'flush' | undefined {
  const [pid, began, kind] = (readIfThere(join(spool, 'reader')) ?? '').trim().split(' ')
  if (!pid || startOf(Number(pid)) === undefined) return undefined
  if (began !== '-' && startOf(Number(pid)) !== began) return undefined
  return kind === 'daemon' || kind === 'flush' ? kind : undefined
}

/** What lies in a spool, and who is at it. Times are ms since 1970. */
export function spoolState(spool: string) {
  const sizes = filesIn(join(spool, 'new')).map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const sent = statSync(join(spool, 'sent'), { throwIfNoEntry: false })?.mtimeMs
  return {
    spool,
    waiting: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    dropped: filesIn(spool).reduce((sum, file) => sum + droppedIn(file), 0),
    setAside: filesIn(join(spool, 'bad')).length,
    reader: readerOf(spool) ?? null,
    lastSent: sent === undefined ? null : Math.floor(sent),
  }
}

/** Drops that a file of the spool counts, as long as they are not in the log as events. */
function droppedIn(file: string): number {
  const name = basename(file)
  if (name.startsWith('counted.')) return filesIn(file).reduce((sum, one) => sum + droppedIn(one), 0)
  if (name === 'dropped') return (readIfThere(file) ?? '').split('\n').length - 1
  return name.startsWith('dropped.') ? 1 : 0
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])

/** Tells hooks by what they can have the spool of `home` emptied: Node, the command line, and the home, a line each. */
export function sayCommandLine(home: { root: string; spool: string }, maestro: string): void {
  const file = join(home.spool, 'cli')
  const lines = `${process.execPath}\n${maestro}\n${home.root}\n`
  if (readIfThere(file) !== lines) writeWhole(file, lines)
}

/** Notes that something has been sent just now; the time of the file says when. */
export function noteSent(spool: string): void {
  const [file, now] = [join(spool, 'sent'), new Date()]
  try {
    utimesSync(file, now, now)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    writeFileSync(file, '', { mode: 0o600 })
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  writeFileSync(draft, text, { mode: 0o600 })
  renameSync(draft, file)
}
