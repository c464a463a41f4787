import { MaestroError } from '../protocol/errors.ts'
import { closeCodes, HEARTBEAT_MS, PING, PONG, SUBPROTOCOL, TICKET_PREFIX } from '../protocol/frames.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Client } from './client.ts'
import { backoff } from './retry.ts'

/** How a connection is. `at` (ms since 1970) is when it tries again. */
export type SocketStatus =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; at: number; reason: string }
  | { state: 'stopped'; reason: 'closed' | 'signed-out' | 'forbidden' | 'superseded' }

type Listeners = {
  message: (data: string | Uint8Array) => void
  status?: (status: SocketStatus) => void
}

/** A connection that has not answered two pings is gone, whatever the network says. */
const MISSED = 2.5
/** Asking for a ticket takes so long (ms) at most: on a network that has just come back, a new try gets through before an old one. */
const TICKET_MS = HEARTBEAT_MS

/**
 * A WebSocket that comes back: a fresh ticket for each upgrade, a heartbeat, back-off with jitter, and an end
 * only where the close code says so. What to resume from is the business of whoever holds it.
 */
export class Socket {
  #client: Client
  #path: () => string
  #session: SessionId | null
  #on: Listeners
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #beat: ReturnType<typeof setInterval> | undefined
  #heard = 0
  #tried = 0
  /** Counts the tries: what an earlier one still brings comes too late. */
  #turn = 0
  #stopped = false
  status: SocketStatus = { state: 'connecting' }

  /** `path` is asked anew for each try: `/live?since=42`. `session` is whose terminal it is, if it is one. */
  constructor(client: Client, path: () => string, session: SessionId | null, on: Listeners) {
    this.#client = client
    this.#path = path
    this.#session = session
    this.#on = on
  }

  start(): void {
    void this.#connect()
  }

  /** Ends it for good. */
  stop(): void {
    this.#end('closed')
  }

  /** Now rather than when the pause is over: the network is back, or the page is looked at again. */
  hurry(): void {
    const alive = this.#socket && Date.now() - this.#heard < HEARTBEAT_MS
    if (!alive) this.again()
  }

  /** Connects anew: what came so far does not add up. */
  again(): void {
    if (this.#stopped) return
    this.#drop('again')
    void this.#connect()
  }

  /** Whether it was sent; nothing is queued here. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== 1) return false
    this.#socket.send(data)
    return true
  }

  /** Bytes accepted but not yet on the wire. */
  get waiting(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  async #connect(): Promise<void> {
    const turn = ++this.#turn
    clearTimeout(this.#timer)
    this.#tell({ state: 'connecting' })
    try {
      const { ticket } = await this.#client
        .with({ patience: { retries: 0, delay: 0 }, timeout: TICKET_MS })
        .askProject('ticket', { session: this.#session })
      if (!this.#stopped && turn === this.#turn) this.#open(ticket)
    } catch (error) {
      if (!(error instanceof MaestroError)) throw error
      if (this.#stopped || turn !== this.#turn) return
      if (error.code === 'unauthenticated' || error.code === 'credentials_ended') this.#end('signed-out')
      else if (error.code === 'forbidden' || error.code === 'project_not_found') this.#end('forbidden')
      else this.#later(error.message)
    }
  }

  #open(ticket: string): void {
    const socket = new WebSocket(this.#client.socketUrl(this.#path()), [SUBPROTOCOL, TICKET_PREFIX + ticket])
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#heard = Date.now()
    const { heartbeat = HEARTBEAT_MS } = this.#client.options
    // From here on, for an upgrade may remain unanswered as well.
    this.#beat = setInterval(() => this.#check(MISSED * heartbeat), heartbeat)
    socket.onopen = () => {
      this.send(PING) // so that the server misses the next one, however soon the network goes
      this.#tell({ state: 'open' })
    }
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return
      this.#heard = Date.now()
      this.#tried = 0
      if (data !== PONG) this.#on.message(typeof data === 'string' ? data : new Uint8Array(data))
    }
    // An error says nothing that the close after it does not.
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(code, reason)
    }
  }

  #check(patience: number): void {
    if (Date.now() - this.#heard <= patience) return void this.send(PING)
    this.#drop('silent')
    this.#later('the server does not answer')
  }

  #closed(code: number, reason: string): void {
    this.#drop('')
    if (code === closeCodes.signedOut) return this.#end('signed-out')
    if (code === closeCodes.forbidden) return this.#end('forbidden')
    if (code === closeCodes.superseded) return this.#end('superseded')
    this.#later(reason || (code === closeCodes.restart ? 'the server restarts' : `connection lost (${code})`))
  }

  #later(reason: string): void {
    if (this.#stopped) return
    const pause = backoff(this.#tried++, 300)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), pause)
    this.#tell({ state: 'reconnecting', at: Date.now() + pause, reason })
  }

  #drop(reason: string): void {
    clearInterval(this.#beat)
    const socket = this.#socket
    this.#socket = undefined
    if (socket && socket.readyState < 2) socket.close(1000, reason)
  }

  #end(reason: Extract<SocketStatus, { state: 'stopped' }>['reason']): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#drop('done')
    this.#tell({ state: 'stopped', reason })
  }

  #tell(status: SocketStatus): void {
    this.status = status
    this.#on.status?.(status)
  }
}
