import { DurableObject } from 'cloudflare:workers'
import type { ToolDay } from '../db/digest.ts'
import { faultOf } from '../db/fault.ts'
import { type Actor, nameOf, system } from '../protocol/actor.ts'
import { nextAlarm, strandedTasks } from '../protocol/clock.ts'
import type { HookResult } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { decideForget } from '../protocol/forgetting.ts'
import { closeCodes } from '../protocol/frames.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import type { SessionId } from '../protocol/ids.ts'
import { countsIn, type Project } from '../protocol/model.ts'
import { type Command, decide, decideHeard, decideTick, type Entry, type Event, evolve } from '../protocol/project.ts'
import { answer, type Query } from '../protocol/queries.ts'
import { checkLive, hasEnded, theSession } from '../protocol/task-access.ts'
import { Archive } from './archive.ts'
import { catchUp } from './catch-up.ts'
import { Fanout } from './fanout.ts'
import { tellRelays } from './freeze.ts'
import { type Fresh, findFresh, toolsAfter } from './fresh.ts'
import { Intake, newId, type Part } from './intake.ts'
import { decodeRow, encodeRow, type Held, Log, type Range } from './log.ts'
import { type Outcome, outcome } from './outcome.ts'
import { missing, nextLook } from './presence.ts'
import { repeated } from './repeated.ts'
import { answerReport } from './reports.ts'
import { attachmentOf, Sockets } from './sockets.ts'
import { Tickets } from './tickets.ts'
import { upgradeOf } from './upgrade.ts'
import type { Row } from './volumes.ts'
import { Watched } from './watched.ts'

/** A machine that was online when the object slept or the server died has so long (ms) to show itself again. */
const RETURN_MS = 10_000

type Done = { entries: (Entry & { event: string })[]; duplicate: boolean }

/**
 * One project. Everything that happens to it happens here, one command at a time: decide, append, evolve, tell
 * everyone, with nothing awaited in between. The rules are in protocol/; this class only remembers and repeats.
 */
export class ProjectObject extends DurableObject<Env> {
  #log: Log
  #project: Project
  #sockets: Sockets
  #tickets: Tickets
  #watched: Watched
  #fanout: Fanout
  #archive: Archive
  #intake: Intake
  #sweepAt: number | undefined
  #alarmAt: number | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#log = new Log(ctx.storage)
    this.#intake = new Intake(this.#log)
    this.#project = this.#log.wake()
    this.#sockets = new Sockets(ctx, Number(env.MAESTRO_HEARTBEAT_MS) || undefined)
    this.#tickets = new Tickets(ctx.storage)
    this.#watched = new Watched(this.#log, this.#sockets)
    this.#fanout = new Fanout(() => this.#sockets.open())
    this.#archive = new Archive(this.#log, env.DB, () => this.#project, env.MAESTRO_MODE)
    if (this.#missing().length) this.#sweepAt = Date.now() + RETURN_MS
    if (strandedTasks(this.#project).length) this.#ring(Date.now())
    if (this.#project.frozen) this.#tellRelays()
    this.#arm()
  }

  /** Does what `command` asks, once: the same `id` again answers with what it brought about the first time. */
  async execute(by: Actor, command: Command, id: string): Promise<Outcome<Done>> {
    const before = this.#telling(by, () => repeated(this.#log, id, nameOf(by), command.type))
    if (!before.ok) return before
    if (before.value) {
      const { rows, archived } = before.value
      const older = archived === null ? [] : await this.#archive.of(id, archived)
      return { ok: true, value: { entries: [...older, ...rows].map(decodeRow), duplicate: true } }
    }
    return outcome(() => {
      this.#intake.checkWhole()
      const rows = this.#record(id, by, (now) => decide(this.#project, command, { by, now }), command.type)
      return { entries: rows.map(decodeRow), duplicate: false }
    })
  }

  /** Keeps what agents' hooks reported, all in one transaction; answers per event what became of it, or nothing: not now. */
  hear(by: Actor, events: HookEvent[]): HookResult[] {
    if (this.#intake.isOpen) return []
    const rows: Row[] = []
    const results = this.#changing(() => {
      const known = this.#log.known(events.map(({ id }) => id))
      return events.map((event): HookResult => {
        if (known.has(event.id)) return { id: event.id, result: 'duplicate' }
        known.add(event.id)
        const now = Date.now()
        rows.push(...this.#apply(decideHeard(this.#project, event, { by, now }), event.id, now, nameOf(by)))
        return { id: event.id, result: 'stored' }
      })
    })
    this.#told(rows)
    return results
  }

  /** The project, or a part of it, as JSON text: encoded once, where it lives. */
  query(by: Actor, query: Query): Outcome<string> {
    return this.#telling(by, () => JSON.stringify(answer(this.#project, query)))
  }

  /** Rows of the log in `range`; from `begins` to `floor` the archive has them. */
  rows(by: Actor, range: Range): Outcome<Held> {
    return this.#telling(by, () => this.#log.read(range))
  }

  /** What is found by its words among entries that are not yet in the archive. */
  findFresh(by: Actor, phrases: string[][], before: number, limit: number): Outcome<Fresh> {
    return this.#telling(by, () => findFresh(this.#log, this.#archive.archived, phrases, before, limit))
  }

  /** Tools used in entries after `seq`, the last that the archive has counted. */
  toolsAfter(by: Actor, seq: number): Outcome<ToolDay[]> {
    return this.#telling(by, () => toolsAfter(this.#log, seq))
  }

  /** Takes in a part of a log that was exported; the same part again changes nothing. */
  take(by: Actor, part: Part): Outcome<ReturnType<Intake['taken']>> {
    return outcome(() => {
      this.#told(this.#changing(() => this.#intake.take(by, part, this.#project, (...one) => this.#apply(...one))))
      return this.#intake.taken(this.#project)
    })
  }

  /** Figures for the operator. */
  figures() {
    const { head, epoch, floor, begins, size } = this.#log
    const own = { sockets: this.#sockets.open().length, archiveBehind: this.#archive.behind }
    return { head, epoch, floor, begins, size, ...own, ...countsIn(this.#project) }
  }

  /** Whether `by` may connect here, or to the terminal of session `id`, and as what. */
  mayConnect(by: Actor, id: SessionId | null): Outcome<'source' | 'viewer'> {
    return this.#telling(by, () => {
      if (!id) return 'viewer'
      const session = theSession(this.#project, id)
      if (!by.spawner) return 'viewer'
      if (session.spawner === by.spawner) return 'source'
      return refuse('forbidden', `${id} does not run on ${by.spawner}`)
    })
  }

  /** Somebody watches this session's terminal, or nobody does any more: its spawner is told. Answers whether nobody may type. */
  watch(session: SessionId, watched: boolean): boolean {
    this.#watched.set(this.#project, session, watched)
    return Boolean(this.#project.frozen)
  }

  /** Ends the connections made with a key. */
  async revoke(key: string): Promise<number> {
    const closed = this.#sockets.closeWhere((attachment) => attachment.key === key)
    const terminals = this.#watched.ids.map((id) => this.#terminal(id).revoke(key))
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
    const { socket, answer } = this.#sockets.accept(attachmentOf(actor, Date.now()), spawner ? [spawner] : [])
    catchUp(socket, new URL(request.url).searchParams, this.#log, this.#project, actor)
    if (spawner) this.#watched.tell(this.#project, socket, spawner)
    this.#arm(true)
    return answer
  }

  /** A machine reports; whoever else connects has nothing to say here but pings, which the runtime answers. */
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const by = this.#sockets.reporter(socket, Date.now())
    if (by) socket.send(answerReport(message, (events) => this.hear(by, events)))
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    const { spawner } = this.#sockets.attachment(socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(code === 1005 || code === 1006 ? 1000 : code)
    if (spawner) this.#lookFor(spawner)
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket, 1006)
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
      for (const { spawner } of this.#sockets.closeStalled(now)) if (spawner) this.#lookFor(spawner)
      const due = () => [...decideTick(this.#project, now), ...decideForget(this.#project, this.#archive.past, now)]
      this.#record(newId(now), system, due)
    } catch (error) {
      console.error(JSON.stringify({ level: 'error', message: 'the clock failed', error: faultOf(error) }))
    }
    await this.#archive.run(now)
    this.#arm()
  }

  /** What `step` finds, for those whose key is still good. */
  #telling<T>(by: Actor, step: () => T): Outcome<T> {
    return outcome(() => {
      checkLive(this.#project, by)
      return step()
    })
  }

  /** Decide, append, evolve, tell. */
  #record(id: string, by: Actor, decided: (now: number) => Event[], asked?: Command['type']): Row[] {
    const now = Date.now()
    const events = decided(now)
    if (events.length === 0 || this.#intake.isOpen) return []
    const rows = this.#changing(() => {
      if (asked) this.#log.noteAsked(id, asked, nameOf(by))
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
    this.#archive.wake(Date.now())
    for (const row of rows) this.#follow(row)
    this.#arm(rows.every(({ type }) => type.startsWith('hook:')))
    this.#log.snapshot(this.#project) // last: a disk that refuses it must not leave what was kept without an alarm
  }

  /** A freeze reaches relays; a session that ended takes its connections along; one that found its machine may be watched already. */
  #follow(row: Row): void {
    if (row.type === 'project:updated') this.#tellRelays()
    if (!row.type.startsWith('session:')) return
    const { session } = JSON.parse(row.data) as { session: SessionId } // but for the two creating events, whose sessions nobody watches yet
    if (row.type === 'session:ended') this.#sockets.closeWhere((attachment) => attachment.session === session)
    else if (this.#watched.ids.includes(session)) this.watch(session, true)
  }

  /** Sets the alarm for whatever is due first. Hook events only put deadlines off, so they need no second look. */
  #arm(onlyPutOff = false): void {
    const watch = nextLook(this.#project, this.#sockets, Date.now())
    const due = [this.#archive.due, this.#sweepAt, watch, onlyPutOff ? undefined : nextAlarm(this.#project)]
    this.#ring(Math.min(...due.filter((at) => at !== undefined)))
  }

  #ring(at: number): void {
    if (!Number.isFinite(at) || (this.#alarmAt !== undefined && this.#alarmAt <= at) || this.#intake.isOpen) return
    this.#alarmAt = at
    void this.ctx.storage.setAlarm(Math.max(at, Date.now()))
  }

  /** Machines that should be connected and are not. */
  #missing = (): string[] => missing(this.#project, this.#sockets)

  #lookFor(spawner: string): void {
    if (this.#sockets.open(spawner).length > 0) return
    const known = Object.values(this.#project.spawners).find(({ id }) => id === spawner)
    const command = known && ({ type: 'spawner.offline', spawner: known.id } as const)
    if (command) this.#record(newId(Date.now()), system, (now) => decide(this.#project, command, { by: system, now }))
  }

  #tellRelays(): void {
    this.ctx.waitUntil(tellRelays(this.#watched.ids, (id) => this.#terminal(id), Boolean(this.#project.frozen)))
  }

  #terminal = (session: SessionId) => this.env.TERMINALS.getByName(`${this.#project.id}/${session}`)
}
