import type * as z from 'zod'
import { MaestroError, refuse } from '../protocol/errors.ts'
import type { Entry } from '../protocol/project.ts'
import { BackupHead, checkedEntry, ExportHead, FORMAT } from '../protocol/transfer.ts'
import { type Bytes, LineReader } from './import-lines.ts'

/** What passes as a file is read: the first line of each project's log, its entries, and what its last line says. */
export type Passing =
  | { kind: 'project'; head: ExportHead }
  | { kind: 'entry'; entry: Entry; head: ExportHead }
  | { kind: 'end'; head: ExportHead; digest: string }

/** All that is in an export. Refuses, with the number of the line, what is not as it was written; nothing passes after that. */
export async function* readExport(bytes: Bytes, file: string): AsyncGenerator<Passing> {
  const lines = new LineReader(bytes, file)
  const head = headOf(lines, await lines.next(), 'export')
  if (head.since > 0) lines.wrong(`begins after entry ${head.since}: a project needs its log from the first entry on`)
  yield* readLog(lines, head)
  if ((await lines.next()) !== undefined) lines.wrong('it goes on after its end')
}

/** All that is in a backup: one project's export after the other. */
export async function* readBackup(bytes: Bytes, file: string): AsyncGenerator<Passing> {
  const lines = new LineReader(bytes, file)
  const { projects } = headOf(lines, await lines.next(), 'backup')
  const sha256 = lines.hashed()
  let entries = 0
  for (const project of projects) {
    const head = headOf(lines, await lines.next(), 'export')
    if (head.project !== project) lines.wrong(`is ${head.project} where ${project} should be`)
    yield* readLog(lines, head)
    entries += head.head - head.since
  }
  checkEnd(lines, await lines.next(), { projects: projects.length, entries, sha256: sha256() })
  if ((await lines.next()) !== undefined) lines.wrong('it goes on after its end')
}

async function* readLog(lines: LineReader, head: ExportHead): AsyncGenerator<Passing> {
  if (head.head <= head.since) lines.wrong('has no entries, and so no project')
  yield { kind: 'project', head }
  const sha256 = lines.hashed()
  for (let seq = head.since + 1; seq <= head.head; seq++) {
    const entry = entryIn(lines, await lines.next())
    if (entry.seq !== seq) lines.wrong(`entry ${entry.seq} comes where entry ${seq} should`)
    yield { kind: 'entry', entry, head }
  }
  const line = await lines.next()
  const end = { entries: head.head - head.since, sha256: sha256() }
  checkEnd(lines, line, end)
  yield { kind: 'end', head, digest: end.sha256 }
}

function headOf(lines: LineReader, line: string | undefined, kind: 'export'): ExportHead
function headOf(lines: LineReader, line: string | undefined, kind: 'backup'): BackupHead
function headOf(lines: LineReader, line: string | undefined, kind: 'export' | 'backup'): ExportHead | BackupHead {
  if (line === undefined && lines.number > 0) lines.cutOff()
  const { file } = lines
  const said = parsed(line ?? '')
  const what = said?.maestro
  if (what !== 'export' && what !== 'backup')
    refuse('invalid_input', `${file} is no export of Maestro`, {
      field: 'file',
      suggestion: `maestro ${kind} --out <file>`,
    })
  if (what !== kind) {
    const command = what === 'backup' ? 'restore' : 'import'
    refuse('invalid_input', `${file} is ${what === 'backup' ? 'a backup' : 'an export of one project'}`, {
      ...{ field: 'file', suggestion: `maestro ${command} <file>` },
    })
  }
  if (typeof said?.format === 'number' && said.format > FORMAT)
    refuse('invalid_input', `${file} was written by a newer Maestro (${said.version}, format ${said.format})`, {
      ...{ field: 'file', suggestion: 'maestro --version' },
    })
  const schema: z.ZodType<ExportHead | BackupHead> = kind === 'export' ? ExportHead : BackupHead
  const { success, data, error } = schema.safeParse(said)
  if (success) return data
  const [issue] = error.issues
  return lines.wrong(`${issue?.path.join('.')}: ${issue?.message}`)
}

function entryIn(lines: LineReader, line: string | undefined): Entry {
  if (line === undefined) lines.cutOff()
  const said = parsed(line)
  if (!said) lines.wrong('is no line of JSON: the file was changed')
  if (said.sha256 !== undefined) lines.wrong('its end comes before its last entry: lines were taken out')
  try {
    return checkedEntry(said)
  } catch (error) {
    if (error instanceof MaestroError) lines.wrong(error.message)
    throw error
  }
}

/** The last line must be what what was read comes to, to the letter. */
function checkEnd(lines: LineReader, line: string | undefined, end: object): void {
  if (line === undefined) lines.cutOff()
  if (line === JSON.stringify(end)) return
  const said = parsed(line)
  if (typeof said?.sha256 !== 'string') lines.wrong('is where its end should be: lines were put in')
  lines.wrong('its SHA-256 is not that of what is before: the file was changed')
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined // of any content
  } catch {
    return undefined // whoever asked says which line that is
  }
}
