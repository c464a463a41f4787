import type { Chance } from '../parts/chance.ts'
import type { ServerSocket } from '../platform/sockets.ts'
import type { Process, World } from './world.ts'

/** What answers requests: the server, while it lives. */
export type Host = {
  process: Process
  handle(request: Request): Promise<Response>
  /** The other end of a connection has gone, or says so. */
  gone(socket: ServerSocket, code: number): void
  /** Says something once it may be said. */
  out(step: () => void): void
}

type Figures = { requests: number; lostRequests: number; lostAnswers: number; doubled: number; dropped: number }
type Answer = { status: number; headers: Headers; text: string }

/**
 * What lies between those who ask and the server. It delays, loses requests and answers, brings some twice and late, and
 * keeps whole places apart for a while. Nobody is told which of these it was.
 */
export class Network {
  readonly world: World
  readonly chance: Chance
  readonly figures: Figures = { requests: 0, lostRequests: 0, lostAnswers: 0, doubled: 0, dropped: 0 }
  /** Places that reach nobody just now. */
  readonly apart = new Set<string>()
  readonly lines = new Set<Line>()
  /** How likely a request, or an answer, is to be lost. */
  loss = 0.01
  host: Host | undefined

  constructor(world: World, chance: Chance) {
    this.world = world
    this.chance = chance
  }

  /** Mostly quick; now and then so late that what was sent after it comes first. */
  delay(): number {
    return this.chance.next() < 0.02 ? this.chance.gap(300) : 0.3 + this.chance.gap(1.5)
  }

  /** `fetch`, for whoever is at `place`. */
  fetchAt(place: string): typeof fetch {
    const ask = (url: string, init: RequestInit) =>
      new Promise((resolve, reject) => {
        this.figures.requests++
        const { current } = this.world
        const { signal } = init
        signal?.addEventListener('abort', () => reject(signal.reason))
        // Of its fields only these are read.
        const done = ({ status, headers, text }: Answer) =>
          resolve({ status, headers, text: async () => text } as Response)
        const send = (ms: number) => this.#deliver(place, new Request(url, init), ms, current, done, reject)
        send(this.delay())
        if (this.chance.next() > 0.01) return
        this.figures.doubled++
        send(this.delay() + this.chance.gap(2_000))
      })
    return ask as typeof fetch // called with a text and a plain object by client/exchange.ts, and nobody else
  }

  #deliver(
    place: string,
    request: Request,
    ms: number,
    asker: Process | undefined,
    done: (answer: Answer) => void,
    fail: (error: unknown) => void,
  ): void {
    const back = (step: () => void) => this.world.after(this.delay(), step, asker)
    const refused = () => back(() => fail(new TypeError('fetch failed', { cause: new Error('ECONNRESET') })))
    const isLost = () => this.apart.has(place) || this.chance.next() < this.loss
    const lose = (what: 'lostRequests' | 'lostAnswers') => {
      this.figures[what]++
      if (this.chance.next() < 0.7) refused() // else nobody hears of it again
    }
    this.world.after(
      ms,
      () => {
        if (isLost()) return lose('lostRequests')
        const { host } = this
        if (!host?.process.alive) return refused()
        const { process } = host
        let isAnswered = false
        process.onDeath.add(onDeath)
        function onDeath() {
          if (!isAnswered) refused()
        }
        this.world.as(process, () =>
          host.handle(request).then(async (response) => {
            const answer = { status: response.status, headers: response.headers, text: await response.text() }
            isAnswered = true
            process.onDeath.delete(onDeath)
            if (isLost()) return lose('lostAnswers')
            back(() => done(answer))
          }),
        )
      },
      null,
    )
  }
}

/** One connection. What is sent through it comes in order, until it breaks; each end hears of that in its own time. */
export class Line {
  readonly place: string
  readonly client: Process | undefined
  #network: Network
  #server: ServerSocket
  #host: Host
  #on: { data: (data: string) => void; close: (code: number, reason: string) => void }
  #latest = 0
  isOpen = true
  /** How much later (ms) than others it hears. */
  lag = 0

  constructor(
    network: Network,
    place: string,
    ends: { client: Process | undefined; server: ServerSocket; host: Host },
    on: { data: (data: string) => void; close: (code: number, reason: string) => void },
  ) {
    this.#network = network
    this.place = place
    this.client = ends.client
    this.#server = ends.server
    this.#host = ends.host
    this.#on = on
    network.lines.add(this)
  }

  /** To the client. What is sent while nobody is reached is gone, and the line with it. */
  deliver(data: string): void {
    if (!this.isOpen) return
    if (this.#network.apart.has(this.place)) return this.break()
    this.#later(() => this.#on.data(data))
  }

  /** The server has closed it. */
  closeFromServer(code: number, reason: string): void {
    if (!this.isOpen) return
    this.#later(() => this.#on.close(code, reason))
    this.#over()
  }

  closeFromClient(code: number): void {
    if (!this.isOpen) return
    this.#over()
    this.#network.world.after(this.#network.delay(), () => this.#tellServer(code), null)
  }

  ping(): void {
    const { world, apart } = this.#network
    if (!this.isOpen || apart.has(this.place)) return
    this.#server.pinged = world.as(this.#host.process, () => Date.now())
    this.#later(() => this.#on.data('pong'))
  }

  /** Breaks without a word: the client may hear of it at once, or only by hearing nothing. */
  break(): void {
    if (!this.isOpen) return
    this.#network.figures.dropped++
    this.#over()
    const { world, chance, delay } = { ...this.#network, delay: () => this.#network.delay() }
    if (chance.next() < 0.7) world.after(delay(), () => this.#on.close(1006, ''), this.client)
    world.after(chance.gap(5_000), () => this.#tellServer(1006), null)
  }

  /** The server has died: its end is gone as well. */
  lose(): void {
    if (!this.isOpen) return
    this.#over()
    this.#network.world.after(this.#network.delay(), () => this.#on.close(1006, ''), this.client)
  }

  #tellServer(code: number): void {
    const { process } = this.#host
    if (process.alive) this.#network.world.as(process, () => this.#host.gone(this.#server, code))
  }

  #over(): void {
    this.isOpen = false
    this.#network.lines.delete(this)
  }

  #later(step: () => void): void {
    const { world } = this.#network
    this.#latest = Math.max(this.#latest, world.now + this.#network.delay() + this.lag)
    const { client } = this
    world.after(this.#latest - world.now, () => step(), client)
  }
}
