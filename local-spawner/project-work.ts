import type { Client } from '../client/client.ts'
import { Live, type LiveStatus } from '../client/live.ts'
import { plainKeeper, Replica } from '../client/replica.ts'
import { backoff } from '../client/retry.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { ProjectId, SessionId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import type { CommandType, Input } from '../protocol/project.ts'
import type { LocalSession } from './local-session.ts'
import { type Log, sentenceOf } from './log.ts'
import { NotNow } from './not-now.ts'
import { Terminals } from './terminals.ts'
import { type Here, type Me, type Order, todo } from './todo.ts'

/** What the work for a project needs of the machine it is done on. */
export type Machine = {
  me: () => Me
  sessions: Map<SessionId, LocalSession>
  /** Prepares and starts a session's program; resolves when it runs, or has failed for good. */
  open: (project: Project, session: SessionId, client: Client) => Promise<void>
  /** The folder of a session of that project, if it is or was held here. */
  dirOf: (project: ProjectId, session: SessionId) => string | undefined
  mayType: () => boolean
  log: Log
}

/** An order that came to nothing new is not repeated at once: the news may be on the way. */
const REPEAT_MS = 100
const NEWS_MS = 2_000
/** A server of another version may never have all that this machine says of itself. */
const ANNOUNCE_MS = 2_000
/** A report that a dead network has swallowed is made again after so long (ms). */
const REPORT_MS = 15_000

/** One project this machine works for: it looks at the project, asks `todo`, and does what that says. */
export class ProjectWork {
  readonly id: ProjectId
  readonly client: Client
  #machine: Machine
  #keeper = plainKeeper()
  #live: Live
  #terminals: Terminals
  #isCurrent = false
  #announced = false
  #isDue = false
  /** By session, or for the announcement: what is under way, and what waits for how long after how many failures. */
  #busy = new Set<string>()
  #failures = new Map<string, number>()
  #resting = new Map<string, NodeJS.Timeout>()
  #told = new Set<() => void>()
  #ready = Promise.withResolvers<void>()
  #stopped = false

  constructor(id: ProjectId, client: Client, machine: Machine) {
    this.id = id
    this.client = client
    this.#machine = machine
    const { log } = machine
    const mayType = () => machine.mayType() && !this.project.frozen
    const answered = (session: SessionId, since: number) => this.#answered(session, since)
    const waitingSince = (session: SessionId) => this.project.sessions[session]?.needsYou?.since
    const dirOf = (session: SessionId) => machine.dirOf(id, session)
    this.#terminals = new Terminals(client, { mayType, answered, waitingSince, dirOf, log })
    this.#live = new Live(client, new Replica(this.#keeper), {
      entries: (fresh) => this.#news(fresh.every(({ type }) => type.startsWith('hook:'))),
      snapshot: () => this.#news(),
      status: (status) => this.#status(status),
      watched: (sessions) => this.#terminals.watch(sessions),
    })
  }

  get project(): Project {
    return this.#keeper.project
  }

  /** Resolves when the project knows of this machine for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  start(): void {
    this.#live.start()
  }

  /** Reports hook events, over the open connection if there is one. */
  report(events: unknown[]): ReturnType<Client['report']> {
    return this.#live.report(events) ?? this.client.with({ timeout: REPORT_MS }).report(events)
  }

  /** Says goodbye, if anybody listens, and lets go. What runs here runs on. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#resting.values()) clearTimeout(timer)
    this.#terminals.stop()
    const { id } = this.#machine.me()
    const quick = this.client.with({ patience: { retries: 1, delay: 50 } })
    if (this.#isCurrent) await quick.execute('spawner.offline', { spawner: id }).catch((error) => this.#complain(error))
    this.#live.stop()
  }

  /** Something may have changed: looks soon, once however often it is called until then. */
  look(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#look()
    })
  }

  #look(): void {
    if (!this.#isCurrent || this.#stopped) return
    const here = new Map<SessionId, Here>()
    for (const local of this.#machine.sessions.values()) if (local.project === this.id) here.set(local.id, local.here)
    const orders = todo(this.project, this.#machine.me(), here)
    const all: Order[] = this.#announced ? orders : [{ do: 'announce' }, ...orders]
    for (const order of all) void this.#obey(order)
  }

  async #obey(order: Order): Promise<void> {
    const key = order.do === 'announce' ? order.do : order.session
    if (this.#busy.has(key) || this.#resting.has(key)) return
    this.#busy.add(key)
    try {
      const isNews = await this.#do(order)
      this.#failures.delete(key)
      if (!isNews) this.#rest(key, order.do === 'announce' ? ANNOUNCE_MS : REPEAT_MS)
    } catch (error) {
      this.#failed(order, key, error)
    }
    this.#busy.delete(key)
    this.look()
  }

  /** Does it; answers whether things have changed by it. */
  async #do(order: Order): Promise<boolean> {
    if (order.do === 'announce') return this.#announce()
    const { session } = order
    const local = this.#machine.sessions.get(session)
    switch (order.do) {
      case 'claim':
        return this.#tell('session.claim', { session, spawner: this.#machine.me().id })
      case 'open':
        await this.#machine.open(this.project, session, this.client)
        return true
      case 'report':
        return this.#tell('session.report', { session, status: 'running' })
      case 'stop':
        local?.end()
        return true
      case 'end': {
        const { outcome, exitCode, reason } = order
        this.#machine.log('info', 'a session ended', { session, outcome, exitCode, reason })
        return this.#tell('session.end', { session, outcome, exitCode, reason })
      }
      case 'forget':
        await local?.forget()
        return this.#machine.sessions.delete(session)
    }
  }

  async #announce(): Promise<boolean> {
    const { id: spawner, facts } = this.#machine.me()
    const mine = [...this.#machine.sessions.values()].filter(({ project }) => project === this.id)
    const alive = mine.filter(({ here }) => here.state === 'running' || here.state === 'ending').map(({ id }) => id)
    const isNews = await this.#tell('spawner.online', { spawner, ...facts, alive })
    this.#announced = true
    this.#ready.resolve()
    return isNews
  }

  /** Asks for a change and waits until the replica has it, so that the next look does not ask again. */
  async #tell<T extends CommandType>(type: T, input: Input<T>): Promise<boolean> {
    const { entries } = await this.client.execute(type, input)
    const last = entries.at(-1)
    if (last) await this.#heard(last.seq)
    return last !== undefined
  }

  #heard(seq: number): Promise<void> {
    if (this.#live.replica.seq >= seq) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#told.delete(check)
        resolve()
      }
      const check = () => this.#live.replica.seq >= seq && done()
      // Not for ever: a connection that breaks now brings a new snapshot later.
      const timer = setTimeout(done, NEWS_MS)
      this.#told.add(check)
    })
  }

  /** What hooks tell is the most of all that happens, and gives this machine nothing to do. */
  #news(isHooksOnly = false): void {
    for (const check of this.#told) check()
    if (!isHooksOnly) this.look()
  }

  #status(status: LiveStatus): void {
    const { state } = status
    const before = this.#isCurrent
    this.#isCurrent = state === 'live'
    // Whoever answers at a new connection may know nothing of this machine.
    if (before && !this.#isCurrent && state !== 'catching-up') this.#announced = false
    if (this.#isCurrent && !before) this.look()
    if (status.state !== 'stopped' || this.#stopped) return
    this.#ready.resolve() // nobody waits for what will not come
    this.#machine.log('error', 'the connection to a project ended', { project: this.id, reason: status.reason })
  }

  #failed(order: Order, key: string, error: unknown): void {
    const tried = this.#failures.get(key) ?? 0
    this.#failures.set(key, tried + 1)
    this.#complain(error, { order: order.do, session: key })
    this.#rest(key, backoff(tried, 300))
  }

  #complain(error: unknown, facts: object = {}): void {
    const isOrdinary = error instanceof MaestroError || error instanceof NotNow
    this.#machine.log(isOrdinary ? 'warn' : 'error', sentenceOf(error), { project: this.id, ...facts })
  }

  #rest(key: string, ms: number): void {
    const wake = () => {
      this.#resting.delete(key)
      this.look()
    }
    this.#resting.set(key, setTimeout(wake, ms))
  }

  /** A person answered what the agent had asked, and the agent went on: a "No" sends no event, so this is told here. */
  #answered(session: SessionId, since: number): void {
    const { status, needsYou } = this.project.sessions[session] ?? {}
    if (status !== 'waiting' || needsYou?.since !== since) return
    this.#tell('session.report', { session, status: 'running' }).catch((error) => this.#complain(error, { session }))
  }
}
