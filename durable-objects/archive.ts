import { faultOf } from '../db/fault.ts'
import { History } from '../db/history.ts'
import { Projects } from '../db/projects.ts'
import type { Project, Session } from '../protocol/model.ts'
import type { Log, Row } from './log.ts'

/** New entries wait so long (ms) for company before they are archived. */
const SETTLE_MS = 2_000
const BATCH = 200
/** A statement's parameter holds 2 MB at most in D1; quoted once more, a character takes up to 3 bytes. */
const BATCH_CHARS = 500_000
/** The clock waits while the archive runs: what is still to be sent after so many batches is for the next alarm. */
const BATCHES_A_RUN = 20
/** The longest pause (ms) between tries while D1 is away. */
const LONGEST_PAUSE = 5 * 60_000

/**
 * Copies the log to D1. The log itself is the outbox: what lies beyond the pointer is still to be sent, in order, as
 * often as it takes; writing it twice changes nothing. Never throws: D1 being away is no business of the project.
 */
export class Archive {
  #log: Log
  #d1: D1Database
  #failures = 0
  #told = ''
  /** When (ms since 1970) to run next; nothing when all is archived. */
  due: number | undefined

  constructor(log: Log, d1: D1Database) {
    this.#log = log
    this.#d1 = d1
    if (this.#done < log.head) this.due = 0
  }

  get behind(): number {
    return this.#log.head - this.#done
  }

  get #done(): number {
    return Number(this.#log.fact('archived') ?? 0)
  }

  /** Something was appended. */
  wake(now: number): void {
    this.due ??= now + SETTLE_MS
  }

  async run(project: Project, now: number): Promise<void> {
    if (!project.id || this.due === undefined || this.due > now) return
    try {
      const history = new History(this.#d1, project.id)
      for (let batch = 0; batch < BATCHES_A_RUN && this.behind > 0; batch++) {
        const rows = this.#next()
        await history.append(rows)
        for (const session of endedIn(rows, project)) await history.saveSession(sessionRow(session))
        this.#log.setFact('archived', String(rows.at(-1)!.seq))
      }
      await this.#tellDirectory(project)
      this.#failures = 0
      this.due = this.#dueAfter(now)
    } catch (error) {
      const pause = Math.min(SETTLE_MS * 2 ** this.#failures++, LONGEST_PAUSE)
      this.due = now + pause
      console.warn(
        JSON.stringify({
          level: 'warn',
          message: 'archive waits for D1',
          behind: this.behind,
          pause,
          error: faultOf(error),
        }),
      )
    }
  }

  /** When to go on after a run that began at `now`: something may have come while it was under way, without waking it. */
  #dueAfter(now: number): number | undefined {
    const { behind } = this
    if (behind === 0) return undefined
    // What happens now goes before what happened: of a busy object's time the archive takes a quarter at most.
    const rest = 3 * (Date.now() - now)
    return Date.now() + Math.max(rest, behind < BATCH ? SETTLE_MS : 0)
  }

  #next(): Row[] {
    const fits: Row[] = []
    let chars = 0
    for (const row of this.#log.since(this.#done, BATCH)) {
      chars += row.data.length
      if (fits.length > 0 && chars > BATCH_CHARS) break
      fits.push(row)
    }
    return fits
  }

  /** The list of projects shows who needs somebody without waking every project. */
  async #tellDirectory(project: Project): Promise<void> {
    const live = Object.keys(project.live).map((id) => project.sessions[id as Session['id']])
    const needsYou = live.filter((session) => session?.status === 'waiting').length
    const running = live.filter((session) => session?.status === 'running').length
    const facts = { name: project.name, needsYou, running }
    if (this.#told === JSON.stringify(facts)) return
    await new Projects(this.#d1).update(project.id!, facts)
    this.#told = JSON.stringify(facts)
  }
}

function endedIn(rows: Row[], project: Project): Session[] {
  const ids = rows
    .filter(({ type }) => type === 'session:ended')
    .map(({ data }) => (JSON.parse(data) as { session: Session['id'] }).session)
  return [...new Set(ids)].map((id) => project.sessions[id]).filter((session) => session !== undefined)
}

function sessionRow(session: Session) {
  const { id, name, agent, outcome, startedAt, endedAt } = session
  return { id, name, agent, outcome: outcome ?? 'unknown', startedAt, endedAt, state: JSON.stringify(session) }
}
