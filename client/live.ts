import type { DirectoryAnswer } from '../protocol/directory.ts'
import { MaestroError } from '../protocol/errors.ts'
import { type ClientFrame, REPORT_BYTES, type ServerFrame } from '../protocol/frames.ts'
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

type Reported = DirectoryAnswer['hook.event']
/** What a report may wait (ms) for its answer. */
const ANSWER_MS = 30_000

/** Keeps a replica up to date, through every loss of the connection, without a gap. */
export class Live {
  readonly replica: Replica
  #socket: Socket
  #on: Listeners
  #head = 0
  #mayReport = false
  #reported = 0
  /** Reports that are not answered yet, by their number. */
  #waiting = new Map<number, (answer: Reported | MaestroError) => void>()

  constructor(client: Client, replica: Replica, on: Listeners) {
    this.replica = replica
    this.#on = on
    const status = (status: SocketStatus) => {
      if (status.state === 'open') return
      this.#lost()
      this.#on.status?.(status)
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

  /**
   * Reports hook events over this connection; nothing where that is not possible now, or not with this server, or they are
   * too many. Fails with `unreachable` when the connection is lost meanwhile: some may have arrived, and are known by their ids.
   */
  report(events: unknown[]): Promise<Reported> | undefined {
    if (!this.#mayReport) return undefined
    const frame: ClientFrame = { type: 'report', n: ++this.#reported, events }
    const text = JSON.stringify(frame)
    const isTooLarge = new TextEncoder().encode(text).length > REPORT_BYTES
    if (isTooLarge || !this.#socket.send(text)) return undefined // a request is refused with the reason
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#socket.again(), ANSWER_MS)
      this.#waiting.set(frame.n, (answer) => {
        clearTimeout(late)
        this.#waiting.delete(frame.n)
        if (answer instanceof MaestroError) reject(answer)
        else resolve(answer)
      })
    })
  }

  #lost(): void {
    this.#mayReport = false
    for (const answer of [...this.#waiting.values()]) answer(new MaestroError('unreachable', 'The connection was lost'))
  }

  #receive(data: string | Uint8Array): void {
    if (typeof data !== 'string') return // the live connection has no binary frames yet
    const frame = JSON.parse(data) as ServerFrame // the server writes nothing else
    if (frame.type === 'watched') return this.#on.watched?.(frame.sessions)
    if (frame.type === 'reported') return this.#waiting.get(frame.n)?.({ results: frame.results })
    if (frame.type === 'refused') return this.#waiting.get(frame.n)?.(MaestroError.from(frame.error))
    if (frame.type === 'hello') {
      this.#head = frame.head
      this.#mayReport = frame.reports === true
    }
    const { fresh, gap } = this.replica.receive(frame)
    if (gap) return this.#socket.again()
    if (frame.type === 'snapshot') this.#on.snapshot?.()
    if (fresh.length) this.#on.entries?.(fresh)
    this.#head = Math.max(this.#head, this.replica.seq)
    const behind = this.#head - this.replica.seq
    this.#on.status?.(behind > 0 ? { state: 'catching-up', behind } : { state: 'live' })
  }
}
