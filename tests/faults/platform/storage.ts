import { Sql } from './sql.ts'

/**
 * What one object keeps, as the platform keeps it: everything written is one transaction until it is committed, and whoever
 * dies before that has written nothing of it. The alarm is kept the same way.
 */
export class Storage {
  readonly sql = new Sql()
  #depth = 0
  #alarm: number | null = null
  #keptAlarm: number | null = null
  #written = 0
  /** Called when the alarm was set. */
  onAlarm: (at: number | null) => void = () => {}

  constructor() {
    this.sql.database.exec('BEGIN')
    this.#written = this.sql.writes
  }

  transactionSync<T>(step: () => T): T {
    const name = `step${this.#depth++}`
    this.sql.database.exec(`SAVEPOINT ${name}`)
    try {
      const result = step()
      this.sql.database.exec(`RELEASE ${name}`)
      return result
    } catch (error) {
      this.sql.database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`)
      throw error
    } finally {
      this.#depth--
    }
  }

  async setAlarm(at: number | Date): Promise<void> {
    this.#alarm = Number(at)
    this.onAlarm(this.#alarm)
  }

  async getAlarm(): Promise<number | null> {
    return this.#alarm
  }

  async deleteAlarm(): Promise<void> {
    this.#alarm = null
    this.onAlarm(null)
  }

  get alarmAt(): number | null {
    return this.#alarm
  }

  /** The alarm that rings now is no longer set; but it rings again if this dies before it has come to an end. */
  takeAlarm(): number | null {
    const at = this.#alarm
    this.#alarm = null
    return at
  }

  /** Whether something is written that a death would undo. */
  get isDirty(): boolean {
    return this.sql.writes !== this.#written || this.#alarm !== this.#keptAlarm
  }

  /** `ringing`: an alarm is under way that must not be forgotten. */
  commit(ringing: number | null = null): void {
    this.sql.database.exec('COMMIT; BEGIN')
    this.#written = this.sql.writes
    this.#keptAlarm = this.#alarm ?? ringing
  }

  /** What a death leaves. */
  rollBack(): void {
    this.sql.database.exec('ROLLBACK; BEGIN')
    this.#depth = 0
    this.#written = this.sql.writes
    this.#alarm = this.#keptAlarm
  }
}
