import type { ServerFrame } from '../protocol/frames.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Entry } from '../protocol/project.ts'
import type { Client } from './client.ts'
import type { Replica } from './replica.ts'
import { Socket, type SocketStatus } from './socket.ts'

/** How what is shown stands to what is: `live` is up to the head; `behind` counts entries still to come. */
export type LiveStatus =
  | Exclude<SocketStatus, { state: 'open' }>
  | { state: 'live' }
  | { state: 'catching-up'; behind: number }

type Listeners = {
  entries?: (fresh: Entry[]) => void
  /** The replica was replaced as a whole: what was shown before may have gaps. */
  snapshot?: () => void
  status?: (status: LiveStatus) => void
  watched?: (sessions: SessionId[]) => void
}

/** Keeps a replica up to date, through every loss of the connection, without a gap. */
export class Live {
  readonly replica: Replica
  #socket: Socket
  #on: Listeners
  #head = 0

  constructor(client: Client, replica: Replica, on: Listeners) {
    this.replica = replica
    this.#on = on
    const status = (status: SocketStatus) => {
      if (status.state !== 'open') this.#on.status?.(status)
    }
    this.#socket = new Socket(client, () => `/live${replica.since}`, null, {
      message: (data) => this.#receive(data),
      status,
    })
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    this.#socket.stop()
  }

  hurry(): void {
    this.#socket.hurry()
  }

  #receive(data: string | Uint8Array): void {
    if (typeof data !== 'string') return // the live connection has no binary frames yet
    const frame = JSON.parse(data) as ServerFrame // the server writes nothing else
    if (frame.type === 'watched') return this.#on.watched?.(frame.sessions)
    if (frame.type === 'hello') this.#head = frame.head
    const { fresh, gap } = this.replica.receive(frame)
    if (gap) return this.#socket.again()
    if (frame.type === 'snapshot') this.#on.snapshot?.()
    if (fresh.length) this.#on.entries?.(fresh)
    this.#head = Math.max(this.#head, this.replica.seq)
    const behind = this.#head - this.replica.seq
    this.#on.status?.(behind > 0 ? { state: 'catching-up', behind } : { state: 'live' })
  }
}
