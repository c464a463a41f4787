import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { type Launch, LOG, liveHolder } from './holder-files.ts'
import { startHolder } from './holder-start.ts'
import {
  type Exit,
  encode,
  FrameReader,
  type FromHolder,
  type Hello,
  type Output,
  type Size,
  type Snapshot,
  type ToHolder,
  VERSION,
} from './holder-wire.ts'

export type { Exit, Hello, Output, Size, Snapshot } from './holder-wire.ts'

/** A snapshot is the longest thing a holder sends, and it bounds it well below this. */
const LONGEST_ANSWER = 64 * 1024 * 1024
/** Input in one frame. */
const PIECE = 64 * 1024

/** A holder that is on its way out is there a little longer than its socket. */
const LEAVING = 2_000
/** A holder says hello within ms; one that is stopped never does. */
const HELLO = 5_000

type Stop = () => void

/**
 * Starts a holder for the session in `dir` (absolute, 0700), in a session of its own so that it outlives this process, and connects.
 * `holderEntry` is holder.js, or holder.ts when run from source. Rejects with the end of its log when it does not come up.
 */
export async function openHolder(dir: string, launch: Launch, holderEntry: string): Promise<HolderClient> {
  if (liveHolder(dir)) throw new Error(`Session ${launch.session} is running already, in ${dir}`)
  await startHolder(dir, launch, holderEntry)
  const client = await findHolder(dir)
  if (!client) throw new Error(`The holder of session ${launch.session} ended at once; ${join(dir, LOG)} may say why`)
  return client
}

/** Connects to the holder of the session in `dir`; undefined when none lives. Rejects when one lives but does not answer. */
export async function findHolder(dir: string): Promise<HolderClient | undefined> {
  for (const until = performance.now() + LEAVING; ; await after(50)) {
    const found = liveHolder(dir)
    if (!found) return undefined
    const failure = await HolderClient.connect(found.socket).catch((error: Error) => error)
    if (failure instanceof HolderClient) return failure
    if (performance.now() > until)
      throw new Error(`The holder of ${dir}, process ${found.pid}, does not answer`, { cause: failure })
  }
}

/** A connection to the holder of one session. Closing it leaves the program running. */
export class HolderClient {
  readonly hello: Hello
  #socket: Socket
  #output = new Set<(output: Output) => void>()
  #gap = new Set<(snapshot: Snapshot) => void>()
  #resized = new Set<(size: Size & { offset: number }) => void>()
  #exit: Exit | undefined
  #exited = Promise.withResolvers<Exit>()
  /** Up to where output has come; everything, as far as the exit is concerned, while nothing was asked for. */
  #reached = Number.POSITIVE_INFINITY
  #closed = Promise.withResolvers<void>()
  #snapshots = new Map<number, { resolve(snapshot: Snapshot): void; reject(error: Error): void }>()
  #lastId = 0

  /** Connects to a holder's socket. Rejects when nobody listens there, or it is no holder. */
  static async connect(path: string): Promise<HolderClient> {
    const socket = createConnection(path)
    await once(socket, 'connect')
    const { promise, resolve, reject } = Promise.withResolvers<HolderClient>()
    const reader = new FrameReader(LONGEST_ANSWER)
    let client: HolderClient | undefined
    socket.on('data', (chunk: Buffer) => {
      for (const frame of readFrames(reader, chunk, socket)) {
        if (client) client.#hear(frame)
        else if (frame.type === 'hello') client = new HolderClient(socket, frame)
        if (client) resolve(client)
      }
    })
    socket.on('error', reject)
    const timer = setTimeout(() => socket.destroy(new Error(`No hello within ${HELLO} ms`)), HELLO)
    void promise.finally(() => clearTimeout(timer)).catch(() => {}) // whoever called hears of it
    socket.on('close', () => reject(new Error('The holder closed the connection before it said hello')))
    socket.write(encode({ type: 'hello', version: VERSION }))
    return promise
  }

  private constructor(socket: Socket, hello: Hello) {
    this.#socket = socket
    this.hello = hello
    if (hello.exit) this.#learn(hello.exit)
    socket.on('close', () => this.#left())
  }

  /** Output since `attach`, in order and without a gap but for those that `onGap` tells. */
  onOutput(listener: (output: Output) => void): Stop {
    return added(this.#output, listener)
  }

  /** Output was lost to this client: `snapshot` is the screen from which it now goes on. */
  onGap(listener: (snapshot: Snapshot) => void): Stop {
    return added(this.#gap, listener)
  }

  /** The terminal's size was changed, by this client or another. */
  onResized(listener: (size: Size & { offset: number }) => void): Stop {
    return added(this.#resized, listener)
  }

  /** Also told when it had ended before. Who attaches gets all output first. */
  onExit(listener: (exit: Exit) => void): Stop {
    return whenKnown(this.#exited.promise, listener)
  }

  /** The connection is gone: closed here, or the holder has ended. */
  onClose(listener: () => void): Stop {
    return whenKnown(this.#closed.promise, listener)
  }

  /** Streams output from the offset `from`, or from now on. */
  attach(from?: number) {
    this.#reach(from ?? Number.POSITIVE_INFINITY)
    this.#send({ type: 'attach', ...(from !== undefined && { from }) })
  }

  detach() {
    this.#reach(Number.POSITIVE_INFINITY)
    this.#send({ type: 'detach' })
  }

  /** The present screen with at most `scrollback` lines above it (1,000 unless said). */
  snapshot(scrollback?: number): Promise<Snapshot> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(gone())
      this.#snapshots.set(id, { resolve, reject })
      this.#send({ type: 'snapshot', id, ...(scrollback !== undefined && { scrollback }) })
    })
  }

  /** Types into the terminal. */
  write(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += PIECE)
      this.#send({ type: 'input', bytes: bytes.subarray(at, at + PIECE) })
  }

  resize(cols: number, rows: number) {
    this.#send({ type: 'resize', cols, rows })
  }

  /** Ends the program and all it started: asks, and after `grace` ms kills. `onExit` tells when it has. */
  end(grace = 5_000) {
    this.#send({ type: 'end', grace })
  }

  /** Says that the final screen is not needed any more; the holder goes. Does nothing while the program runs. */
  release() {
    this.#send({ type: 'release' })
  }

  /** Stops reading, so that a program that floods is slowed down (for 5 s; then it goes on, and `onGap` will tell). */
  pause() {
    this.#socket.pause()
  }

  resume() {
    this.#socket.resume()
  }

  /** What was asked for before is still sent. */
  close() {
    this.#socket.destroySoon()
  }

  #send(frame: ToHolder) {
    if (!this.#socket.destroyed) this.#socket.write(encode(frame))
  }

  #hear(frame: FromHolder) {
    switch (frame.type) {
      case 'output':
        tell(this.#output, { offset: frame.offset, bytes: frame.bytes })
        return this.#reach(frame.offset + frame.bytes.length)
      case 'screen':
        return this.#screen(frame)
      case 'resized':
        return tell(this.#resized, { offset: frame.offset, cols: frame.cols, rows: frame.rows })
      case 'exit': {
        const { type: _, ...exit } = frame
        return this.#learn(exit)
      }
      default: // 'gap': the screen that follows it says more
        return
    }
  }

  #screen({ id, offset, cols, rows, data }: { id: number } & Snapshot) {
    const snapshot = { offset, cols, rows, data }
    if (id === 0) {
      tell(this.#gap, snapshot)
      return this.#reach(offset)
    }
    this.#snapshots.get(id)?.resolve(snapshot)
    this.#snapshots.delete(id)
  }

  /** It may have ended before we came: whoever has just got this client can still attach first. */
  #learn(exit: Exit) {
    setImmediate(() => {
      this.#exit = exit
      this.#reach(this.#reached)
    })
  }

  #reach(offset: number) {
    this.#reached = offset
    if (this.#exit && offset >= this.#exit.offset) this.#exited.resolve(this.#exit)
  }

  #left() {
    this.#reach(Number.POSITIVE_INFINITY)
    for (const { reject } of this.#snapshots.values()) reject(gone())
    this.#snapshots.clear()
    this.#closed.resolve()
  }
}

function readFrames(reader: FrameReader, chunk: Buffer, socket: Socket): FromHolder[] {
  try {
    return reader.push(chunk) as FromHolder[] // one meant for a holder matches no case
  } catch (error) {
    socket.destroy(error as Error) // FrameReader throws nothing else
    return []
  }
}

const gone = () => new Error('The holder is gone: the connection to it is closed')

function added<T>(listeners: Set<T>, listener: T): Stop {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function tell<T>(listeners: Set<(value: T) => void>, value: T) {
  for (const listener of listeners) listener(value)
}

function whenKnown<T>(happened: Promise<T>, listener: (value: T) => void): Stop {
  let isWanted = true
  void happened.then((value) => isWanted && listener(value))
  return () => {
    isWanted = false
  }
}
