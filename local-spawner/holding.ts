import type { Socket } from 'node:net'
import { join } from 'node:path'
import { Connection, type Held } from './holder-connection.ts'
import { EXIT, type Launch, writeJson } from './holder-files.ts'
import { type Exit, type Hello, type Snapshot, VERSION } from './holder-wire.ts'
import { endTree } from './process-tree.ts'
import { type Ended, Pty } from './pty.ts'
import { Ring } from './ring.ts'
import { Screen } from './screen.ts'
import { unfinished } from './unfinished.ts'

const RING = 1024 * 1024
/** A smaller ring could turn once while a snapshot is made. */
const SMALLEST_RING = 64 * 1024
/** Lines above the screen that a snapshot brings, unless it asks for more or fewer. */
const SCROLLBACK = 1_000
/** What a program leaves running when it ends gets this long, in ms. */
const GRACE = 5_000

/** One program in its terminal: its output, its screen, how it ended, and who listens. */
export class Holding implements Held {
  readonly startedAt = Date.now()
  readonly ring: Ring
  exit: Exit | undefined
  #launch: Launch
  #dir: string
  #screen: Screen
  #pty: Pty | undefined
  #connections = new Set<Connection>()
  #size: { cols: number; rows: number }
  #paused: NodeJS.Timeout | undefined
  #endings: Promise<unknown>[] = []
  #over = Promise.withResolvers<void>()
  #released = Promise.withResolvers<void>()

  constructor(launch: Launch, dir: string) {
    this.#launch = launch
    this.#dir = dir
    this.#size = { cols: launch.cols, rows: launch.rows }
    this.ring = new Ring(Math.max(SMALLEST_RING, launch.ringBytes ?? RING))
    this.#screen = new Screen(this.#size, (answer) => this.#pty?.write(answer))
  }

  /** Starts the program and gives its pid. */
  async start(): Promise<number> {
    const { file, args, cwd, env, session } = this.#launch
    const program = {
      file,
      args,
      cwd,
      env: { COLORTERM: 'truecolor', ...env, MAESTRO_SESSION_ID: session },
      ...this.#size,
    }
    this.#pty = await Pty.open(program, { output: (bytes) => this.#output(bytes), ended: (how) => this.#ended(how) })
    return this.#pty.pid
  }

  /** Resolves when the program and all it started are gone. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** Resolves when a client wants no more of it, after the program's end. */
  get released(): Promise<void> {
    return this.#released.promise
  }

  get hasClients(): boolean {
    return this.#connections.size > 0
  }

  connect(socket: Socket) {
    const connection = new Connection(socket, this)
    this.#connections.add(connection)
    socket.on('close', () => {
      this.#connections.delete(connection)
      this.eased()
    })
  }

  disconnect() {
    for (const connection of this.#connections) connection.close()
  }

  hello(version: number): Hello {
    const { ring, startedAt, exit } = this
    const { session } = this.#launch
    const mine = {
      version: Math.min(version, VERSION),
      session,
      pid: process.pid,
      childPid: this.#pty?.pid ?? 0,
      ...this.#size,
    }
    return { ...mine, floor: ring.floor, offset: ring.head, startedAt, ...(exit && { exit }) }
  }

  async snapshot(scrollback = SCROLLBACK): Promise<Snapshot> {
    const { ring } = this
    const offset = ring.head - unfinished(ring.read(ring.floor))
    return { offset, ...(await this.#screen.snapshot(scrollback)) }
  }

  input(bytes: Uint8Array) {
    if (this.#pty?.write(bytes) === false)
      console.error(`${bytes.length} bytes of input dropped: the program does not read`)
  }

  resize(cols: number, rows: number) {
    if (this.exit || (cols === this.#size.cols && rows === this.#size.rows)) return
    this.#size = { cols, rows }
    this.#pty?.resize(cols, rows)
    this.#screen.resize(cols, rows)
    for (const connection of this.#connections)
      connection.resized({ type: 'resized', offset: this.ring.head, cols, rows })
  }

  end(grace: number) {
    if (!this.exit) this.#endTree(grace)
  }

  release() {
    if (this.exit) this.#released.resolve()
  }

  /** Lets the program write only as fast as the terminal and the slowest client read; a client that is stuck is not waited for. */
  eased() {
    const lag = Math.max(0, ...[...this.#connections].map((connection) => connection.lag))
    const behind = Math.max(lag, this.#screen.unread * 2) // the terminal's parser is given half as much
    const { capacity } = this.ring
    if (!this.#paused && behind > capacity / 2) this.#pause()
    else if (this.#paused && behind <= capacity / 8) this.#resume()
  }

  #pause() {
    this.#pty?.pause()
    this.#paused = setInterval(() => this.eased(), 500) // that a client is stuck is told by nothing but time
  }

  #resume() {
    clearInterval(this.#paused)
    this.#paused = undefined
    this.#pty?.resume()
  }

  #output(bytes: Buffer) {
    this.ring.push(bytes)
    for (const connection of this.#connections) connection.wake()
    this.#screen.write(bytes, () => this.eased())
    this.eased()
  }

  #ended(how: Ended) {
    clearInterval(this.#paused)
    this.exit = { ...how, at: Date.now(), offset: this.ring.head }
    this.#keep(this.exit)
    for (const connection of this.#connections) connection.wake()
    this.#endTree(GRACE)
    void Promise.allSettled(this.#endings).then(() => this.#over.resolve())
  }

  /** A full disk, or a folder that is gone, must not keep what the program left running alive. */
  #keep(exit: Exit) {
    try {
      writeJson(join(this.#dir, EXIT), exit)
    } catch (error) {
      console.error('How the program ended could not be kept:', error)
    }
  }

  #endTree(grace: number) {
    const pid = this.#pty?.pid
    if (!pid) return
    const ending = endTree({ pid, mark: `MAESTRO_SESSION_ID=${this.#launch.session}` }, grace)
    this.#endings.push(
      ending.then((left) => left.length > 0 && console.error(`Processes ${left.join(', ')} cannot be ended`)),
    )
  }
}
