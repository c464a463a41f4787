import { readFileSync, rmSync } from 'node:fs'
import type { Client } from '../client/client.ts'
import { backoff } from '../client/retry.ts'
import { readHook } from '../hooks/read.ts'
import type { Spooled } from '../hooks/spool.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import type { SessionId } from '../protocol/ids.ts'
import { sentenceOf } from './log.ts'
import type { Aside } from './spool-aside.ts'

/** A file of the spool. `at` is when its hook ran, in ns; `read` what its name says. */
export type Item = { name: string; path: string; at: bigint; read: Spooled }

/** What the server takes at once, with room for the envelope. */
const MOST_EVENTS = 100
const MOST_BYTES = 240_000
const FIRST_PAUSE_MS = 200

type Options = {
  client: Client
  aside: Aside
  secretsOf: (session: SessionId | undefined) => readonly string[]
  heard: (read: Spooled, payload: unknown) => void
  gone: (name: string) => void
  complain: (error: unknown) => void
}

type Ready = { item: Item; event: HookEvent }

/** What is to be sent to one project, oldest first: one batch at a time, and while that is under way the next one gathers. */
export class SpoolLane {
  #options: Options
  #waiting: Item[] = []
  /** Read already, and not yet taken by the server. */
  #ready: Ready[] = []
  #isGoing = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** Resolves when nothing is left to be sent. */
  going: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
  }

  add(item: Item): void {
    this.#waiting.push(item)
    const before = this.#waiting.at(-2)
    if (before && before.at > item.at) this.#waiting.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  }

  /** Sends all there is; does nothing while that is under way already. */
  go(): void {
    if (!this.#isGoing) this.going = this.#go()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #go(): Promise<void> {
    this.#isGoing = true
    while (!this.#stopped && (this.#waiting.length > 0 || this.#ready.length > 0)) await this.#step()
    this.#isGoing = false
  }

  /** Never fails: what may pass is tried again. */
  async #step(): Promise<void> {
    let batch: Ready[] = []
    try {
      batch = this.#gather()
      if (batch.length > 0) await this.#send(batch)
      this.#failures = 0
    } catch (error) {
      await this.#failed(batch, error)
    }
  }

  /** The next batch: as much as the server takes at once. What does not fit stays for the one after. */
  #gather(): Ready[] {
    let bytes = 0
    const batch: Ready[] = []
    while (batch.length < MOST_EVENTS) {
      const next = this.#ready[batch.length] ?? this.#readNext()
      if (!next) break
      bytes += Buffer.byteLength(JSON.stringify(next.event))
      if (batch.length > 0 && bytes > MOST_BYTES) break
      batch.push(next)
    }
    return batch
  }

  #readNext(): Ready | undefined {
    for (let item = this.#waiting.shift(); item; item = this.#waiting.shift()) {
      const event = this.#read(item)
      if (!event) continue
      const ready = { item, event }
      this.#ready.push(ready)
      return ready
    }
    return undefined
  }

  #read(item: Item): HookEvent | undefined {
    const { agent, session } = item.read
    try {
      const payload: unknown = JSON.parse(readFileSync(item.path, 'utf8'))
      if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw new Error('it is no payload')
      this.#options.heard(item.read, payload)
      return readHook(agent, payload, item.read, { secrets: this.#options.secretsOf(session) })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#options.gone(item.name)
      else this.#setAside(item, sentenceOf(error))
      return undefined
    }
  }

  async #send(batch: Ready[]): Promise<void> {
    const { results } = await this.#options.client.report(batch.map(({ event }) => event))
    const answered = new Map(results.map((result) => [result.id, result]))
    for (const { item, event } of batch) {
      const result = answered.get(event.id)
      if (!result) continue // it stays, and is sent again
      if (result.result === 'quarantined') this.#setAside(item, `the server cannot take it: ${result.message}`)
      else this.#done(item)
    }
    if (results.length === 0) throw new MaestroError('unavailable', 'The server answered nothing about the events')
  }

  /** What may pass is waited for; a batch that can never be taken is sent one by one, to find what it is about. */
  async #failed(batch: Ready[], error: unknown): Promise<void> {
    if (isForGood(error) && batch.length > 0) {
      if (batch.length === 1) return this.#setAside(batch[0]!.item, sentenceOf(error))
      for (const one of batch) await this.#send([one]).catch((why) => this.#failed([one], why))
      return
    }
    this.#options.complain(error)
    const pause = backoff(this.#failures++, FIRST_PAUSE_MS)
    await new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, pause)
    })
  }

  #done(item: Item): void {
    rmSync(item.path, { force: true })
    this.#forget(item)
  }

  #setAside(item: Item, reason: string): void {
    this.#options.aside.put(item, reason)
    this.#forget(item)
  }

  #forget({ name }: Item): void {
    this.#ready = this.#ready.filter(({ item }) => item.name !== name)
    this.#options.gone(name)
  }
}

const forGood = new Set(['invalid_input', 'too_large', 'not_json', 'project_not_found'])
const isForGood = (error: unknown) => error instanceof MaestroError && forGood.has(error.code)
