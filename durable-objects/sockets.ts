import type { Actor } from '../protocol/actor.ts'
import { closeCodes, HEARTBEAT_MS, PING, PONG, SUBPROTOCOL } from '../protocol/frames.ts'

/** What a socket needs to go on after hibernation; kept by the runtime beside it. */
export type Attachment = Pick<Actor, 'kind' | 'key'> & {
  session?: string
  spawner?: string
  viewer?: number
  writes?: boolean
  control?: boolean
  /** This machine has said that it types for nobody; so until somebody tries again. */
  refused?: boolean
  /** The key's name, for all to see who types. */
  name?: string
  /** When it connected (ms since 1970), where silence counts from then on, whether it ever pinged or not; absent: by an older version. */
  since?: number
  /** It may not type now, whoever it is: the project is frozen. */
  frozen?: boolean
  /** As whom this machine reports what its agents' hooks tell, and until when (ms since 1970). */
  reports?: { by: Actor; until: number }
}

/** So long (ms) a machine reports over one connection: for the next one its key is looked at again, which may have run out. */
const REPORTS_MS = 60 * 60_000

/** Machines may report over their connection, if their key is good for that. */
export const mayReport = ({ spawner, scopes }: Actor): boolean => spawner !== undefined && scopes.includes('hook:write')

/** What is kept of who connects. */
export function attachmentOf(actor: Actor, now: number): Attachment {
  const { kind, key, session, spawner } = actor
  const who = { kind, key, ...(session && { session }), ...(spawner && { spawner, since: now }) }
  return mayReport(actor) ? { ...who, reports: { by: actor, until: now + REPORTS_MS } } : who
}

/** Clients ping every ten seconds, and a page that nobody sees once a minute: whoever is silent for longer (ms) hears nothing. */
const STALLED_MS = 150_000
/** A machine always pings: one that has missed so many is gone, whatever the network says. */
const MISSED = 3

/** The hibernating sockets of one object. What is known of each is in its attachment, never in memory alone. */
export class Sockets {
  #ctx: DurableObjectState
  #goneMs: number

  /** `heartbeat` is how often (ms) machines ping. */
  constructor(ctx: DurableObjectState, heartbeat = HEARTBEAT_MS) {
    this.#ctx = ctx
    this.#goneMs = MISSED * heartbeat
    // Answered by the runtime, so an idle object stays asleep while its clients keep their line open.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
  }

  /** Accepts an upgrade. The answer goes back to the client; the socket is the object's end. */
  accept(attachment: Attachment, tags: string[]): { socket: WebSocket; answer: Response } {
    const { 0: client, 1: socket } = new WebSocketPair()
    this.#ctx.acceptWebSocket(socket, tags)
    socket.serializeAttachment(attachment)
    return {
      socket,
      answer: new Response(null, {
        status: 101,
        webSocket: client,
        headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL },
      }),
    }
  }

  open(tag?: string): WebSocket[] {
    return this.#ctx.getWebSockets(tag).filter((socket) => socket.readyState === WebSocket.OPEN)
  }

  attachment(socket: WebSocket): Attachment {
    return socket.deserializeAttachment() as Attachment // only `accept` and `amend` write it
  }

  /** As whom a message over this connection reports; a client that was told to go may go on to send, and is not heard. */
  reporter(socket: WebSocket, now: number): Actor | undefined {
    const { reports } = this.attachment(socket)
    if (!reports || socket.readyState !== WebSocket.OPEN) return undefined
    if (now < reports.until) return reports.by
    socket.close(closeCodes.restart, 'connect again')
    return undefined
  }

  amend(socket: WebSocket, changes: Partial<Attachment>): void {
    socket.serializeAttachment({ ...this.attachment(socket), ...changes })
  }

  /** Closes those that used to ping and have fallen silent: what is sent to them piles up. Answers whose they were. */
  closeStalled(now: number): Attachment[] {
    const stalled = this.open().filter((socket) => {
      const pinged = this.#pinged(socket) // first, for of most sockets no more need be known
      return !(pinged && now - pinged < this.#goneMs) && now > this.#givenUpAt(socket)
    })
    const attachments = stalled.map((socket) => this.attachment(socket))
    for (const socket of stalled) socket.close(closeCodes.tooSlow, 'no ping has come for long')
    return attachments
  }

  /** When (ms since 1970) the first of these machines is given up, if it says nothing until then. */
  firstGivenUpAt(machines: string[]): number {
    const all = machines.flatMap((id) => this.open(id))
    return Math.min(...all.map((socket) => this.#givenUpAt(socket)))
  }

  /** Whoever never pinged is no client of ours, and let be; but for a machine whose line broke before it could. */
  #givenUpAt(socket: WebSocket): number {
    const pinged = this.#pinged(socket)
    const { spawner, since = Number.POSITIVE_INFINITY } = this.attachment(socket)
    if (pinged === undefined) return since + STALLED_MS
    return pinged + (spawner ? this.#goneMs : STALLED_MS)
  }

  #pinged(socket: WebSocket): number | undefined {
    return this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime()
  }

  /** Closes the sockets of a key that ended, or of a session that did; answers how many. */
  closeWhere(concerns: (attachment: Attachment) => boolean): number {
    const concerned = this.open().filter((socket) => concerns(this.attachment(socket)))
    for (const socket of concerned) socket.close(closeCodes.signedOut, 'the key has ended')
    return concerned.length
  }
}
