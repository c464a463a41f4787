import type { About } from '../db/concerns.ts'
import type { Place } from '../db/history.ts'
import { emptyProject, type Project, withDefaults } from '../protocol/model.ts'
import { type Entry, type Event, evolve } from '../protocol/project.ts'
import { isLong, Spent } from './spent.ts'
import { type Row, Volumes } from './volumes.ts'

/** A snapshot saves replaying; one every so many entries keeps waking short and costs little. */
const SNAPSHOT_EVERY = 1_000
/** SQLite rows hold 2 MB at most in a Durable Object, and a character takes up to 3 bytes. */
const SNAPSHOT_PART = 600_000

const schema = `
  CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, type TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS snapshot (part INTEGER PRIMARY KEY, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`

/** How many entries a volume has, and how many stay at least, for viewers that were away. */
const SIZES = { volume: 10_000, tail: 20_000 }

export type Range = About & { since?: number | undefined; before?: number | undefined; limit: number }
/** Rows as they were asked for; the archive has those before `floor`, and nobody those before `begins`. */
export type Held = { rows: Row[]; floor: number; begins: number }

/** What a request was, who asked, and where its first entry is; null for one of the time before these were noted. */
type Asked = { type: string; by: string | null; seq: number | null }

/**
 * The project's history, in the object's own SQLite. `seq` has no gaps, an `id` comes once. What is in the archive for
 * good may be forgotten here, but for the ids.
 */
export class Log {
  readonly epoch: string
  #storage: DurableObjectStorage
  #sql: SqlStorage
  #volumes: Volumes
  #spent: Spent
  #tail: number
  #snapshotAt: number
  #begins: number

  constructor(storage: DurableObjectStorage, { volume, tail } = SIZES) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(schema)
    if (!this.#sql.exec('SELECT * FROM requests LIMIT 0').columnNames.includes('seq'))
      this.#sql.exec('ALTER TABLE requests ADD COLUMN by TEXT; ALTER TABLE requests ADD COLUMN seq INTEGER')
    this.#volumes = new Volumes(this.#sql, volume)
    this.#spent = new Spent(this.#sql)
    this.#tail = tail
    this.#snapshotAt = Number(this.fact('snapshot') ?? 0)
    this.#begins = Number(this.fact('begins') ?? 1)
    this.epoch = this.fact('epoch') ?? this.setFact('epoch', crypto.randomUUID())
  }

  get head(): number {
    return this.#volumes.head
  }

  /** The oldest entry held here; older ones are in the archive only. */
  get floor(): number {
    return Math.max(this.#volumes.floor, this.#begins)
  }

  /** The oldest entry there is at all: what came before was deleted by the project's retention. */
  get begins(): number {
    return this.#begins
  }

  set begins(seq: number) {
    this.#begins = seq
    this.setFact('begins', String(seq))
  }

  /** How large all of it is, in bytes. */
  get size(): number {
    return this.#sql.databaseSize
  }

  fact(name: string): string | undefined {
    return this.#sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', name).toArray()[0]?.value
  }

  setFact(name: string, value: string): string {
    this.#sql.exec('INSERT OR REPLACE INTO facts VALUES (?, ?)', name, value)
    return value
  }

  /** Whether an entry with this id is here, or was. */
  has(id: string): boolean {
    return this.known([id]).size > 0
  }

  /** Which of the ids are those of entries that are here, or were. */
  known(ids: string[]): Set<string> {
    return new Set([...this.#volumes.known(ids), ...ids.filter((id) => this.#spent.has(id))])
  }

  /** The entries held here that came of the request `id`: its own, and those numbered after it. */
  of(id: string): Row[] {
    return this.#volumes.of(id)
  }

  /** Notes which request `id` the next entry comes of, so that the id answers for no other. */
  noteAsked(id: string, type: string, by: string): void {
    this.#sql.exec('INSERT INTO requests (id, type, by, seq) VALUES (?, ?, ?, ?)', id, type, by, this.head + 1)
  }

  asked(id: string): Asked | undefined {
    return this.#sql.exec<Asked>('SELECT type, by, seq FROM requests WHERE id = ?', id).toArray()[0]
  }

  /** Writes the events, all or none if called within `together`. The first has the id itself, the others are numbered after it. */
  append(events: Event[], id: string, at: number, by: string): { entry: Entry; row: Row }[] {
    return events.map((event, i) => {
      const row = {
        ...{ seq: this.head + 1, id: i ? `${id}.${i}` : id, at, by },
        ...{ type: event.type, data: JSON.stringify(event.data) },
      }
      this.#volumes.add(row)
      return { entry: { seq: row.seq, id: row.id, at, by, ...event } as Entry, row } // an Event and its place in the log
    })
  }

  /** Everything `step` writes, or nothing of it. */
  together<T>(step: () => T): T {
    try {
      return this.#storage.transactionSync(step)
    } catch (error) {
      this.#volumes.load()
      this.#spent.load()
      throw error
    }
  }

  /** At most `limit` rows after `since`, oldest first; only those `about` something, where that is said. */
  since(since: number, limit: number, about?: About): Row[] {
    return this.#volumes.since(Math.max(since, this.#begins - 1), limit, about)
  }

  /** At most `limit` rows before `before`, newest first; the same. */
  before(before: number, limit: number, about?: About): Row[] {
    return this.#volumes.before(before, this.#begins, limit, about)
  }

  /** The ids of at most `limit` entries after `since`, with their places, oldest first. */
  places(since: number, limit: number): Place[] {
    return this.#volumes.places(since, limit)
  }

  /** Those after `since`, or before `before`, or the newest. */
  read({ since, before = Number.MAX_SAFE_INTEGER, limit, ...about }: Range): Held {
    const rows = since === undefined ? this.before(before, limit, about) : this.since(since, limit, about)
    return { rows, floor: this.floor, begins: this.begins }
  }

  /**
   * The oldest entries, if nobody needs them here any more: a later snapshot stands for them, and enough newer ones stay,
   * or they are deleted anyway. Whether the archive has them is not known here.
   */
  get outlived(): { first: number; last: number } | undefined {
    const { oldest } = this.#volumes
    if (!oldest || oldest.last > this.#snapshotAt) return undefined
    return oldest.last < this.#begins || this.head - oldest.last >= this.#tail ? oldest : undefined
  }

  /** Lets go of the oldest volume. Its ids stay known: those of reports as such, those of requests as they were noted. */
  forgetOldest(): void {
    const { name } = this.#volumes.oldest!
    this.together(() => {
      const ids = this.#sql
        .exec<{ id: string }>(`SELECT id FROM ${name} ORDER BY id`)
        .toArray()
        .map(({ id }) => id)
      this.#spent.add(ids.filter(isLong))
      for (const id of ids.filter((id) => !isLong(id) && !id.includes('.')))
        this.#sql.exec("INSERT OR IGNORE INTO requests (id, type) VALUES (?, '')", id)
      this.#volumes.dropOldest()
    })
  }

  /** The project as the last snapshot and the entries after it make it: never the whole history. */
  wake(): Project {
    const parts = this.#sql.exec<{ json: string }>('SELECT json FROM snapshot ORDER BY part').toArray()
    const project = parts.length ? withDefaults(JSON.parse(parts.map(({ json }) => json).join(''))) : emptyProject() // only `snapshot` writes here
    for (const row of this.#volumes.after(this.#snapshotAt)) {
      try {
        evolve(project, { ...row, data: JSON.parse(row.data) } as unknown as Entry) // only `append` writes here
      } catch (error) {
        throw new Error(`The log cannot be replayed at seq ${row.seq}`, { cause: error })
      }
    }
    return project
  }

  /** Keeps `project`, which stands at the head, when enough has come since the last time. */
  snapshot(project: Project): void {
    if (this.head - this.#snapshotAt >= SNAPSHOT_EVERY) this.keep(project)
  }

  /** Where all entries were deleted, what is written next begins a volume of its own, so that theirs can be dropped. */
  closeDeleted(project: Project): void {
    if (this.#begins <= this.head || this.#volumes.floor > this.head) return
    this.keep(project)
    this.#volumes.roll()
  }

  keep(project: Project): void {
    const json = JSON.stringify(project)
    this.#storage.transactionSync(() => {
      this.#sql.exec('DELETE FROM snapshot')
      for (const [i, part] of parts(json).entries()) this.#sql.exec('INSERT INTO snapshot VALUES (?, ?)', i, part)
      this.setFact('snapshot', String(this.head))
    })
    this.#snapshotAt = this.head
  }
}

/** The text in parts that a row holds; no character made of two halves is cut in two, which SQLite would not give back. */
function parts(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    const halved = /[\ud800-\udbff]/.test(text[at + SNAPSHOT_PART - 1] ?? '')
    const end = at + SNAPSHOT_PART - (halved ? 1 : 0)
    found.push(text.slice(at, end))
    at = end
  }
  return found
}

/** A row as the wire says it: `event` repeats the type for those who look for that name. */
export function encodeRow({ seq, id, at, by, type, data }: Row): string {
  return `{"seq":${seq},"id":${JSON.stringify(id)},"at":${at},"by":${JSON.stringify(by)},"type":"${type}","event":"${type}","data":${data}}`
}

export function decodeRow(row: Row): Entry & { event: string } {
  return { ...row, event: row.type, data: JSON.parse(row.data) } as unknown as Entry & { event: string } // only `append` writes here
}
