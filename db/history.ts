import { type About, asksForSome } from './concerns.ts'
import { cutBack } from './cut.ts'
import { documentsOf, postingsOf, toolDaysOf } from './digest.ts'
import { expire } from './expiry.ts'
import { seqsAbout } from './postings.ts'

/** An entry as it is stored: its data is JSON text. */
export type EntryRow = { seq: number; id: string; at: number; by: string; type: string; data: string }
export type SessionRow = {
  id: string
  name: string
  agent: string
  outcome: string
  startedAt: number | null
  endedAt: number | null
  state: string
}
/** How far the history of a project goes, and the id of what it ends with. Entries before `begins` were deleted by its retention. */
export type Extent = { number: number; seq: number; begins: number; last: string | null }
/** What tells an entry from another one that had its place. */
export type Place = Pick<EntryRow, 'seq' | 'id'>

const columns = 'seq, id, at, "by", type, data'
const extent = `SELECT number, seq, begins,
  (SELECT id FROM entries WHERE entries.project = archives.project AND entries.seq = archives.seq) AS last
  FROM archives WHERE project = ?`
/** Holds for as long as the history ends where the writer thinks: what is sent twice is counted once. */
const ends = '(SELECT seq FROM archives WHERE project = ?1) = ?2'

/** What happened, kept for good. */
export class History {
  #d1: D1Database
  #project: string
  constructor(d1: D1Database, project: string) {
    this.#d1 = d1
    this.#project = project
  }

  /** How far it goes; a project that has none yet gets its place. */
  async extent(): Promise<Extent> {
    const read = () => this.#d1.prepare(extent).bind(this.#project).first<Extent>()
    const found = await read()
    if (found) return found
    await this.#d1.prepare('INSERT OR IGNORE INTO archives (project) VALUES (?)').bind(this.#project).run()
    return (await read())!
  }

  /**
   * Adds `rows`, which come after `seq`, and what follows from them, as one transaction; false if the history does not end
   * there. Adding the same again changes nothing. `bare`: without what leads to them.
   */
  async append(seq: number, rows: EntryRow[], sessions: SessionRow[] = [], bare = false): Promise<boolean> {
    const add = (sql: string, what: unknown[]) =>
      what.length && !bare ? [this.#d1.prepare(sql).bind(this.#project, seq, JSON.stringify(what))] : []
    const results = await this.#d1.batch([
      ...this.#entries(rows),
      ...add(
        `INSERT OR REPLACE INTO postings SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?3) WHERE ${ends}`,
        postingsOf(rows),
      ),
      ...add(
        `INSERT INTO tool_days SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?3) WHERE ${ends}
         ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failures = failures + excluded.failures, ms = ms + excluded.ms`,
        toolDaysOf(rows),
      ),
      ...add(
        `INSERT INTO search (rowid, words) SELECT ((SELECT number FROM archives WHERE project = ?1) << 36) + (value ->> 0), value ->> 1 FROM json_each(?3) WHERE ${ends}`,
        documentsOf(rows),
      ),
      ...(bare ? [] : sessions.map((row) => this.#session(seq, row))),
      this.#d1
        .prepare('UPDATE archives SET seq = ?3 WHERE project = ?1 AND seq = ?2')
        .bind(this.#project, seq, rows.at(-1)!.seq),
    ])
    return results.at(-1)!.meta.changes === 1
  }

  /** Puts back what is missing of these. */
  async mend(rows: EntryRow[]): Promise<void> {
    await this.#d1.batch(this.#entries(rows))
  }

  /** All rows travel as one JSON parameter: D1 allows a hundred parameters a statement, and entries have many fields. */
  #entries(rows: EntryRow[]): D1PreparedStatement[] {
    const [only, ...others] = rows
    // A single one may be as large as a body: quoted once more within JSON, it would no longer fit into a parameter.
    if (only && others.length === 0) {
      const { seq, id, at, by, type, data } = only
      const sql = `INSERT OR IGNORE INTO entries (project, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`
      return [this.#d1.prepare(sql).bind(this.#project, seq, id, at, by, type, data)]
    }
    const sql = `INSERT OR IGNORE INTO entries (project, ${columns})
      SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`
    const values = rows.map((row) => [row.seq, row.id, row.at, row.by, row.type, row.data])
    return [this.#d1.prepare(sql).bind(this.#project, JSON.stringify(values))]
  }

  #session(seq: number, { id, name, agent, outcome, startedAt, endedAt, state }: SessionRow): D1PreparedStatement {
    const sql = `INSERT OR REPLACE INTO sessions (project, id, name, agent, outcome, started_at, ended_at, state)
      SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ${ends}`
    return this.#d1.prepare(sql).bind(this.#project, seq, id, name, agent, outcome, startedAt, endedAt, state)
  }

  /** Keeps the sessions, if history still ends at `seq`. */
  async keep(seq: number, sessions: SessionRow[]): Promise<void> {
    if (sessions.length) await this.#d1.batch(sessions.map((row) => this.#session(seq, row)))
  }

  /** Which of the sessions are here. */
  async known(sessions: string[]): Promise<Set<string>> {
    const sql = 'SELECT id FROM sessions WHERE project = ? AND id IN (SELECT value FROM json_each(?))'
    const found = await this.#d1.prepare(sql).bind(this.#project, JSON.stringify(sessions)).all<{ id: string }>()
    return new Set(found.results.map(({ id }) => id))
  }

  /** Which of these are not here, and which are another entry here. */
  async lacks(places: Place[]): Promise<{ missing: number[]; other: number[] }> {
    const sql = `SELECT value ->> 0 AS seq, entries.id FROM json_each(?2) LEFT JOIN entries ON project = ?1 AND entries.seq = value ->> 0
      WHERE entries.id IS NOT value ->> 1 ORDER BY value ->> 0`
    const asked = JSON.stringify(places.map(({ seq, id }) => [seq, id]))
    const { results } = await this.#d1.prepare(sql).bind(this.#project, asked).all<{ seq: number; id: string | null }>()
    const seqs = (isHere: boolean) => results.filter(({ id }) => (id !== null) === isHere).map(({ seq }) => seq)
    return { missing: seqs(false), other: seqs(true) }
  }

  /** Deletes what comes after `end`: it is not what the log says. */
  async cutBack(end: number): Promise<void> {
    await cutBack(this.#d1, this.#project, end)
  }

  /** Deletes some of what is older than `cutoff` (ms since 1970); `oldest` (ms) is what then comes first. */
  async expire(cutoff: number): Promise<{ begins: number; oldest: number | null; more: boolean }> {
    return expire(this.#d1, this.#project, await this.extent(), cutoff)
  }

  /** At most `limit` entries after `since` and before `end`, oldest first. */
  async since(since: number, limit: number, end = Number.MAX_SAFE_INTEGER, about: About = {}): Promise<EntryRow[]> {
    return this.#page({ after: since, before: end, newest: false }, limit, about)
  }

  /** At most `limit` entries before `before`, newest first. */
  async before(before: number, limit: number, about: About = {}): Promise<EntryRow[]> {
    return this.#page({ after: 0, before, newest: true }, limit, about)
  }

  async #page(range: { after: number; before: number; newest: boolean }, limit: number, about: About) {
    const order = range.newest ? 'seq DESC' : 'seq'
    if (asksForSome(about)) {
      const seqs = await seqsAbout(this.#d1, this.#project, range, limit, about)
      const sql = `SELECT ${columns} FROM entries WHERE project = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY ${order}`
      return (await this.#d1.prepare(sql).bind(this.#project, JSON.stringify(seqs)).all<EntryRow>()).results
    }
    const sql = `SELECT ${columns} FROM entries WHERE project = ? AND seq > ? AND seq < ? ORDER BY ${order} LIMIT ?`
    const statement = this.#d1.prepare(sql).bind(this.#project, range.after, range.before, limit)
    return (await statement.all<EntryRow>()).results
  }
}
