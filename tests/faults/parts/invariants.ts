import { createHash } from 'node:crypto'
import { emptyProject, type Project } from '../../../protocol/model.ts'
import { type Entry, evolve } from '../../../protocol/project.ts'
import { broken, startedTwice } from '../../pure/protocol/invariants.ts'
import type { HistoryRow, Line, Spool } from './evidence.ts'
import { type Accepted, keysOf } from './ledger.ts'

/** The name of what `maestro up` says to the person who typed it. */
export const UP = 'maestro up'

/** All that can be known of a system at rest from the outside, and what those who used it were told. */
export type Evidence = {
  /** The log as the server tells it, and the project at its end. */
  log: Entry[]
  project: Project
  /** Whoever else looked at the project, each up to a seq of its own. */
  viewers: { name: string; seq: number; project: Project }[]
  /** What D1 holds, and what it held whenever the server was found dead. */
  history: HistoryRow[]
  earlier: HistoryRow[][]
  accepted: Accepted[]
  /** `accepted` has nothing but what was kept by somebody, and all drops are known: none excuses a loss, each is in the log. */
  isExact?: boolean
  /** What was seen to be wrong with the project while all that happened, at so many looks. */
  looks: { count: number; wrong: string[] }
  /** How often each session's program started. */
  starts: Map<string, number>
  /** Programs that run on though their session has ended. */
  survivors: string[]
  lines: Line[]
  /** What asking came to that no kill can be the reason of. */
  failures: string[]
  spool: Spool
}

/** What one invariant comes to: at what was looked, and what is wrong. */
export type Verdict = { number: string; promise: string; looked: string; wrong: string[] }

/** I1 to I10 of the reliability page, each with what it was judged by. */
export function judge(evidence: Evidence): Verdict[] {
  const places = placesIn(evidence.log)
  const { steps, hashes, wrong } = replayed(evidence)
  const { log, accepted, viewers, history, earlier, looks, starts, survivors, lines, failures, spool } = evidence
  const sources = Map.groupBy(accepted, ({ source }) => source)
  return [
    verdict('I1', 'each accepted id is in the log once', `${accepted.length} accepted`, onceEach(evidence, places)),
    verdict('I2', 'per source, order is kept', `${sources.size} sources`, outOfOrder(sources, places)),
    verdict('I3', 'seq has no gaps', `${log.length} entries`, gaps(log)),
    verdict('I4', 'replaying the log gives the live project', 'one hash', replayDiffers(evidence, hashes)),
    verdict('I5', 'any viewer has the same hash', `${viewers.length} viewers`, viewersDiffer(evidence, hashes)),
    verdict(
      'I6',
      'the history is a prefix of the log, and caught up',
      `${history.length} rows, at ${earlier.length} deaths`,
      notArchived(evidence),
    ),
    verdict('I7', 'no task in progress without a live session', `${steps} steps, ${looks.count} looks`, [
      ...wrong,
      ...looks.wrong,
    ]),
    verdict('I8', 'a spawn runs at most once, and not beyond its end', `${starts.size} started`, [
      ...startedTwice(log).map((session) => `${session} was held by two machines, or came to run twice`),
      ...[...starts].filter(([, count]) => count > 1).map(([session, count]) => `${session} started ${count} times`),
      ...survivors,
    ]),
    verdict('I9', 'no unhandled exception, no 5xx but injected ones', `${lines.length} lines`, [
      ...unexcused(lines),
      ...failures,
    ]),
    verdict('I10', 'what was dropped is counted and visible', said(spool), uncounted(evidence)),
  ]
}

export function hashOf(project: Project): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(project)))
    .digest('hex')
    .slice(0, 16)
}

/** Fields in the order of their names: whoever woke from a snapshot may have them in another. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)]))
}

function verdict(number: string, promise: string, looked: string, wrong: string[]): Verdict {
  return { number, promise, looked, wrong }
}

/** By each name of an entry, where it is. */
function placesIn(log: Entry[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const entry of log) for (const key of keysOf(entry)) places.set(key, [...(places.get(key) ?? []), entry.seq])
  return places
}

/** Hooks that found the spool full are counted there: so many of what agents told may be missing. */
function onceEach({ accepted, log, spool, isExact = false }: Evidence, places: Map<string, number[]>): string[] {
  const ids = Map.groupBy(log, ({ id }) => id)
  const twice = [...ids].filter(([, entries]) => entries.length > 1).map(([id]) => `${id} is the id of several entries`)
  const lost = accepted.filter(({ key }) => !places.has(key))
  const doubled = accepted.filter(({ key }) => (places.get(key)?.length ?? 0) > 1)
  const isFew = lost.length <= (isExact ? 0 : spool.dropped + spool.setAside)
  const isCounted = isFew && lost.every(({ source }) => source.endsWith('hook'))
  return [
    ...twice,
    ...(isCounted ? [] : lost.map(({ source, key }) => `lost: ${key}, of ${source}`)),
    ...doubled.map(({ source, key }) => `doubled: ${key}, of ${source}, at ${places.get(key)}`),
  ]
}

function outOfOrder(sources: Map<string, Accepted[]>, places: Map<string, number[]>): string[] {
  return [...sources].flatMap(([source, said]) => {
    const seqs = said.flatMap(({ key }) => places.get(key)?.[0] ?? [])
    const wrong = seqs.filter((seq, i) => i > 0 && seq < seqs[i - 1]!)
    return wrong.map((seq) => `${source}: ${seq} came after a later one`)
  })
}

function gaps(log: Entry[]): string[] {
  return log.flatMap(({ seq }, i) => (seq === i + 1 ? [] : [`entry ${i + 1} of the log has seq ${seq}`])).slice(0, 5)
}

/** Goes through the log once more; after each step, what the project is, and what must hold of it. */
function replayed({ log, viewers }: Evidence): { steps: number; hashes: Map<number, string>; wrong: string[] } {
  const project = emptyProject()
  const wanted = new Set([...viewers.map(({ seq }) => seq), log.length])
  const hashes = new Map<number, string>()
  const wrong: string[] = []
  let steps = 0
  for (const [at, entry] of log.entries()) {
    evolve(project, structuredClone(entry))
    if (wanted.has(entry.seq)) hashes.set(entry.seq, hashOf(project))
    if (stepOf(entry) === stepOf(log[at + 1])) continue
    steps++
    if (wrong.length < 5) wrong.push(...broken(project).map((what) => `after ${entry.seq}: ${what}`))
  }
  return { steps, hashes, wrong }
}

/** The entries of one step are numbered after its first; what happened within it nobody could see. */
const stepOf = (entry: Entry | undefined) => entry?.id.split('.')[0]

function replayDiffers({ log, project }: Evidence, hashes: Map<number, string>): string[] {
  const [replay, live] = [hashes.get(log.length), hashOf(project)]
  return replay === live ? [] : [`replaying gives ${replay}, and the live project is ${live}`]
}

function viewersDiffer({ viewers }: Evidence, hashes: Map<number, string>): string[] {
  const others = viewers.filter(({ seq, project }) => hashes.get(seq) !== hashOf(project))
  return others.map(({ name, seq, project }) => `${name} at ${seq} has ${hashOf(project)}, not ${hashes.get(seq)}`)
}

function notArchived({ log, history, earlier }: Evidence): string[] {
  const behind = log.length - history.length
  return [
    ...[history, ...earlier].flatMap((rows) => notPrefix(rows, log)),
    ...(behind === 0 ? [] : [`${behind} entries are not in the history`]),
  ]
}

function notPrefix(rows: HistoryRow[], log: Entry[]): string[] {
  const at = rows.findIndex((row, i) => !isSame(row, log[i]))
  return at < 0 ? [] : [`row ${at + 1} of ${rows.length} is not the entry there: ${JSON.stringify(rows[at])}`]
}

function isSame({ data, ...row }: HistoryRow, entry: Entry | undefined): boolean {
  if (!entry) return false
  const { data: told, ...rest } = entry
  return hashOf({ ...row, data: JSON.parse(data) } as never) === hashOf({ ...rest, data: told } as never) // of any value
}

/** What parts of the product say when others are killed, and why that is no fault of theirs. */
const excuses: { file: RegExp; text: RegExp; because: string }[] = [
  {
    file: /server\.log/,
    text: /^NOSENTRY SQLite alarm (overdue|handler canceled)/,
    because: 'workerd remembers an alarm at two places; one of them died before the other, and the later one rings',
  },
]

function unexcused(lines: Line[]): string[] {
  const bad = lines.filter(isComplaint)
  const left = bad.filter((line) => !excuses.some(({ file, text }) => file.test(line.file) && text.test(line.text)))
  return left.map(({ file, text }) => `${file}: ${text}`)
}

/** Lines of JSON say how bad they are; any other was written by nobody who meant it, but for what is for people. */
function isComplaint({ file, text }: Line): boolean {
  if (file === UP) return !text.startsWith('  ') || /✗|ended \(code/.test(text)
  try {
    return (JSON.parse(text) as { level?: string }).level === 'error' // of any content
  } catch {
    return true
  }
}

function said({ waiting, unfinished, setAside, dropped }: Spool): string {
  return `${dropped} dropped, ${setAside} set aside, ${unfinished} cut off, ${waiting} waiting`
}

/** What waits still is neither kept nor counted; what was dropped or set aside was said. */
function uncounted(evidence: Evidence): string[] {
  const { spool, isExact = false } = evidence
  const waiting = spool.waiting > 0 ? [`${spool.waiting} hook events still wait`] : []
  return [...waiting, ...(isExact ? miscounted(evidence) : unsaid(evidence))]
}

function unsaid({ spool, lines }: Evidence): string[] {
  const tells = (part: string) => lines.some(({ file, text }) => file.endsWith('spawner.log') && text.includes(part))
  return [
    ...(spool.dropped > 0 && !tells('hook events were dropped')
      ? [`${spool.dropped} dropped, and nobody said so`]
      : []),
    ...(spool.setAside > 0 && !tells('was set aside') ? [`${spool.setAside} set aside, and nobody said so`] : []),
  ]
}

/** The log says how many are missing, to the last one; but what is set aside for a full disk is said by the daemon alone. */
function miscounted({ log, lines, spool }: Evidence): string[] {
  const gaps = log.flatMap(({ type, data }) => (type === 'hook:gap' && data.gap ? [data.gap] : []))
  const told = (what: string) => gaps.reduce((sum, gap) => sum + (gap.what === what ? gap.events : 0), 0)
  const [dropped, setAside] = [told('dropped'), told('set_aside')]
  const unsaid = lines.filter(({ text }) => text.includes('set aside cannot be said')).length
  return [
    ...(dropped === spool.dropped ? [] : [`${spool.dropped} dropped, and the log says ${dropped}`]),
    ...(setAside <= spool.setAside && setAside + unsaid >= spool.setAside
      ? []
      : [`${spool.setAside} set aside, and the log says ${setAside}, the daemon ${unsaid}`]),
  ]
}
