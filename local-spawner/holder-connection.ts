import type { Socket } from 'node:net'
import {
  type Exit,
  encode,
  FrameReader,
  type FromHolder,
  type Hello,
  type Snapshot,
  type ToHolder,
} from './holder-wire.ts'
import { Pace } from './pace.ts'
import type { Ring } from './ring.ts'

/** What a connection may ask of the session it serves. */
export type Held = {
  readonly ring: Ring
  readonly exit: Exit | undefined
  hello(version: number): Hello
  snapshot(scrollback?: number): Promise<Snapshot>
  input(bytes: Uint8Array): void
  resize(cols: number, rows: number): void
  end(grace: number): void
  release(): void
  /** Somebody took output or went away: perhaps the program may go on writing. */
  eased(): void
}

type Resized = Extract<FromHolder, { type: 'resized' }>

/** Output in one frame. */
const FRAME = 64 * 1024
/** What may wait in one socket. The rest waits in the ring, which is there anyway. */
const SOCKET = 256 * 1024
/** A client that takes nothing for so long is not waited for: it gets a gap and a snapshot when it reads again. */
const STALLED = 5_000
/** No request is longer; a client cuts its input into pieces. */
const LONGEST_REQUEST = 1024 * 1024

/** One client of a holder. Output goes from the ring to its socket as fast as it reads, and no faster. */
export class Connection {
  #socket: Socket
  #held: Held
  #reader = new FrameReader(LONGEST_REQUEST)
  #pace = new Pace()
  #timer: NodeJS.Timeout | undefined
  #isGreeted = false
  /** The offset of the next byte to send; undefined while detached. */
  #next: number | undefined
  /** Which attachment this is: a snapshot made for an earlier one is not sent. */
  #attachment = 0
  #isResyncing = false
  #hasExit = false
  #movedAt = 0
  /** Sizes the terminal has had since what was sent last, in order. */
  #sizes: Resized[] = []
  /** It has asked for the screen, to go on from there. */
  #isComing = false

  constructor(socket: Socket, held: Held) {
    this.#socket = socket
    this.#held = held
    socket.on('data', (chunk: Buffer) => this.#hear(chunk))
    socket.on('drain', () => this.#drained())
    socket.on('error', () => socket.destroy()) // it went away, which 'close' tells
    socket.on('close', () => this.#left())
  }

  /** How many bytes it is behind; 0 when nobody should wait for it. */
  get lag(): number {
    const isStalled = this.#socket.writableLength > 0 && performance.now() - this.#movedAt > STALLED
    return this.#next === undefined || isStalled ? 0 : this.#held.ring.head - this.#next
  }

  /** There is new output, or the program has ended. */
  wake() {
    if (this.#held.exit) return this.#pump()
    if (this.#next === undefined || this.#timer) return
    const wait = this.#pace.wait(this.#held.ring.head - this.#next, performance.now())
    if (wait === 0) this.#pump()
    else this.#timer = setTimeout(() => this.#tick(), wait)
  }

  /** The size changed. Output from before comes first, or it would be drawn at the new one. */
  resized(frame: Resized) {
    this.#sizes.push(frame)
    if (this.#next === undefined && !this.#isComing) this.#sendSizes(frame.offset)
    else this.#pump()
  }

  send(frame: FromHolder) {
    if (this.#isGreeted && !this.#socket.destroyed) this.#write(frame)
  }

  /** Closes once what was sent is read, or soon after. */
  close() {
    this.#socket.end()
    this.#socket.setTimeout(1_000, () => this.#socket.destroy())
  }

  #hear(chunk: Buffer) {
    try {
      for (const frame of this.#reader.push(chunk)) this.#obey(frame as ToHolder) // a frame for clients matches no case below
    } catch (error) {
      console.error('A client was closed:', error instanceof Error ? error.message : error)
      this.#socket.destroy()
    }
  }

  #obey(frame: ToHolder) {
    if (frame.type === 'hello') return this.#greet(whole(frame.version, 1))
    if (!this.#isGreeted) throw new Error(`It began with ${frame.type}, not with hello`)
    switch (frame.type) {
      case 'attach':
        return this.#attach(frame.from === undefined ? this.#held.ring.head : whole(frame.from, 0))
      case 'detach':
        return this.#detach()
      case 'snapshot':
        return void this.#answer(
          whole(frame.id, 1),
          frame.scrollback === undefined ? undefined : whole(frame.scrollback, 0),
        )
      case 'input':
        return this.#held.input(frame.bytes)
      case 'resize':
        return this.#held.resize(whole(frame.cols, 1, 1_000), whole(frame.rows, 1, 1_000))
      case 'end':
        return this.#held.end(whole(frame.grace, 0, 600_000))
      case 'release':
        return this.#held.release()
    }
  }

  #greet(version: number) {
    this.#isGreeted = true
    this.send({ type: 'hello', ...this.#held.hello(version) })
    this.wake()
  }

  #attach(from: number) {
    this.#attachment++
    this.#isResyncing = false
    this.#isComing = false
    this.#next = from
    this.#movedAt = performance.now()
    this.#pump()
  }

  #detach() {
    this.#attachment++
    this.#next = undefined
    this.#isComing = false
    this.#held.eased()
  }

  async #answer(id: number, scrollback: number | undefined) {
    this.#isComing ||= this.#next === undefined
    this.send({ type: 'screen', id, ...(await this.#held.snapshot(scrollback)) })
  }

  #tick() {
    this.#timer = undefined
    // What has waited for its window goes out in one piece, so it never waits twice.
    if (this.#next !== undefined) this.#pace.wait(this.#held.ring.head - this.#next, performance.now())
    this.#pump()
  }

  #pump() {
    const { ring, exit } = this.#held
    if (this.#next !== undefined && !this.#isResyncing) {
      if (this.#next < ring.floor || this.#next > ring.head) return void this.#resync()
      while (this.#next < ring.head && this.#socket.writableLength < SOCKET) this.#sendFrom(this.#next)
      this.#sendSizes(this.#next)
    }
    const hasAll = this.#next === undefined || this.#next === ring.head
    if (exit && hasAll && !this.#hasExit && this.#isGreeted) {
      this.#hasExit = true
      this.send({ type: 'exit', ...exit })
    }
  }

  #sendFrom(offset: number) {
    this.#sendSizes(offset)
    const until = this.#sizes[0]?.offset ?? Number.POSITIVE_INFINITY
    const bytes = this.#held.ring.read(offset, Math.min(FRAME, until - offset))
    this.#next = offset + bytes.length
    this.send({ type: 'output', offset, bytes })
  }

  /** Those that hold from `offset` or earlier. */
  #sendSizes(offset: number) {
    while (this.#sizes[0] && this.#sizes[0].offset <= offset) this.send(this.#sizes.shift()!) // there is one
  }

  /** It asks for bytes that are gone, so it gets the screen instead, as soon as it reads at all. */
  async #resync() {
    if (this.#socket.writableLength > 0) return
    this.#isResyncing = true
    const attachment = this.#attachment
    const from = this.#next ?? 0
    this.#sizes = [] // the screen has them
    const snapshot = await this.#held.snapshot()
    if (attachment !== this.#attachment) return
    this.#isResyncing = false
    this.send({ type: 'gap', from, to: snapshot.offset })
    this.send({ type: 'screen', id: 0, ...snapshot })
    this.#next = snapshot.offset
    this.#pump()
  }

  #write(frame: FromHolder) {
    if (this.#socket.write(encode(frame))) this.#movedAt = performance.now()
  }

  #drained() {
    this.#movedAt = performance.now()
    this.#pump()
    this.#held.eased()
  }

  #left() {
    clearTimeout(this.#timer)
    this.#detach()
  }
}

function whole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value)
  throw new Error(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}`)
}
