import type { History } from '../db/history.ts'
import type { Project, Session } from '../protocol/model.ts'
import type { Log } from './log.ts'

const DAY = 24 * 60 * 60_000
/** What is too old by less than so long (ms) may wait for company. */
const EVERY = 60 * 60_000
/** How many steps are taken at a time; the rest is for the next alarm. */
const STEPS = 20

/** Deletes what is older than the project wants it kept. How often its tools were used stays. */
export class Retention {
  #log: Log
  /** When (ms since 1970) something will be too old; before it was looked for, at once. */
  #at = 0
  #days: number | null = null

  constructor(log: Log) {
    this.#log = log
  }

  due({ retention }: Project): number | undefined {
    if ((retention ?? null) !== this.#days) {
      this.#days = retention ?? null
      this.#at = 0
    }
    return this.#days === null ? undefined : this.#at
  }

  /** Whether history has deleted a session because it ended so long ago. */
  isOver({ retention }: Project, { endedAt }: Session, now: number): boolean {
    return typeof retention === 'number' && (endedAt ?? 0) < now - retention * DAY
  }

  async run(project: Project, history: History, now: number): Promise<void> {
    const due = this.due(project)
    if (due === undefined || due > now) return
    const keeps = this.#days! * DAY
    for (let step = 0; step < STEPS; step++) {
      const { begins, oldest, more } = await history.expire(now - keeps)
      if (begins > this.#log.begins) this.#log.begins = begins
      this.#at = Math.max((oldest ?? now) + keeps, now + EVERY) // what comes is no older than now
      if (!more) return this.#log.closeDeleted(project)
    }
    this.#at = now
  }
}
