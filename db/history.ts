import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { type About, concerning } from './concerns.ts'
import { entries, sessions } from './schema.ts'

/** An entry as it is stored: its data is JSON text. */
export type EntryRow = { seq: number; id: string; at: number; by: string; type: string; data: string }
export type SessionRow = Omit<typeof sessions.$inferInsert, 'project'>

/** What happened, kept for good. Writing the same entries again changes nothing. */
export class History {
  #d1: D1Database
  #db: ReturnType<typeof drizzle>
  #project: string
  constructor(d1: D1Database, project: string) {
    this.#d1 = d1
    this.#db = drizzle(d1)
    this.#project = project
  }

  /** All rows travel as one JSON parameter: D1 allows a hundred parameters a statement, and entries have many fields. */
  async append(rows: EntryRow[]): Promise<void> {
    const [only, ...others] = rows
    // A single one may be as large as a body: quoted once more within JSON, it would no longer fit into a parameter.
    if (only && others.length === 0) {
      const { seq, id, at, by, type, data } = only
      const values = { project: this.#project, seq, id, at, by, type, data }
      await this.#db.insert(entries).values(values).onConflictDoNothing()
      return
    }
    await this.#db.run(sql`
      INSERT OR IGNORE INTO entries (project, seq, id, at, "by", type, data)
      SELECT ${this.#project}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
      FROM json_each(${JSON.stringify(rows.map((row) => [row.seq, row.id, row.at, row.by, row.type, row.data]))})`)
  }

  async saveSession(row: SessionRow): Promise<void> {
    await this.#db
      .insert(sessions)
      .values({ project: this.#project, ...row })
      .onConflictDoUpdate({ target: [sessions.project, sessions.id], set: row })
  }

  /** At most `limit` entries after `since` and before `end`, oldest first. */
  async since(since: number, limit: number, end = Number.MAX_SAFE_INTEGER, about: About = {}): Promise<EntryRow[]> {
    return this.#rows('seq > ? AND seq < ?', [since, end], 'seq', limit, about)
  }

  /** At most `limit` entries before `before`, newest first. */
  async before(before: number, limit: number, about: About = {}): Promise<EntryRow[]> {
    return this.#rows('seq < ?', [before], 'seq DESC', limit, about)
  }

  async #rows(where: string, range: number[], order: string, limit: number, about: About): Promise<EntryRow[]> {
    const { condition, values } = concerning(about)
    const text = `SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? AND ${where}${condition} ORDER BY ${order} LIMIT ?`
    const statement = this.#d1.prepare(text).bind(this.#project, ...range, ...values, limit)
    return (await statement.all<EntryRow>()).results
  }
}
