import { DurableObject } from 'cloudflare:workers'
import { closeCodes } from '../protocol/frames.ts'
import { decodeTerminal, encodeTerminal, terminalKinds } from '../protocol/terminal.ts'
import { Sockets } from './sockets.ts'
import { Tickets } from './tickets.ts'
import { type Upgrade, upgradeOf } from './upgrade.ts'

/** While somebody watches and the daemon is not there, it is asked for again every so many ms. */
const ASK_AGAIN_MS = 2_000

/** While somebody watches, it is looked so often (ms) whether any end has gone without a word. */
const LOOK_MS = 60_000

/** Nobody types more at once; a program that is pasted to gets it in parts. */
const INPUT_BYTES = 1_000_000

const VIEWER = 'viewer'
const SOURCE = 'source'
const text = new TextEncoder()

/**
 * One terminal's relay: bytes from the daemon that holds it (the source) to whoever watches, only while somebody does,
 * and keys back from the one viewer in control. It reads headers, never the bytes, and keeps nothing but who is who.
 */
export class TerminalObject extends DurableObject<Env> {
  #sockets: Sockets
  #tickets: Tickets
  /** How often the project has told that it was frozen or thawed. */
  #told = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sockets = new Sockets(ctx, Number(env.MAESTRO_HEARTBEAT_MS) || undefined)
    this.#tickets = new Tickets(ctx.storage)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS watched (project TEXT NOT NULL, session TEXT NOT NULL)')
  }

  override async fetch(request: Request): Promise<Response> {
    const upgrade = upgradeOf(request)
    if (!this.#tickets.redeem(upgrade, Date.now())) return new Response('used', { status: 401 })
    this.#remember(upgrade)
    return upgrade.actor.spawner ? this.#addSource(upgrade) : this.#addViewer(upgrade)
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const frame = typeof message === 'string' ? undefined : decodeTerminal(new Uint8Array(message))
    if (!frame) return socket.close(1003, 'not a terminal frame')
    const { spawner, writes, control } = this.#sockets.attachment(socket)
    if (spawner && frame.kind === terminalKinds.yield) return this.#refused(socket)
    if (spawner) return this.#fromSource(message as ArrayBuffer, frame.kind, frame.viewer) // a decoded frame was bytes
    if (frame.bytes.length > INPUT_BYTES) return socket.close(1009, 'too long')
    if (frame.kind === terminalKinds.take && writes) return this.#take(socket)
    if (frame.kind === terminalKinds.yield && control) return this.#control(undefined)
    if (frame.kind !== terminalKinds.input && frame.kind !== terminalKinds.resize) return
    // Watching is not typing: without control nothing gets past here.
    if (control && writes) for (const source of this.#sockets.open(SOURCE)) source.send(message)
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    if (socket.readyState !== WebSocket.CLOSED) socket.close(code === 1005 || code === 1006 ? 1000 : code)
    await this.#left()
  }

  override async webSocketError(): Promise<void> {
    await this.#left()
  }

  /** Retried six times and then never again by the platform: so nothing here may throw, and it sets itself anew. */
  override async alarm(): Promise<void> {
    // Control is a lease that pings renew: whoever went away without closing would keep it for ever.
    const haveGone = this.#sockets.closeStalled(Date.now()).length > 0
    await (haveGone ? this.#left() : this.#goOn()).catch(() => this.ctx.storage.setAlarm(Date.now() + ASK_AGAIN_MS))
  }

  revoke(key: string): number {
    return this.#sockets.closeWhere((attachment) => attachment.key === key)
  }

  /** The project was frozen, or thawed. A freeze takes control from whoever has it. */
  freeze(frozen: boolean): void {
    this.#told++
    this.#tryAgain()
    for (const socket of this.#sockets.open(VIEWER)) {
      this.#sockets.amend(socket, frozen ? { frozen, control: false } : { frozen })
    }
    this.#presence()
  }

  #addSource({ actor }: Upgrade): Response {
    for (const old of this.#sockets.open(SOURCE)) old.close(closeCodes.superseded, 'connected again')
    const { kind, key, spawner } = actor
    const { socket, answer } = this.#sockets.accept({ kind, key, spawner: spawner!, since: Date.now() }, [SOURCE]) // `fetch` asked
    const viewers = this.#sockets.open(VIEWER)
    for (const viewer of viewers) this.#join(socket, this.#sockets.attachment(viewer).viewer!)
    // Nobody watches any more: whoever asked for this has gone in the meantime.
    if (viewers.length === 0) this.ctx.waitUntil(this.#watch(false).then(() => socket.close(1000, 'nobody watches')))
    this.#presence()
    return answer
  }

  async #addViewer({ actor }: Upgrade): Promise<Response> {
    const taken = this.#sockets.open(VIEWER).map((socket) => this.#sockets.attachment(socket).viewer ?? 0)
    const viewer = Math.max(0, ...taken) + 1
    const writes = actor.scopes.includes('terminal:write')
    const { kind, key, name } = actor
    const frozen = this.#sockets.open(VIEWER).some((socket) => this.#sockets.attachment(socket).frozen)
    const attachment = { kind, key, name, viewer, writes, frozen, since: Date.now() }
    const { answer } = this.#sockets.accept(attachment, [VIEWER])
    const [source] = this.#sockets.open(SOURCE)
    if (source) this.#join(source, viewer)
    await this.#goOn()
    this.#presence()
    return answer
  }

  #fromSource(message: ArrayBuffer, kind: number, viewer: number): void {
    const to = kind === terminalKinds.snapshot ? this.#viewer(viewer) : this.#sockets.open(VIEWER)
    if (kind !== terminalKinds.snapshot && kind !== terminalKinds.output && kind !== terminalKinds.exit) return
    for (const socket of to) socket.send(message)
  }

  /** Whoever has control of a terminal whose machine types for nobody has it in vain. */
  #refused(source: WebSocket): void {
    this.#control(undefined)
    this.#sockets.amend(source, { refused: true })
    this.#presence()
  }

  /** What the machine has refused it may take now; otherwise it says so again. */
  #tryAgain(): void {
    for (const source of this.#sockets.open(SOURCE)) this.#sockets.amend(source, { refused: false })
  }

  #viewer(number: number): WebSocket[] {
    return this.#sockets.open(VIEWER).filter((socket) => this.#sockets.attachment(socket).viewer === number)
  }

  #join(source: WebSocket, viewer: number): void {
    source.send(encodeTerminal({ kind: terminalKinds.join, viewer }))
  }

  /** Whoever wants to type gets control, unless the project is frozen: it is asked, and tells of a freeze that comes later. */
  async #take(socket: WebSocket): Promise<void> {
    const told = this.#told
    const frozen = await this.#isFrozen().catch(() => undefined)
    if (socket.readyState !== WebSocket.OPEN) return // its number may be somebody else's by now
    if (frozen === undefined) return socket.close(closeCodes.restart, 'connect again') // the project cannot be asked
    if (told !== this.#told) return this.#take(socket) // what it answered may be no more
    if (frozen) return this.freeze(true)
    // A thaw that nobody told of here.
    for (const one of this.#sockets.open(VIEWER)) if (this.#isHeld(one)) this.#sockets.amend(one, { frozen })
    this.#tryAgain()
    this.#control(this.#sockets.attachment(socket).viewer)
  }

  #isHeld(viewer: WebSocket): boolean {
    return this.#sockets.attachment(viewer).frozen === true
  }

  async #isFrozen(): Promise<boolean> {
    const whose = this.#whose()
    return whose !== undefined && (await this.env.PROJECTS.getByName(whose.project).figures()).frozen === 1
  }

  /** One viewer types at a time; whoever takes over does so in the sight of all. */
  #control(viewer: number | undefined): void {
    for (const socket of this.#sockets.open(VIEWER)) {
      this.#sockets.amend(socket, { control: this.#sockets.attachment(socket).viewer === viewer })
    }
    this.#presence()
  }

  #presence(): void {
    const viewers = this.#sockets.open(VIEWER)
    const all = viewers.map((socket) => this.#sockets.attachment(socket))
    const typist = all.find(({ control }) => control)
    const { viewer: controller = null, name: by = null } = typist ?? {}
    const sources = this.#sockets.open(SOURCE).map((socket) => this.#sockets.attachment(socket))
    const [source, refused] = [sources.length > 0, sources.some((one) => one.refused)]
    for (const [i, socket] of viewers.entries()) {
      const { viewer: you, key, frozen = false } = all[i]!
      const own = typist?.key === key
      const told = { controller, by, own, you, viewers: viewers.length, source, frozen, refused }
      const bytes = text.encode(JSON.stringify(told))
      socket.send(encodeTerminal({ kind: terminalKinds.presence, bytes }))
    }
  }

  async #left(): Promise<void> {
    const viewers = this.#sockets.open(VIEWER)
    this.#presence()
    if (viewers.length > 0) return this.#goOn()
    for (const source of this.#sockets.open(SOURCE)) source.close(1000, 'nobody watches')
    await this.#watch(false)
  }

  /** While somebody watches, the daemon is asked for until it is there, and then it is looked who has gone. */
  async #goOn(): Promise<void> {
    if (this.#sockets.open(VIEWER).length === 0) return
    if (this.#sockets.open(SOURCE).length === 0) return this.#watch(true)
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + LOOK_MS)
  }

  /** Has the project tell the daemon; while that has not come, again a little later. */
  async #watch(watched: boolean): Promise<void> {
    const whose = this.#whose()
    if (!whose) return
    const told = this.#told
    const project = this.env.PROJECTS.getByName(whose.project)
    const frozen = await project.watch(whose.session as `sess_${string}`, watched) // #remember wrote it
    const isNews = this.#sockets.open(VIEWER).some((viewer) => !this.#isHeld(viewer))
    if (frozen && isNews && told === this.#told) this.freeze(true) // from now on it tells of a freeze by itself
    if (watched) await this.ctx.storage.setAlarm(Date.now() + ASK_AGAIN_MS)
  }

  #whose(): { project: string; session: string } | undefined {
    return this.ctx.storage.sql.exec<{ project: string; session: string }>('SELECT * FROM watched').toArray()[0]
  }

  #remember({ project, session }: Upgrade): void {
    const { sql } = this.ctx.storage
    if (sql.exec('SELECT 1 FROM watched').toArray().length === 0)
      sql.exec('INSERT INTO watched VALUES (?, ?)', project, session)
  }
}
