import * as z from 'zod'
import { liveSessions, strandedTasks } from './clock.ts'
import { refuse } from './errors.ts'
import { LATEST_MS } from './hook-event.ts'
import { ProjectId } from './ids.ts'
import { emptyProject, type Project, type Session, withDefaults } from './model.ts'
import { type Entry, type Event, type EventType, events } from './project.ts'
import { endSession } from './session.ts'

// What leaves one server for another: a project's log as lines of JSON (design/0015-transfer.md). Whoever reads them
// believes nothing: an entry that does not say what its type says would break every replay after it.

/** The version of the format that is written here, and the newest that is read. */
export const FORMAT = 1

const ms = z.number().int().min(0).max(LATEST_MS)
const count = z.number().int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** The first line of an export: what it is. */
export const ExportHead = z.strictObject({
  maestro: z.literal('export'),
  format: count,
  version: z.string().max(50).describe('Of the Maestro that wrote it'),
  project: ProjectId,
  name: z.string().min(1).max(100),
  createdAt: ms,
  epoch: z.string().max(100).describe('Of the log that it was read from: another log of the project has another'),
  since: count.describe('It begins after this entry; 0: with the first'),
  head: count.describe('Its last entry'),
  at: ms.describe('When it was written, in ms since 1970'),
})

/** The first line of a backup; the export of each project follows, in this order. */
export const BackupHead = z.strictObject({
  maestro: z.literal('backup'),
  format: count,
  version: z.string().max(50).describe('Of the Maestro that wrote it'),
  at: ms,
  projects: z.array(ProjectId),
})

/** The last line of either. `sha256` is that of all bytes before this line, in hexadecimal. */
export const ExportEnd = z.strictObject({ entries: count, sha256 })
export const BackupEnd = z.strictObject({ projects: count, entries: count, sha256 })

export type ExportHead = z.infer<typeof ExportHead>
export type BackupHead = z.infer<typeof BackupHead>
export type ExportEnd = z.infer<typeof ExportEnd>
export type BackupEnd = z.infer<typeof BackupEnd>

/** An entry as its line, with its fields as the live connection orders them. */
export function entryLine({ seq, id, at, by, type, data }: Entry): string {
  return JSON.stringify({ seq, id, at, by, type, event: type, data })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isRecord = (value: unknown): value is Record<string, unknown> => isObject(value) && !Array.isArray(value)

/** What is kept of anything is bounded in depth; what is nested deeper could not even be written again. */
const DEEPEST = 40

const Line = z.strictObject({
  seq: z.number().int().min(1),
  // A request's first entry has its id, the others are numbered after it.
  id: z.string().regex(/^[\w-]{1,100}(\.\d{1,6})?$/),
  at: ms,
  by: z.string().min(1).max(300),
  type: z.string().max(100),
  event: z.string().max(100).optional(),
  // The object itself: a record of zod's leaves some names out.
  data: z.custom<Record<string, unknown>>(isRecord, 'no fields'),
})

/** `value` as the entry it says it is, unchanged. Refuses all that no server of this version can have written. */
export function checkedEntry(value: unknown): Entry {
  if (isDeeper(value, DEEPEST)) refuseEntry(value, `is nested more than ${DEEPEST} deep`)
  const { success, data: line, error } = Line.safeParse(value)
  if (!success) refuseEntry(value, wrongIn(error))
  const { type, event = type, data, seq } = line
  if (!isKnown(type)) refuseEntry(value, `is ${type}, which this version does not know: a newer Maestro wrote it`)
  if (event !== type) refuseEntry(value, `says both ${type} and ${event}`)
  if ((type === 'project:created') !== (seq === 1)) refuseEntry(value, 'begins a project where none can begin')
  const given = filled(data)
  const parsed = events[type].safeParse(given)
  if (!parsed.success) refuseEntry(value, wrongIn(parsed.error, 'data'))
  const unknown = unknownIn(given, parsed.data, 'data')
  if (unknown) refuseEntry(value, `has ${unknown}, which this version does not know: a newer Maestro wrote it`)
  if (endsBy(data)) refuseEntry(value, 'has a session end by something else than its end')
  // Its schema has just passed; what is kept is what was there, not what the schema made of it.
  const { id, at, by } = line
  return { seq, id, at, by, type, data } as unknown as Entry
}

/**
 * What an imported project is told when all of it is there: nothing of what ran where it comes from runs here. At once,
 * for a machine that knows both servers' projects would start here what waited to be started there.
 */
export function decideSettled(project: Project, now: number): Event[] {
  const machines = Object.values(project.spawners).filter(({ status }) => status === 'online')
  return [
    ...machines.map(({ id }): Event => ({ type: 'spawner:offline', data: { spawner: id } })),
    ...liveSessions(project).flatMap((session) => endSession(project, session, endingOf(session), now)),
    ...strandedTasks(project),
  ]
}

function endingOf({ status, spawner }: Session) {
  const waited = status === 'spawning' && spawner === null
  return waited
    ? { outcome: 'stopped' as const, exitCode: null, reason: 'it had not started when its project was brought here' }
    : { outcome: 'lost' as const, exitCode: null, reason: 'it ran elsewhere, before its project was brought here' }
}

const isKnown = (type: string): type is EventType => Object.hasOwn(events, type)

function refuseEntry(value: unknown, what: string): never {
  const seq = isRecord(value) && Number.isInteger(value.seq) ? ` ${value.seq}` : ''
  refuse('invalid_input', `Entry${seq} ${what}`, { field: 'entries' })
}

function wrongIn({ issues: [issue] }: z.ZodError, ...path: string[]): string {
  const where = [...path, ...(issue?.path ?? [])].join('.')
  return `is not as entries are: ${where ? `${where}: ` : ''}${issue?.message}`
}

/** With the fields that came after it was written, as whoever wakes fills them in. */
function filled(data: Record<string, unknown>): Record<string, unknown> {
  const { task, session, spawner } = data
  // Copies: what is filled in is for the check alone.
  const one = (noun: unknown) => (isRecord(noun) ? { one: JSON.parse(JSON.stringify(noun)) as object } : {})
  const nouns = { tasks: one(task), sessions: one(session), spawners: one(spawner) }
  fillIn({ ...emptyProject(), ...nouns } as unknown as Project) // of any shape: it only fills in what is absent
  const all = { task: nouns.tasks.one, session: nouns.sessions.one, spawner: nouns.spawners.one }
  return { ...data, ...Object.fromEntries(Object.entries(all).filter(([, noun]) => noun !== undefined)) }
}

function fillIn(project: Project): void {
  try {
    withDefaults(project)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error // it is not shaped as one, which its schema will say
  }
}

/** A session that says it has ended and is still looked after would keep the clock ringing without end. */
function endsBy({ session, changes }: Record<string, unknown>): boolean {
  return [session, changes].some((part) => isRecord(part) && part.status === 'ended')
}

/** The name of something in `given` that its schema has no place for. */
function unknownIn(given: unknown, parsed: unknown, path: string): string | undefined {
  if (given === parsed || !isObject(given)) return undefined
  if (!isObject(parsed)) return path
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(parsed, name)) return `${path}.${name}`
    const found = unknownIn(value, parsed[name], `${path}.${name}`)
    if (found) return found
  }
  return undefined
}

function isDeeper(value: unknown, levels: number): boolean {
  if (!isObject(value)) return false
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1))
}
