import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** How a request reaches D1 and its answer comes back: in time, late, never. */
export type Travel = <T>(step: () => T) => Promise<T>

type Rows = Record<string, unknown>[]
type Result = { results: Rows; success: true; meta: typeof meta }
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

  /** All of them or none, one after another. */
  batch(statements: Statement[]): Promise<Result[]> {
    return this.#travel(() => {
      this.#database.exec('BEGIN')
      try {
        const results = statements.map((statement) => statement.now())
        this.#database.exec('COMMIT')
        return results
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

  now(): Result {
    const statement = this.#database.prepare(this.#query)
    if (statement.columns().length > 0) {
      const results = statement.all(...this.#values) as Rows // columns by name
      return { results, success: true, meta }
    }
    const changes = Number(statement.run(...this.#values).changes)
    return { results: [], success: true, meta: { ...meta, changes } }
  }

  run(): Promise<Result> {
    return this.#travel(() => this.now())
  }

  all(): Promise<Result> {
    return this.run()
  }

  async raw(): Promise<unknown[][]> {
    return (await this.run()).results.map((row) => Object.values(row))
  }

  async first(column?: string): Promise<unknown> {
    const [row] = (await this.run()).results
    return column === undefined ? (row ?? null) : row?.[column]
  }
}
