import { faultOf, isTooLarge } from '../db/fault.ts'
import { type EntryRow, History, type SessionRow } from '../db/history.ts'
import { forgettable } from '../protocol/forgetting.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Project, Session } from '../protocol/model.ts'
import { compared } from './compared.ts'
import { Listing } from './listing.ts'
import type { Log } from './log.ts'
import { prune } from './pruning.ts'
import { Retention } from './retention.ts'
import type { Row } from './volumes.ts'

/**
 * New entries wait so long (ms) for company before they are archived: what each batch costs beside them is the same, and
 * whoever reads history finds them all the same. Once `most` wait, they wait no longer. On one's own machine D1 takes its
 * time from the project, so there it waits until that rests, and then gives way: what has to be done is done bit by bit.
 */
/** Nothing waits longer (ms), however much happens. */
const LONGEST_WAIT = 60_000
const paces = {
  hosted: { settle: 60_000, most: 400, givesWay: false },
  embedded: { settle: 2_000, most: 2_000, givesWay: true },
}
const BATCH = 400
const BIT = 100
/** A statement's parameter holds 2 MB at most in D1; quoted once more, a character takes up to 4 bytes. */
const BATCH_CHARS = 400_000
/** The clock waits while the archive runs: what is still to be sent after so many batches is for the next alarm. */
const BATCHES_A_RUN = 10
/** The longest pause (ms) between tries while D1 is away. */
const LONGEST_PAUSE = 5 * 60_000
const FIRST_PAUSE = 2_000
/** A Durable Object holds 10 GB. Long before, somebody should look why D1 does not take what is here. */
const HIGH_MARK = 5_000_000_000

/**
 * Copies the log to D1. The log itself is the outbox: what lies beyond the pointer is still to be sent, in order, as
 * often as it takes; writing it twice changes nothing. Never throws: D1 being away is no business of the project.
 */
export class Archive {
  #log: Log
  #d1: D1Database
  #project: () => Project
  #pace: (typeof paces)['hosted']
  /** When (ms since 1970) the first entry began to wait. */
  #waitsSince = 0
  /** Whether something was appended since it ran last. */
  #isBusy = false
  #done: number
  #listing: Listing
  #retention: Retention
  #failures = 0
  /** So many entries are tried at once: fewer after some were too large. */
  #most = BATCH
  /** When (ms since 1970) to copy next; nothing when all is archived. */
  #copyAt: number | undefined
  /** Nothing is done before; after a failure, and to leave the project its time. */
  #restsUntil = 0
  /** Sessions that only history need know of any more. */
  past: SessionId[] = []

  constructor(log: Log, d1: D1Database, project: () => Project, mode: string) {
    this.#log = log
    this.#d1 = d1
    this.#project = project
    this.#pace = mode === 'embedded' ? paces.embedded : paces.hosted
    this.#listing = new Listing(d1)
    this.#retention = new Retention(log)
    this.#done = Number(log.fact('archived') ?? 0)
    if (this.#done < log.head) this.#copyAt = 0
  }

  /** When (ms since 1970) to run next, if there is anything to do. */
  get due(): number | undefined {
    const { outlived } = this.#log
    const prune = outlived && outlived.last <= this.#done ? 0 : undefined
    const forget = this.past.length ? 0 : undefined
    const due = [prune, forget, this.#copyAt, this.#listing.due, this.#retention.due(this.#project())].filter(
      (at) => at !== undefined,
    )
    return due.length ? Math.max(this.#restsUntil, Math.min(...due)) : undefined
  }

  get behind(): number {
    return this.#log.head - this.#done
  }

  /** The last entry that is in the archive, as far as is known here. */
  get archived(): number {
    return this.#done
  }

  #moveTo(seq: number): void {
    this.#done = seq
    this.#log.setFact('archived', String(seq))
    if (this.behind > 0) this.#copyAt ??= 0
  }

  /** Something was appended. */
  wake(now: number): void {
    this.#isBusy = true
    const { settle, most, givesWay } = this.#pace
    const isDue = this.#copyAt !== undefined && (this.#copyAt <= now || !givesWay)
    if (this.#copyAt === undefined) this.#waitsSince = now
    if (this.behind >= most) this.#copyAt = now
    else if (!isDue) this.#copyAt = Math.min(now + settle, this.#waitsSince + LONGEST_WAIT)
    this.#listing.wake(this.#project(), now)
  }

  /** The entries that came of the request `id`, from `seq` on, that only the archive has; none while D1 is away. */
  async of(id: string, seq: number): Promise<EntryRow[]> {
    try {
      const rows = await new History(this.#d1, this.#project().id!).since(seq - 1, 1_000, this.#log.floor)
      return rows.filter((row) => row.id === id || row.id.startsWith(`${id}.`))
    } catch (error) {
      this.#tell('warn', 'what a repeated request brought about cannot be read', { error: faultOf(error) })
      return []
    }
  }

  async run(now: number): Promise<void> {
    const { id } = this.#project()
    this.past = []
    if (!id || this.due === undefined || this.due > now) return
    try {
      const history = new History(this.#d1, id)
      await this.#align(history)
      await this.#copy(history, now)
      const other = await prune(this.#log, history, this.#done)
      if (other !== undefined) await this.#cutBack(history, other - 1)
      await this.#retention.run(this.#project(), history, now)
      await this.#listing.run(this.#project(), now)
      await this.#lookBack(history, now)
      this.#failures = 0
      // What happens now goes before what happened: of a busy object's time the archive takes a quarter at most.
      this.#restsUntil = Date.now() + 3 * (Date.now() - now)
    } catch (error) {
      const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures++, LONGEST_PAUSE)
      this.#restsUntil = Date.now() + pause
      const { behind } = this
      const { size } = this.#log
      const facts = { behind, pause, bytes: size, error: faultOf(error) }
      this.#tell(size > HIGH_MARK ? 'error' : 'warn', 'archive waits for D1', facts)
    }
  }

  /** Looks which sessions could be forgotten, and whether D1 has them; those that it lacks are sent. */
  async #lookBack(history: History, now: number): Promise<void> {
    const project = this.#project()
    const [waiting] = this.#log.since(this.#done, 1) // what came after it is not in the archive yet
    const isArchived = ({ endedAt }: Session) => !waiting || (endedAt ?? now) < waiting.at
    const sessions = forgettable(project, now).filter(isArchived)
    if (sessions.length === 0) return
    const known = await history.known(sessions.map(({ id }) => id))
    const gone = (one: Session) => known.has(one.id) || this.#retention.isOver(project, one, now)
    await history.keep(this.#done, sessions.filter((one) => !gone(one)).map(sessionRow)) // for the next time
    this.past = sessions.filter(gone).map(({ id }) => id)
  }

  async #copy(history: History, now: number): Promise<void> {
    if (this.#copyAt === undefined || this.#copyAt > now) return
    const givesWay = this.#pace.givesWay && this.#isBusy
    this.#isBusy = false
    const [batches, size] = givesWay ? [1, Math.min(BIT, this.#most)] : [BATCHES_A_RUN, this.#most]
    for (let batch = 0; batch < batches && this.behind > 0; batch++) {
      const rows = this.#next(size)
      const added = await this.#append(history, rows)
      if (added === 'no') break // somebody has added to it meanwhile: an object that was replaced by this one
      if (added === 'yes') this.#moveTo(rows.at(-1)!.seq)
      if (this.#pace.givesWay && this.#isBusy) break
    }
    const { behind } = this
    this.#waitsSince = Date.now()
    this.#copyAt = behind === 0 ? undefined : Date.now() + (behind < BATCH ? this.#pace.settle : 0)
  }

  /**
   * D1 knows best how far it goes: further, where an answer was lost, or less far, where it was put back to an earlier
   * time. But where the project itself was put back, D1 goes on with what did not happen, and that has to go.
   */
  async #align(history: History): Promise<void> {
    const { seq, last, begins } = await history.extent()
    await this.#alignTo(history, seq, last)
    // What retention has deleted there is nowhere, though an earlier time of the project still tells of it.
    const first = Math.min(begins, this.#done + 1)
    if (first > this.#log.begins) this.#log.begins = first
  }

  async #alignTo(history: History, seq: number, last: string | null): Promise<void> {
    const [here] = seq < this.#log.floor ? [] : this.#log.places(seq - 1, 1)
    const isOther = seq > this.#log.head || (here && last !== null && here.id !== last)
    if (isOther) return this.#cutBack(history, await this.#lastShared(history, seq))
    if (seq === this.#done) return
    if (seq + 1 < this.#log.floor) this.#tell('error', 'history has a gap', { after: seq, before: this.#log.floor })
    this.#moveTo(seq)
  }

  /** The last entry, of those up to `end`, that is in D1 as it is here. What is no longer here was in D1 before it went. */
  async #lastShared(history: History, end: number): Promise<number> {
    const until = Math.min(end, this.#log.head)
    for await (const { other } of compared(this.#log, history, this.#log.floor, until))
      if (other.length > 0) return other[0]! - 1
    return until
  }

  /** All that comes after `end` is here, and is sent again. Noted first: an object that was replaced can note nothing, so it cuts nothing. */
  async #cutBack(history: History, end: number): Promise<void> {
    this.#tell('error', 'history goes on otherwise than the log; the log is sent again', { after: end })
    this.#moveTo(end)
    await history.cutBack(end)
  }

  /** Rows that are too large for D1 together are sent in halves; one that is too large alone, without what leads to it. */
  async #append(history: History, rows: Row[]): Promise<'yes' | 'no' | 'too large'> {
    try {
      const added = await history.append(this.#done, rows, endedIn(rows, this.#project()))
      this.#most = Math.min(BATCH, 2 * this.#most)
      return added ? 'yes' : 'no'
    } catch (error) {
      if (!isTooLarge(error)) throw error
      this.#most = Math.ceil(rows.length / 2)
      if (rows.length > 1) return 'too large'
    }
    this.#tell('error', 'an entry is too large to be found by anything but its place', { seq: rows[0]!.seq })
    return (await history.append(this.#done, rows, [], true)) ? 'yes' : 'no'
  }

  #next(size: number): Row[] {
    const fits: Row[] = []
    let chars = 0
    for (const row of this.#log.since(this.#done, size)) {
      chars += row.data.length
      if (fits.length > 0 && chars > BATCH_CHARS) break
      fits.push(row)
    }
    return fits
  }

  #tell(level: 'warn' | 'error', message: string, facts: object): void {
    console[level](JSON.stringify({ level, message, ...facts }))
  }
}

function endedIn(rows: Row[], project: Project): SessionRow[] {
  const ids = rows
    .filter(({ type }) => type === 'session:ended')
    .map(({ data }) => (JSON.parse(data) as { session: Session['id'] }).session)
  return [...new Set(ids)].flatMap((id) => {
    const session = project.sessions[id]
    return session?.status === 'ended' ? [sessionRow(session)] : [] // one that was taken up again ends another time
  })
}

function sessionRow(session: Session): SessionRow {
  const { id, name, agent, outcome, startedAt, endedAt } = session
  return { id, name, agent, outcome: outcome ?? 'unknown', startedAt, endedAt, state: JSON.stringify(session) }
}
