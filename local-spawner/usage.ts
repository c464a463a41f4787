import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Spooled } from '../hooks/spool.ts'
import { fieldsOf } from '../hooks/summary.ts'
import { usageReport } from '../hooks/usage-report.ts'
import { SessionId } from '../protocol/ids.ts'
import { type Log, sentenceOf } from './log.ts'
import { transcriptsOf } from './transcripts.ts'
import { UsageCount } from './usage-count.ts'

/** How long (ms) after the end of a turn its last answer is in the transcript, as a rule: 63 was the longest measured. */
const SETTLE_MS = 250
/** On a machine that is busy it has taken over a second: so it is looked at again so long (ms) after each look. */
const AGAIN_MS = [1_000, 5_000, 15_000]
/** How often (ms) a turn that goes on is looked at. */
const LOOK_MS = 60_000
/** How long (ms) what was counted is kept: Claude Code keeps a transcript for thirty days, and may go on from it. */
const KEPT_MS = 60 * 24 * 60 * 60_000

export type UsageOptions = {
  /** The hook spool, where what is counted goes too. */
  spool: string
  /** Where it is kept what was counted. */
  dir: string
  /** The environment that a session was started with: it says where the agent keeps its transcripts. */
  environmentOf: (session: SessionId | undefined) => Readonly<Record<string, string | undefined>>
  log: Log
}

type Due = { at: number; timer: NodeJS.Timeout }

/**
 * Counts the tokens of sessions: hooks tell where a transcript is and when a turn has ended, then it is read, and the new
 * totals are reported as any hook's event is. A transcript itself never leaves the machine.
 */
export class Usage {
  #options: UsageOptions
  #counts = new Map<string, UsageCount>()
  #due = new Map<string, Due>()
  #reading = new Map<string, Promise<void>>()
  /** What is left of `AGAIN_MS` for those whose turn has ended. */
  #again = new Map<string, number[]>()
  #stopped = false

  constructor(options: UsageOptions) {
    this.#options = options
  }

  /** What a daemon that died had not come to is looked at again; what nobody will ask for is thrown away. */
  start(): void {
    const { dir } = this.#options
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(dir)) {
      const [, key] = /^(.+)\.json$/.exec(name) ?? []
      const { mtimeMs } = statSync(join(dir, name))
      if (mtimeMs < Date.now() - KEPT_MS) rmSync(join(dir, name))
      else if (key && mtimeMs > Date.now() - 24 * 60 * 60_000) this.#schedule(key, SETTLE_MS)
    }
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
  }

  /** A hook's payload as it was, on its way to the server. Never fails: nothing of this may hold up an event. */
  heard({ agent, session, at }: Spooled, payload: unknown): void {
    const { session_id: agentSession, transcript_path: transcript, hook_event_name: event } = fieldsOf(payload)
    const kept = transcriptsOf(agent)
    if (!kept || typeof transcript !== 'string' || typeof agentSession !== 'string') return
    const key = session ?? keyOf(agentSession)
    if (!key) return
    try {
      this.#count(key, { since: at, agent, agentSession }).follow(agentSession, transcript)
      if (!kept.turnEnds.has(String(event))) return this.#schedule(key, LOOK_MS)
      this.#again.set(key, [...AGAIN_MS])
      this.#schedule(key, SETTLE_MS)
    } catch (error) {
      this.#options.log('warn', `tokens are not counted: ${sentenceOf(error)}`, { session: key })
    }
  }

  /** Its program has ended, perhaps without a word. */
  ended(session: SessionId): void {
    if (this.#counts.has(session)) this.#schedule(session, SETTLE_MS)
  }

  /** Looks at all that is due, now or soon; resolves when what came of it is in the spool. */
  async settle(): Promise<void> {
    if (this.#due.size === 0) return
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    for (const [key, { timer }] of this.#due) {
      clearTimeout(timer)
      void this.#look(key)
    }
    await Promise.all(this.#reading.values())
  }

  #count(key: string, started: { since: number; agent: string; agentSession: string }): UsageCount {
    const known = this.#counts.get(key)
    if (known) return known
    mkdirSync(this.#options.dir, { recursive: true, mode: 0o700 })
    const count = new UsageCount(join(this.#options.dir, `${key}.json`), started)
    this.#counts.set(key, count)
    return count
  }

  /** Soonest wins: one look serves all who asked for one. */
  #schedule(key: string, ms: number): void {
    const at = Date.now() + ms
    const known = this.#due.get(key)
    if (this.#stopped || (known && known.at <= at)) return
    clearTimeout(known?.timer)
    this.#due.set(key, { at, timer: setTimeout(() => void this.#look(key), ms) })
  }

  /** Never fails. One at a time for a session. */
  async #look(key: string): Promise<void> {
    this.#due.delete(key)
    const before = this.#reading.get(key)
    const reading = (async () => {
      await before
      await this.#lookNow(key).catch((error) =>
        this.#options.log('warn', `tokens are not counted: ${sentenceOf(error)}`, { session: key }),
      )
    })()
    this.#reading.set(key, reading)
    await reading
    if (this.#reading.get(key) === reading) this.#reading.delete(key)
    const next = this.#again.get(key)?.shift()
    if (next === undefined) this.#again.delete(key)
    else this.#schedule(key, next)
  }

  async #lookNow(key: string): Promise<void> {
    const session = SessionId.safeParse(key).data
    const count = this.#count(key, { since: Date.now(), agent: 'claude-code', agentSession: '' })
    const models = await count.look(this.#options.environmentOf(session))
    if (!models) return
    const usage = { of: 'session' as const, models }
    this.#put(`${session ?? '-'}.${count.agent}.${randomUUID()}.json`, usageReport(count.agentSession, usage))
    count.told(models)
    count.save()
  }

  /** As a hook does: whole, or not at all. */
  #put(name: string, payload: object): void {
    const [draft, path] = [join(this.#options.spool, 'tmp', name), join(this.#options.spool, 'new', name)]
    writeFileSync(draft, JSON.stringify(payload), { mode: 0o600 })
    renameSync(draft, path)
  }
}

/** A session that was started by hand goes by its agent's id, which becomes the name of a file here. */
const keyOf = (agentSession: string) => (/^[\w-]{8,100}$/.test(agentSession) ? `hand.${agentSession}` : undefined)
