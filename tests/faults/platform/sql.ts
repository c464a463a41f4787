import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

type Value = string | number | null | Uint8Array | ArrayBuffer
type Record_ = Record<string, Value>

/** The database of one object as the platform offers it, over SQLite in memory. */
export class Sql {
  readonly database = new DatabaseSync(':memory:')
  #statements = new Map<string, { statement: StatementSync; reads: boolean }>()
  /** Statements that may have written, so far. */
  writes = 0
  /** Called before each statement that writes; may throw, as a disk does. */
  beforeWrite: (query: string) => void = () => {}

  exec(query: string, ...given: (SQLInputValue | ArrayBuffer)[]): Cursor {
    const values = given.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value))
    if (!/^\s*SELECT/i.test(query)) {
      this.beforeWrite(query)
      this.writes++
    }
    if (values.length === 0 && /;\s*\S/.test(query)) {
      this.database.exec(query)
      return new Cursor([], [])
    }
    const { statement, reads } = this.#prepared(query)
    if (reads)
      return new Cursor(
        (statement.all(...values) as Record_[]).map(asPlatform),
        statement.columns().map(({ name }) => name),
      ) // SQLite's own types
    statement.run(...values)
    return new Cursor([], [])
  }

  get databaseSize(): number {
    const { page_count: pages } = this.database.prepare('PRAGMA page_count').get() as { page_count: number }
    return pages * 4096
  }

  #prepared(query: string): { statement: StatementSync; reads: boolean } {
    const known = this.#statements.get(query)
    if (known) return known
    const statement = this.database.prepare(query)
    const made = { statement, reads: statement.columns().length > 0 }
    this.#statements.set(query, made)
    return made
  }
}

class Cursor {
  readonly columnNames: string[]
  readonly rowsRead: number
  #rows: Record_[]
  #at = 0

  constructor(rows: Record_[], columns: string[]) {
    this.#rows = rows
    this.columnNames = columns
    this.rowsRead = rows.length
  }

  toArray(): Record_[] {
    return this.#rows
  }

  one(): Record_ {
    if (this.#rows.length !== 1)
      throw new Error(`Expected exactly one result from SQL query, but got ${this.#rows.length}`)
    return this.#rows[0]!
  }

  next(): IteratorResult<Record_> {
    const value = this.#rows[this.#at++]
    return value ? { done: false, value } : { done: true, value: undefined }
  }

  *raw(): Generator<Value[]> {
    for (const row of this.#rows) yield Object.values(row)
  }

  [Symbol.iterator](): Iterator<Record_> {
    return this.#rows[Symbol.iterator]()
  }
}

/** Bytes come as the platform has them. */
function asPlatform(row: Record_): Record_ {
  for (const [name, value] of Object.entries(row)) if (value instanceof Uint8Array) row[name] = value.slice().buffer
  return row
}
