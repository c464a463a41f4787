import { type About, concerning } from '../db/concerns.ts'
import type { Place } from '../db/history.ts'

/** A row of the log: an entry whose data is still JSON text, as the archive and the wire want it. */
export type Row = { seq: number; id: string; at: number; by: string; type: string; data: string }

type RowRecord = Row & Record<string, SqlStorageValue>
/** `low` and `high`: its ids lie between them; null while it still takes entries. */
type Volume = { first: number; name: string; low: string | null; high: string | null }

/** Dropping a table costs nothing; deleting its rows would cost two writes each, as much as they did. */
const tableOf = (name: string) => `
  CREATE TABLE IF NOT EXISTS ${name} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, by TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL);`

/** The rows of the log, in volumes of so many entries, each a table of its own, so that the oldest can be dropped. */
export class Volumes {
  #sql: SqlStorage
  #size: number
  #volumes: Volume[] = []
  #head = 0

  constructor(sql: SqlStorage, size: number) {
    this.#sql = sql
    this.#size = size
    sql.exec('CREATE TABLE IF NOT EXISTS volumes (first INTEGER PRIMARY KEY, name TEXT NOT NULL, low TEXT, high TEXT)')
    this.load()
    if (this.#volumes.length === 0) this.#begin(1, 'entries') // what there was before there were volumes is the first
    this.load()
  }

  /** Reads anew what there is: after a transaction that came to nothing. */
  load(): void {
    this.#volumes = this.#sql
      .exec<Volume & Record<string, SqlStorageValue>>('SELECT * FROM volumes ORDER BY first')
      .toArray()
    const last = this.#volumes.at(-1)
    if (!last) return
    const query = `SELECT max(seq) AS head FROM ${last.name}`
    this.#head = this.#sql.exec<{ head: number | null }>(query).one().head ?? last.first - 1
  }

  get head(): number {
    return this.#head
  }

  /** The oldest entry held here. */
  get floor(): number {
    return this.#volumes[0]!.first
  }

  /** The oldest volume, unless entries still go there. */
  get oldest(): { first: number; last: number; name: string } | undefined {
    const [oldest, next] = this.#volumes
    return next && { first: oldest!.first, last: next.first - 1, name: oldest!.name }
  }

  add(row: Row): void {
    if (row.seq - this.#volumes.at(-1)!.first >= this.#size) this.roll()
    const { seq, id, at, by, type, data } = row
    this.#sql.exec(`INSERT INTO ${this.#volumes.at(-1)!.name} VALUES (?, ?, ?, ?, ?, ?)`, seq, id, at, by, type, data)
    this.#head = seq
  }

  /** Begins a new volume: the one until now takes no more. */
  roll(): void {
    const last = this.#volumes.at(-1)!
    const ends = `SELECT min(id) AS low, max(id) AS high FROM ${last.name}`
    Object.assign(last, this.#sql.exec<{ low: string; high: string }>(ends).one())
    this.#sql.exec('UPDATE volumes SET low = ?, high = ? WHERE first = ?', last.low, last.high, last.first)
    this.#begin(this.#head + 1, `entries_${this.#head + 1}`)
  }

  dropOldest(): void {
    const oldest = this.#volumes.shift()!
    this.#sql.exec(`DROP TABLE ${oldest.name}; DELETE FROM volumes WHERE first = ${oldest.first}`)
  }

  /** Which of the ids are those of entries held here: one look at each volume where some may be. */
  known(ids: string[]): string[] {
    return this.#volumes
      .flatMap((volume) => {
        const likely = ids.filter((id) => mayHold(volume, id))
        if (likely.length === 0) return []
        const query = `SELECT id FROM ${volume.name} WHERE id IN (SELECT value FROM json_each(?))`
        return this.#sql.exec<{ id: string }>(query, JSON.stringify(likely)).toArray()
      })
      .map(({ id }) => id)
  }

  /** Entries held here that came of the request `id`: its own, and those numbered after it. */
  of(id: string): Row[] {
    return this.#with(id).flatMap(({ name }) => {
      const query = `SELECT * FROM ${name} WHERE id = ? OR (id > ? AND id < ?) ORDER BY seq`
      return this.#sql.exec<RowRecord>(query, id, `${id}.`, `${id}/`).toArray()
    })
  }

  /** The places of at most `limit` entries after `since`, oldest first. */
  places(since: number, limit: number): Place[] {
    const last = since + limit
    return this.#volumes.flatMap(({ first, name }) => {
      if (first > last) return []
      const query = `SELECT seq, id FROM ${name} WHERE seq > ? AND seq <= ? ORDER BY seq`
      return this.#sql.exec<Place & Record<string, SqlStorageValue>>(query, since, last).toArray()
    })
  }

  /** At most `limit` rows after `since`, oldest first; only those `about` something, where that is said. */
  since(since: number, limit: number, about: About = {}): Row[] {
    const later = this.#volumes.filter((_, i) => (this.#volumes[i + 1]?.first ?? Number.POSITIVE_INFINITY) > since + 1)
    return this.#pages(later, 'seq > ?', 'seq', since, limit, about)
  }

  /** At most `limit` rows before `before`, but none before `begins`, newest first; the same. */
  before(before: number, begins: number, limit: number, about: About = {}): Row[] {
    const earlier = this.#volumes.filter(({ first }) => first < before).reverse()
    return this.#pages(earlier, `seq >= ${begins} AND seq < ?`, 'seq DESC', before, limit, about)
  }

  /** All rows after `since`, one by one. */
  *after(since: number): Generator<Row> {
    for (const { name } of this.#volumes)
      yield* this.#sql.exec<RowRecord>(`SELECT * FROM ${name} WHERE seq > ? ORDER BY seq`, since)
  }

  #pages(from: Volume[], where: string, order: string, seq: number, limit: number, about: About): Row[] {
    const { condition, values } = concerning(about)
    const rows: Row[] = []
    for (const { name } of from) {
      if (rows.length >= limit) break
      const query = `SELECT * FROM ${name} WHERE ${where}${condition} ORDER BY ${order} LIMIT ?`
      for (const row of this.#sql.exec<RowRecord>(query, seq, ...values, limit - rows.length)) rows.push(row)
    }
    return rows
  }

  #begin(first: number, name: string): void {
    this.#sql.exec(tableOf(name))
    this.#sql.exec('INSERT INTO volumes (first, name) VALUES (?, ?)', first, name)
    this.#volumes.push({ first, name, low: null, high: null })
  }

  /** Where `id`, or one numbered after it, may be. */
  #with(id: string): Volume[] {
    return this.#volumes.filter((volume) => mayHold(volume, id))
  }
}

const mayHold = ({ low, high }: Volume, id: string) => high === null || (high >= id && low! <= `${id}/`)
