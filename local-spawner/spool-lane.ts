import { unlinkSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { backoff, Postponed } from '../client/retry.ts'
import { isGap } from '../hooks/gap.ts'
import { readHook } from '../hooks/read.ts'
import type { Known } from '../hooks/secrets.ts'
import type { Spooled } from '../hooks/spool.ts'
import type { HookResult } from '../protocol/directory.ts'
import { type ErrorCode, MaestroError } from '../protocol/errors.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import type { SessionId } from '../protocol/ids.ts'
import { sentenceOf } from './log.ts'
import type { Aside } from './spool-aside.ts'
import { ask, askAlone, FIRST_PAUSE_MS, type Reporter } from './spool-ask.ts'
import type { Missing } from './spool-missing.ts'
import { type Item, Waiting } from './spool-order.ts'
import { bare, isBare, payloadIn } from './spool-payload.ts'

/** What the server takes at once, with room for the envelope. */
const MOST_EVENTS = 100
const MOST_BYTES = 240_000
/** What the server asks for by Retry-After is heeded up to here. */
const LONGEST_PAUSE_MS = 30_000
/** So many files are read before others have their turn. */
const AT_A_TIME = 25
/** An event that the server fails over, or does not answer for, so often, while it takes others, is set aside. */
const TRIES = 5

export type LaneOptions = {
  reporter: () => Reporter
  aside: Aside
  missing: Missing
  knownOf: (session: SessionId | undefined) => Known
  heard: (read: Spooled, payload: unknown) => void
  gone: (name: string) => void
  sent: (events: number) => void
  complain: (sentence: string) => void
}

/** Read, and not yet answered for by the server. */
type Ready = { item: Item; event: HookEvent; bytes: number; failures: number }

/**
 * What is to be sent to one project, oldest first. One batch is under way at a time, which keeps the order; while the
 * server works on it, the files of the one before are deleted and those of the next one read.
 */
export class SpoolLane {
  #options: LaneOptions
  #waiting = new Waiting()
  #ready: Ready[] = []
  /** Answered for, and still to be deleted: what a crash leaves of them is sent again, and known by its id. */
  #sent: Item[] = []
  #isGoing = false
  #failures = 0
  /** It was found since this lane is there, and not missed after that. */
  #isFound = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  /** Resolves when nothing is left to be sent. */
  going: Promise<void> = Promise.resolve()
  /** What has to pass before anything goes on, where there is such a thing. */
  stuck: string | undefined
  #rests = Promise.withResolvers<void>()

  constructor(options: LaneOptions) {
    this.#options = options
  }

  add(item: Item): void {
    this.#waiting.add(item)
  }

  /** Sends all there is; does nothing while that is under way already. */
  go(): void {
    if (!this.#isGoing) this.going = this.#go()
  }

  /** Resolves when nothing is left to be sent, or what is left waits for better times. */
  get rests(): Promise<void> {
    return this.#isGoing ? this.#rests.promise : Promise.resolve()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #go(): Promise<void> {
    this.#isGoing = true
    this.#rests = Promise.withResolvers()
    try {
      while (!this.#stopped && this.#waiting.size + this.#ready.length > 0) await this.#tryStep()
      this.#deleteSent()
    } finally {
      this.#isGoing = false
      this.stuck = undefined
      this.#rests.resolve()
    }
  }

  /** Never fails: what may pass is tried again, and what this machine refuses may pass. */
  async #tryStep(): Promise<void> {
    try {
      await this.#step()
    } catch (error) {
      await this.#hold(error)
    }
  }

  async #step(): Promise<void> {
    await this.#fill(MOST_EVENTS)
    const batch = this.#first()
    if (batch.length === 0) return
    const answering = ask(
      this.#options.reporter(),
      batch.map(({ event }) => event),
    )
    await turn() // the request is out before this is busy again
    this.#deleteSent()
    await this.#fill(batch.length + MOST_EVENTS)
    const answer = await answering
    if ('error' in answer) await this.#failed(batch, answer.error)
    else await this.#heed(batch, answer.results)
  }

  /** Reads until so many are ready, or nothing waits. */
  async #fill(most: number): Promise<void> {
    for (let read = 1; this.#ready.length < most; read++) {
      const item = this.#waiting.first
      if (!item) return
      const event = this.#read(item) // where that fails it is the first one still
      this.#waiting.take()
      if (event) this.#ready.push({ item, event, bytes: Buffer.byteLength(JSON.stringify(event)), failures: 0 })
      if (read % AT_A_TIME === 0) await turn()
    }
  }

  /** As much as the server takes at once. */
  #first(): Ready[] {
    let bytes = 0
    const end = this.#ready.findIndex((one, i) => {
      bytes += one.bytes + 1
      return i === MOST_EVENTS || (i > 0 && bytes > MOST_BYTES)
    })
    return end === -1 ? [...this.#ready] : this.#ready.slice(0, end)
  }

  /** Throws what no file is to blame for: that it is not known what a session may tell, say. */
  #read(item: Item): HookEvent | undefined {
    const payload = this.#payloadOf(item)
    if (!payload) return undefined
    const { agent, session } = item.read
    const known = this.#options.knownOf(session)
    this.#options.heard(item.read, payload)
    try {
      return readHook(agent, payload, item.read, known)
    } catch (error) {
      this.#setAside(item, sentenceOf(error), !isGap(payload))
      return undefined
    }
  }

  #payloadOf(item: Item): object | undefined {
    try {
      return payloadIn(item.path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== undefined && passing.has(code)) throw error // no fault of the file
      if (code === 'ENOENT') this.#options.gone(item.name)
      else this.#setAside(item, sentenceOf(error))
      return undefined
    }
  }

  /** Does item by item what the answer says; what it does not speak of stays, and is sent again. */
  async #heed(batch: Ready[], results: HookResult[]): Promise<void> {
    const answered = new Map(results.map((result) => [result.id, result]))
    const settled = new Set<Ready>()
    for (const one of batch) {
      const result = answered.get(one.event.id)
      if (!result) {
        if (++one.failures < TRIES) continue
        this.#setAside(one.item, 'the server does not say what became of it', one.event.kind !== 'gap')
      } else if (result.result === 'quarantined') {
        this.#setAside(one.item, `the server cannot take it: ${result.message}`, one.event.kind !== 'gap')
      } else this.#sent.push(one.item)
      settled.add(one)
    }
    this.#forget(settled)
    this.#options.sent(settled.size)
    this.#goesOn()
    if (settled.size < batch.length)
      await this.#pause(new MaestroError('unavailable', 'Some events were not answered for'))
  }

  /** What may pass is waited for; a batch that can never be taken is sent one by one, to find what it is about. */
  async #failed(batch: Ready[], error: unknown): Promise<void> {
    const code = error instanceof MaestroError ? error.code : undefined
    if (code === 'project_not_found' && this.#isGone()) return this.#giveUp(sentenceOf(error))
    const isStuck = code === 'internal' && this.#failures >= TRIES
    if (code && (forGood.has(code) || isStuck)) return this.#oneByOne(batch)
    await this.#hold(error)
  }

  async #oneByOne(batch: Ready[]): Promise<void> {
    let taken = 0
    for (const one of batch) {
      const answer = await askAlone(this.#options.reporter, one.event)
      if (!('error' in answer)) {
        await this.#heed([one], answer.results)
        taken++
        continue
      }
      const { error } = answer
      const code = error instanceof MaestroError ? error.code : undefined
      if (code === 'internal') one.failures++
      else if (code === 'too_large' && !isBare(one.event)) one.event = bare(one.event)
      else if (code && forGood.has(code)) this.#drop(one, sentenceOf(error))
      else return this.#hold(error)
    }
    // Where it takes none, it is the server that is broken, and no event.
    for (const one of batch) if (taken > 0 && one.failures >= 1) this.#drop(one, 'the server fails over it')
    if (taken === 0) await this.#pause(new MaestroError('unavailable', 'The server takes none of these events'))
  }

  #isGone(): boolean {
    this.#isFound = false
    return this.#options.missing.note()
  }

  #goesOn(): void {
    this.#failures = 0
    this.#free()
    if (this.#isFound) return
    this.#isFound = true
    this.#options.missing.found()
  }

  /** There is nobody to send any of it to, nor to tell. */
  #giveUp(reason: string): void {
    for (const { item } of this.#ready.splice(0)) this.#setAside(item, reason, false)
    for (let item = this.#waiting.take(); item; item = this.#waiting.take()) this.#setAside(item, reason, false)
    this.#free()
  }

  #free(): void {
    if (this.stuck === undefined) return
    this.stuck = undefined
    this.#rests = Promise.withResolvers()
  }

  async #hold(error: unknown): Promise<void> {
    this.stuck = sentenceOf(error)
    this.#options.complain(this.stuck)
    this.#rests.resolve()
    await this.#pause(error)
  }

  async #pause(error: unknown): Promise<void> {
    this.#deleteSent()
    const asked = error instanceof Postponed ? Math.min(error.after, LONGEST_PAUSE_MS) : 0
    const pause = Math.max(asked, backoff(this.#failures++, FIRST_PAUSE_MS))
    await new Promise<void>((resolve) => {
      this.#timer = setTimeout(resolve, pause)
    })
  }

  #deleteSent(): void {
    for (const { path, name } of this.#sent.splice(0)) {
      try {
        unlinkSync(path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#options.complain(sentenceOf(error))
      }
      this.#options.gone(name)
    }
  }

  #drop(one: Ready, reason: string): void {
    this.#setAside(one.item, reason, one.event.kind !== 'gap')
    this.#forget(new Set([one]))
  }

  #setAside(item: Item, reason: string, isTold = true): void {
    this.#options.aside.put(item, reason, isTold)
    this.#options.gone(item.name)
  }

  #forget(settled: Set<Ready>): void {
    this.#ready = this.#ready.filter((one) => !settled.has(one))
  }
}

/** What a machine that is short of something says of any file. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY'])
const forGood = new Set<ErrorCode>(['invalid_input', 'too_large', 'not_json'])
