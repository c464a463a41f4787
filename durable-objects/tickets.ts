import type { Upgrade } from './upgrade.ts'

/** Those that are over are deleted so often (ms). */
const SWEEP_MS = 10_000

/** The tickets used within their lifetime: each is good for one upgrade. */
export class Tickets {
  #sql: SqlStorage
  #sweptAt = 0

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS tickets (nonce TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID')
  }

  /** Uses the upgrade's ticket up; false when it was used before. A key that came itself needs none. */
  redeem({ ticket }: Upgrade, now: number): boolean {
    if (!ticket) return true
    this.#sweep(now)
    const insert = 'INSERT OR IGNORE INTO tickets VALUES (?, ?) RETURNING nonce'
    return this.#sql.exec(insert, ticket.nonce, ticket.until).toArray().length === 1
  }

  /** A look at all of them: not for each of a thousand that come at once. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    this.#sql.exec('DELETE FROM tickets WHERE until < ?', now)
  }
}
