import { DurableObject } from 'cloudflare:workers'
import type { About } from '../db/concerns.ts'
import { faultOf } from '../db/fault.ts'
import { type Actor, nameOf, system } from '../protocol/actor.ts'
import { nextAlarm, strandedTasks } from '../protocol/clock.ts'
import type { HookResult } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { closeCodes } from '../protocol/frames.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import { longId, type SessionId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { type Command, decide, decideHeard, decideTick, type Entry, type Event, evolve } from '../protocol/project.ts'
import { answer, type Query } from '../protocol/queries.ts'
import { checkLive, hasEnded, theSession } from '../protocol/task-access.ts'
import { Archive } from './archive.ts'
import { catchUp, send } from './catch-up.ts'
import { Fanout } from './fanout.ts'
import { decodeRow, encodeRow, Log, type Row } from './log.ts'
import { type Outcome, outcome } from './outcome.ts'
import { Sockets } from './sockets.ts'
import { Tickets } from './tickets.ts'
import { upgradeOf } from './upgrade.ts'

/** A machine that was online when the object slept or the server died has so long (ms) to show itself again. */
const RETURN_MS = 10_000
/** So often (ms) a look is taken whether machines that run something are connected: a deploy drops lines without a word. */
const WATCH_MS = 60_000

type Range = About & { since?: number | undefined; before?: number | undefined; limit: number }

/**
 * One project. Everything that happens to it happens here, one command at a time: decide, append, evolve, tell
 * everyone, with nothing awaited in between. The rules are in protocol/; this class only remembers and repeats.
 */
export class ProjectObject extends DurableObject<Env> {
  #log: Log
  #project: Project
  #sockets: Sockets
  #tickets: Tickets
  #fanout: Fanout
  #archive: Archive
  #sweepAt: number | undefined
  #alarmAt: number | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#log = new Log(ctx.storage)
    this.#project = this.#log.wake()
    this.#sockets = new Sockets(ctx)
    this.#tickets = new Tickets(ctx.storage)
    this.#fanout = new Fanout(() => this.#sockets.open())
    this.#archive = new Archive(this.#log, env.DB)
    if (this.#missing().length) this.#sweepAt = Date.now() + RETURN_MS
    if (strandedTasks(this.#project).length) this.#ring(Date.now())
    this.#arm()
  }

  /** Does what `command` asks, once: the same `id` again answers with what it brought about the first time. */
  execute(
    by: Actor,
    command: Command,
    id: string,
  ): Outcome<{ entries: (Entry & { event: string })[]; duplicate: boolean }> {
    return outcome(() => {
      checkLive(this.#project, by)
      const before = this.#log.of(id)
      const [first] = before
      if (first) {
        // Answered for anything else than it was used for, a change that never happened would look done.
        if (first.by !== nameOf(by) || this.#log.askedBy(id) !== command.type)
          refuse('conflict', 'This Idempotency-Key was used for something else', { field: 'Idempotency-Key' })
        return { entries: before.map(decodeRow), duplicate: true }
      }
      const rows = this.#record(id, by, (now) => decide(this.#project, command, { by, now }), command.type)
      return { entries: rows.map(decodeRow), duplicate: false }
    })
  }

  /** Keeps what agents' hooks reported, all in one transaction; answers per event what became of it. */
  hear(by: Actor, events: HookEvent[]): HookResult[] {
    const rows: Row[] = []
    const results = this.#changing(() =>
      events.map((event): HookResult => {
        if (this.#log.has(event.id)) return { id: event.id, result: 'duplicate' }
        const now = Date.now()
        rows.push(...this.#apply(decideHeard(this.#project, event, { by, now }), event.id, now, nameOf(by)))
        return { id: event.id, result: 'stored' }
      }),
    )
    this.#told(rows)
    return results
  }

  /** The project, or a part of it, as JSON text: encoded once, where it lives. */
  query(by: Actor, query: Query): Outcome<string> {
    return outcome(() => {
      checkLive(this.#project, by)
      return JSON.stringify(answer(this.#project, query))
    })
  }

  /** Rows of the log after `since`, or before `before`, or the newest; `floor` says where the archive must go on. */
  rows(by: Actor, { since, before, limit, ...about }: Range): Outcome<{ rows: Row[]; floor: number }> {
    return outcome(() => {
      checkLive(this.#project, by)
      const { floor } = this.#log
      if (since !== undefined) return { rows: this.#log.since(since, limit, about), floor }
      return { rows: this.#log.before(before ?? Number.MAX_SAFE_INTEGER, limit, about), floor }
    })
  }

  /** Figures for the operator. */
  figures() {
    const live = Object.keys(this.#project.live).length
    const { dropped = 0, setAside = 0 } = this.#project.missed ?? {}
    const sockets = this.#sockets.open().length
    return { head: this.#log.head, sockets, archiveBehind: this.#archive.behind, live, dropped, setAside }
  }

  /** Whether `by` may connect here, or to the terminal of session `id`, and as what. */
  mayConnect(by: Actor, id: SessionId | null): Outcome<'source' | 'viewer'> {
    return outcome(() => {
      checkLive(this.#project, by)
      if (!id) return 'viewer'
      const session = theSession(this.#project, id)
      if (!by.spawner) return 'viewer'
      if (session.spawner === by.spawner) return 'source'
      return refuse('forbidden', `${id} does not run on ${by.spawner}`)
    })
  }

  /** Somebody watches this session's terminal, or nobody does any more: its spawner is told. */
  watch(session: SessionId, watched: boolean): void {
    const before = this.#watched()
    const after = watched ? [...new Set([...before, session])] : before.filter((id) => id !== session)
    if (after.length !== before.length) this.#log.setFact('watched', JSON.stringify(after))
    const spawner = this.#project.sessions[session]?.spawner
    for (const socket of spawner ? this.#sockets.open(spawner) : []) this.#tellWatched(socket, spawner!)
  }

  /** Ends the connections made with a key. */
  async revoke(key: string): Promise<number> {
    const closed = this.#sockets.closeWhere((attachment) => attachment.key === key)
    const terminals = this.#watched().map((id) => this.#terminal(id).revoke(key))
    return (await Promise.all(terminals)).reduce((sum, count) => sum + count, closed)
  }

  /** The live connection: hello, then what was missed or a snapshot, then every entry as it comes. */
  override async fetch(request: Request): Promise<Response> {
    const upgrade = upgradeOf(request)
    if (!this.#tickets.redeem(upgrade, Date.now())) return new Response('used', { status: 401 })
    const { actor } = upgrade
    if (hasEnded(this.#project, actor)) return new Response('ended', { status: 401 })
    const { spawner } = actor
    for (const old of spawner ? this.#sockets.open(spawner) : []) old.close(closeCodes.superseded, 'connected again')
    this.#fanout.flush()
    const attachment = {
      kind: actor.kind,
      key: actor.key,
      ...(actor.session && { session: actor.session }),
      ...(spawner && { spawner }),
    }
    const { socket, answer } = this.#sockets.accept(attachment, spawner ? [spawner] : [])
    catchUp(socket, new URL(request.url).searchParams, this.#log, this.#project)
    if (spawner) this.#tellWatched(socket, spawner)
    return answer
  }

  override webSocketMessage(): void {
    // A client has nothing to say here but pings, which the runtime answers.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    const { spawner } = this.#sockets.attachment(socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(code === 1005 || code === 1006 ? 1000 : code)
    if (spawner) this.#lookFor(spawner)
  }

  override webSocketError(socket: WebSocket): void {
    const { spawner } = this.#sockets.attachment(socket)
    if (spawner) this.#lookFor(spawner)
  }

  /** Retried six times and then never again by the platform: so nothing here may throw, and it sets itself anew. */
  override async alarm(): Promise<void> {
    this.#alarmAt = undefined
    const now = Date.now()
    try {
      if (this.#sweepAt !== undefined && this.#sweepAt <= now) {
        this.#sweepAt = undefined
        for (const spawner of this.#missing()) this.#lookFor(spawner)
      }
      if (this.#missing().length) this.#sweepAt ??= now + RETURN_MS
      this.#record(this.#newId(now), system, () => decideTick(this.#project, now))
    } catch (error) {
      console.error(JSON.stringify({ level: 'error', message: 'the clock failed', error: faultOf(error) }))
    }
    await this.#archive.run(this.#project, now)
    this.#arm()
  }

  /** Decide, append, evolve, tell. */
  #record(id: string, by: Actor, decided: (now: number) => Event[], asked?: Command['type']): Row[] {
    const now = Date.now()
    const events = decided(now)
    if (events.length === 0) return []
    const rows = this.#changing(() => {
      if (asked) this.#log.noteAsked(id, asked)
      return this.#apply(events, id, now, nameOf(by))
    })
    this.#told(rows)
    return rows
  }

  #apply(events: Event[], id: string, now: number, by: string): Row[] {
    return this.#log.append(events, id, now, by).map(({ entry, row }) => {
      evolve(this.#project, entry)
      return row
    })
  }

  /** What `step` writes is kept as a whole; if that fails, the project is again what the log says. */
  #changing<T>(step: () => T): T {
    try {
      return this.#log.together(step)
    } catch (error) {
      this.#project = this.#log.wake()
      throw error
    }
  }

  #told(rows: Row[]): void {
    if (rows.length === 0) return
    this.#fanout.tell(rows.map(encodeRow))
    this.#log.snapshot(this.#project)
    this.#archive.wake(Date.now())
    for (const row of rows) if (row.type.startsWith('session:')) this.#followSession(row)
    this.#arm(rows.every(({ type }) => type.startsWith('hook:')))
  }

  /** A session that ended takes its connections along; one that found its machine may be watched already. */
  #followSession(row: Row): void {
    const { session } = JSON.parse(row.data) as { session: SessionId } // but for the two creating events, whose sessions nobody watches yet
    if (row.type === 'session:ended') this.#sockets.closeWhere((attachment) => attachment.session === session)
    else if (this.#watched().includes(session)) this.watch(session, true)
  }

  /** Sets the alarm for whatever is due first. Hook events only put deadlines off, so they need no second look. */
  #arm(onlyPutOff = false): void {
    const watch = this.#isAtWork() ? Date.now() + WATCH_MS : undefined
    const due = [this.#archive.due, this.#sweepAt, watch, onlyPutOff ? undefined : nextAlarm(this.#project)]
    this.#ring(Math.min(...due.filter((at) => at !== undefined)))
  }

  #ring(at: number): void {
    if (!Number.isFinite(at) || (this.#alarmAt !== undefined && this.#alarmAt <= at)) return
    this.#alarmAt = at
    void this.ctx.storage.setAlarm(Math.max(at, Date.now()))
  }

  #isAtWork(): boolean {
    const { live, spawners } = this.#project
    return Object.keys(live).length > 0 && Object.values(spawners).some(({ status }) => status === 'online')
  }

  #watched(): SessionId[] {
    return JSON.parse(this.#log.fact('watched') ?? '[]') as SessionId[] // only `watch` writes it
  }

  #tellWatched(socket: WebSocket, spawner: string): void {
    const sessions = this.#watched().filter((id) => this.#project.sessions[id]?.spawner === spawner)
    send(socket, { type: 'watched', sessions })
  }

  /** Machines that should be connected and are not. */
  #missing(): string[] {
    const online = Object.values(this.#project.spawners).filter(({ status }) => status === 'online')
    return online.map(({ id }) => id).filter((id) => this.#sockets.open(id).length === 0)
  }

  #lookFor(spawner: string): void {
    if (this.#sockets.open(spawner).length > 0) return
    const known = Object.values(this.#project.spawners).find(({ id }) => id === spawner)
    const command = known && ({ type: 'spawner.offline', spawner: known.id } as const)
    if (command)
      this.#record(this.#newId(Date.now()), system, (now) => decide(this.#project, command, { by: system, now }))
  }

  #terminal(session: SessionId) {
    return this.env.TERMINALS.getByName(`${this.#project.id}/${session}`)
  }

  #newId(now: number): string {
    return longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
  }
}
