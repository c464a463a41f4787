import { type About, concerning } from '../db/concerns.ts'
import { emptyProject, type Project, withDefaults } from '../protocol/model.ts'
import { type Entry, type Event, evolve } from '../protocol/project.ts'

/** A row of the log: an entry whose data is still JSON text, as the archive and the wire want it. */
export type Row = { seq: number; id: string; at: number; by: string; type: string; data: string }

type RowRecord = Row & Record<string, SqlStorageValue>

/** A snapshot saves replaying; one every so many entries keeps waking short and costs little. */
const SNAPSHOT_EVERY = 1_000
/** SQLite rows hold 2 MB at most in a Durable Object, and a character takes up to 3 bytes. */
const SNAPSHOT_PART = 600_000

const schema = `
  CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, by TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, type TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS snapshot (part INTEGER PRIMARY KEY, json TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`

/** The project's history, in the object's own SQLite. `seq` has no gaps, an `id` comes once. */
export class Log {
  readonly epoch: string
  #storage: DurableObjectStorage
  #sql: SqlStorage
  #head = 0
  #snapshotAt = 0

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(schema)
    this.#head = this.#sql.exec<{ head: number | null }>('SELECT max(seq) AS head FROM entries').one().head ?? 0
    this.epoch = this.fact('epoch') ?? this.setFact('epoch', crypto.randomUUID())
  }

  get head(): number {
    return this.#head
  }

  /** The oldest entry held here; older ones are in the archive only. */
  get floor(): number {
    return this.#sql.exec<{ floor: number | null }>('SELECT min(seq) AS floor FROM entries').one().floor ?? 1
  }

  fact(name: string): string | undefined {
    return this.#sql.exec<{ value: string }>('SELECT value FROM facts WHERE name = ?', name).toArray()[0]?.value
  }

  setFact(name: string, value: string): string {
    this.#sql.exec('INSERT OR REPLACE INTO facts VALUES (?, ?)', name, value)
    return value
  }

  /** Whether an entry with this id is here already. */
  has(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM entries WHERE id = ?', id).toArray().length > 0
  }

  /** The entries that came of the request `id`: its own, and those numbered after it. */
  of(id: string): Row[] {
    const query = 'SELECT * FROM entries WHERE id = ? OR (id > ? AND id < ?) ORDER BY seq'
    return this.#sql.exec<RowRecord>(query, id, `${id}.`, `${id}/`).toArray()
  }

  /** Notes which command the request `id` was, so that the id answers for no other. */
  noteAsked(id: string, type: string): void {
    this.#sql.exec('INSERT INTO requests VALUES (?, ?)', id, type)
  }

  askedBy(id: string): string | undefined {
    return this.#sql.exec<{ type: string }>('SELECT type FROM requests WHERE id = ?', id).toArray()[0]?.type
  }

  /** Writes the events, all or none if called within `together`. The first has the id itself, the others are numbered after it. */
  append(events: Event[], id: string, at: number, by: string): { entry: Entry; row: Row }[] {
    return events.map((event, i) => {
      const row = {
        seq: this.#head + 1,
        id: i ? `${id}.${i}` : id,
        at,
        by,
        type: event.type,
        data: JSON.stringify(event.data),
      }
      this.#sql.exec(
        'INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)',
        row.seq,
        row.id,
        row.at,
        row.by,
        row.type,
        row.data,
      )
      this.#head = row.seq
      return { entry: { seq: row.seq, id: row.id, at, by, ...event } as Entry, row } // an Event and its place in the log
    })
  }

  /** Everything `step` writes, or nothing of it. */
  together<T>(step: () => T): T {
    const head = this.#head
    try {
      return this.#storage.transactionSync(step)
    } catch (error) {
      this.#head = head
      throw error
    }
  }

  /** At most `limit` rows after `since`, oldest first; only those `about` something, where that is said. */
  since(since: number, limit: number, about: About = {}): Row[] {
    return this.#page('seq > ?', 'seq', since, limit, about)
  }

  /** At most `limit` rows before `before`, newest first; the same. */
  before(before: number, limit: number, about: About = {}): Row[] {
    return this.#page('seq < ?', 'seq DESC', before, limit, about)
  }

  #page(where: string, order: string, seq: number, limit: number, about: About): Row[] {
    const { condition, values } = concerning(about)
    const query = `SELECT * FROM entries WHERE ${where}${condition} ORDER BY ${order} LIMIT ?`
    return this.#sql.exec<RowRecord>(query, seq, ...values, limit).toArray()
  }

  /** The project as the last snapshot and the entries after it make it: never the whole history. */
  wake(): Project {
    const parts = this.#sql.exec<{ json: string }>('SELECT json FROM snapshot ORDER BY part').toArray()
    const project = parts.length ? withDefaults(JSON.parse(parts.map(({ json }) => json).join(''))) : emptyProject() // only `snapshot` writes here
    this.#snapshotAt = Number(this.fact('snapshot') ?? 0)
    for (const row of this.#sql.exec<RowRecord>('SELECT * FROM entries WHERE seq > ? ORDER BY seq', this.#snapshotAt)) {
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
    if (this.#head - this.#snapshotAt < SNAPSHOT_EVERY) return
    const json = JSON.stringify(project)
    this.#storage.transactionSync(() => {
      this.#sql.exec('DELETE FROM snapshot')
      for (const [i, part] of parts(json).entries()) this.#sql.exec('INSERT INTO snapshot VALUES (?, ?)', i, part)
      this.setFact('snapshot', String(this.#head))
    })
    this.#snapshotAt = this.#head
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
