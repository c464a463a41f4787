import { isRetryable, MaestroError, refuse } from '../protocol/errors.ts'
import type { ServerFrame } from '../protocol/frames.ts'
import type { Entry } from '../protocol/project.ts'
import type { Client } from './client.ts'
import { backoff } from './retry.ts'
import { Socket, type SocketStatus } from './socket.ts'

const PAGE = 500
const RETRY_MS = 300

export type LogListener = {
  /** The next entries of the log, never twice and never out of order. */
  entries: (fresh: Entry[]) => void
  status?: (status: SocketStatus) => void
}

/**
 * Every entry after `since`, from history and then as it comes, through every loss of the connection. Ends only with the
 * error that makes going on impossible, or when `signal` is set.
 */
export async function streamLog(client: Client, since: number, on: LogListener, signal: AbortSignal): Promise<void> {
  const stream = new LogStream(client, since, on, signal)
  while (!signal.aborted) {
    await stream.readHistory()
    await stream.listen()
  }
}

class LogStream {
  #client: Client
  #on: LogListener
  #signal: AbortSignal
  #at: number
  #epoch: string | undefined

  constructor(client: Client, since: number, on: LogListener, signal: AbortSignal) {
    this.#client = client
    this.#at = since
    this.#on = on
    this.#signal = signal
  }

  /** Page after page until there are no more. Whoever cannot be reached now is asked again. */
  async readHistory(): Promise<void> {
    for (let tried = 0; !this.#signal.aborted; ) {
      try {
        const page = await this.#client.askProject('entry.list', { since: this.#at, limit: PAGE })
        tried = 0
        this.#take(page.entries)
        if (!page.more) return
      } catch (error) {
        if (!(error instanceof MaestroError) || !isRetryable(error.code)) throw error
        const pause = backoff(tried++, RETRY_MS)
        this.#on.status?.({ state: 'reconnecting', at: Date.now() + pause, reason: error.message })
        await within(pause, this.#signal)
      }
    }
  }

  /** What comes now; until so much was missed that the server tells how things are rather than what happened. */
  async listen(): Promise<void> {
    let socket: Socket | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        if (this.#signal.aborted) return resolve()
        this.#signal.addEventListener('abort', () => resolve(), { once: true })
        socket = this.#connect(resolve, reject)
      })
    } finally {
      socket?.stop()
    }
  }

  #connect(behind: () => void, fail: (error: unknown) => void): Socket {
    const epoch = () => (this.#epoch ? `&epoch=${this.#epoch}` : '')
    const socket = new Socket(this.#client, () => `/live?since=${this.#at}${epoch()}`, null, {
      message: (data) => {
        if (typeof data !== 'string' || this.#signal.aborted) return
        try {
          const next = this.#hear(JSON.parse(data) as ServerFrame) // the server writes nothing else
          if (next === 'again') socket.again()
          if (next === 'history') behind()
        } catch (error) {
          fail(error)
        }
      },
      status: (status) => {
        if (status.state !== 'stopped') this.#on.status?.(status)
        else if (status.reason !== 'closed') fail(refusalOf(status.reason))
      },
    })
    socket.start()
    return socket
  }

  #hear(frame: ServerFrame): 'again' | 'history' | undefined {
    if (frame.type === 'hello') this.#check(frame)
    if (frame.type === 'snapshot') return 'history'
    if (frame.type !== 'entries') return undefined
    const [first] = frame.entries.filter(({ seq }) => seq > this.#at)
    if (first && first.seq !== this.#at + 1) return 'again'
    this.#take(frame.entries)
    return undefined
  }

  #take(entries: Entry[]): void {
    const fresh = entries.filter(({ seq }) => seq > this.#at) // after a reconnection some may come twice
    if (fresh.length === 0 || this.#signal.aborted) return
    this.#at = fresh.at(-1)!.seq
    this.#on.entries(fresh)
  }

  /** The numbers of another log mean other entries: going on would lose some, and repeat others. */
  #check({ epoch, head }: { epoch: string; head: number }): void {
    if ((this.#epoch ?? epoch) !== epoch || head < this.#at) {
      refuse('conflict', `This is another log than the one that had ${this.#at} entries`, {
        suggestion: 'maestro watch --since 0',
      })
    }
    this.#epoch = epoch
  }
}

function refusalOf(reason: 'signed-out' | 'forbidden' | 'superseded'): MaestroError {
  if (reason === 'forbidden') return new MaestroError('forbidden', 'This key may not look at this project any more')
  return new MaestroError('credentials_ended', 'The key of this connection has ended', { suggestion: 'maestro whoami' })
}

function within(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
