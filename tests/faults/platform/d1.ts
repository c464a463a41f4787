import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** How a request reaches D1 and its answer comes back: in time, late, never. */
export type Travel = <T>(step: () => T) => Promise<T>

type Rows = Record<string, unknown>[]
const meta = {
  duration: 0,
  changes: 0,
  last_row_id: 0,
  changed_db: false,
  size_after: 0,
  rows_read: 0,
  rows_written: 0,
}

/** D1 as a Worker sees it, over SQLite in memory. */
export class D1 {
  #database: DatabaseSync
  #travel: Travel

  constructor(database: DatabaseSync, travel: Travel) {
    this.#database = database
    this.#travel = travel
  }

  prepare(query: string): Statement {
    return new Statement(this.#database, this.#travel, query, [])
  }

  batch(statements: Statement[]): Promise<{ results: Rows; success: true; meta: typeof meta }[]> {
    return this.#travel(() => {
      this.#database.exec('BEGIN')
      try {
        const all = statements.map((statement) => ({ results: statement.now(), success: true as const, meta }))
        this.#database.exec('COMMIT')
        return all
      } catch (error) {
        this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }
}

class Statement {
  #database: DatabaseSync
  #travel: Travel
  #query: string
  #values: SQLInputValue[]

  constructor(database: DatabaseSync, travel: Travel, query: string, values: SQLInputValue[]) {
    this.#database = database
    this.#travel = travel
    this.#query = query
    this.#values = values
  }

  bind(...values: SQLInputValue[]): Statement {
    return new Statement(this.#database, this.#travel, this.#query, values)
  }

  now(): Rows {
    return this.#database.prepare(this.#query).all(...this.#values) as Rows // columns by name
  }

  async run(): Promise<{ results: Rows; success: true; meta: typeof meta }> {
    return this.all()
  }

  async all(): Promise<{ results: Rows; success: true; meta: typeof meta }> {
    return { results: await this.#travel(() => this.now()), success: true, meta }
  }

  async raw(): Promise<unknown[][]> {
    return (await this.#travel(() => this.now())).map((row) => Object.values(row))
  }

  async first(column?: string): Promise<unknown> {
    const [row] = await this.#travel(() => this.now())
    return column === undefined ? (row ?? null) : row?.[column]
  }
}
