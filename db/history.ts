import { and, asc, desc, eq, gt, lt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { entries, sessions } from './schema.ts'

/** An entry as it is stored: its data is JSON text. */
export type EntryRow = { seq: number; id: string; at: number; by: string; type: string; data: string }
export type SessionRow = Omit<typeof sessions.$inferInsert, 'project'>

/** What happened, kept for good. Writing the same entries again changes nothing. */
export class History {
  #db: ReturnType<typeof drizzle>
  #project: string
  constructor(d1: D1Database, project: string) {
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

  /** At most `limit` entries after `since`, oldest first. */
  async since(since: number, limit: number): Promise<EntryRow[]> {
    return this.#rows(gt(entries.seq, since), asc(entries.seq), limit)
  }

  /** At most `limit` entries before `before`, newest first. */
  async before(before: number, limit: number): Promise<EntryRow[]> {
    return this.#rows(lt(entries.seq, before), desc(entries.seq), limit)
  }

  async #rows(where: ReturnType<typeof gt>, order: ReturnType<typeof asc>, limit: number): Promise<EntryRow[]> {
    const { seq, id, at, by, type, data } = entries
    const query = this.#db.select({ seq, id, at, by, type, data }).from(entries)
    return query
      .where(and(eq(entries.project, this.#project), where))
      .orderBy(order)
      .limit(limit)
  }
}
