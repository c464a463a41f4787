import type { Client } from '../client/client.ts'
import { Socket, type SocketStatus } from '../client/socket.ts'
import type { SessionId } from '../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, type TerminalFrame, terminalKinds } from '../protocol/terminal.ts'
import { readFinalScreen } from './final-screen.ts'
import { type Exit, findHolder, type HolderClient, type Snapshot } from './holder-client.ts'
import { type Log, sentenceOf } from './log.ts'

/** What a terminal needs to know of the rest. */
export type Surroundings = {
  mayType: () => boolean
  /** Since when the session waits for a person, if it does. */
  waitingSince: (session: SessionId) => number | undefined
  /** Somebody typed an answer to what had been asked since then, and the program went on. */
  answered: (session: SessionId, since: number) => void
  /** The folder of a session that is or was held here. */
  dirOf: (session: SessionId) => string | undefined
  log: Log
}

/** More than this waiting on the way to the relay, and the program's output is left with its holder… */
const MOST_WAITING = 1_000_000
/** …until it is down to this. */
const EASED = 100_000
const LOOK_MS = 20
/** Somebody watches a terminal that is not open yet. */
const NOT_YET_MS = 100
const LARGEST_SIZE = 500

const ENTER = [0x0d, 0x0a]
const ESC = 0x1b

/**
 * One terminal on its way to those who watch it. It has a line of its own to the holder, so that a slow viewer holds up
 * nothing but pictures. Whoever joins gets the screen first, and output goes on exactly from there for everybody:
 * a viewer skips what lies before its own place.
 */
export class TerminalSource {
  #session: SessionId
  #around: Surroundings
  #socket: Socket
  #holder: HolderClient | undefined
  #size = { cols: 0, rows: 0 }
  /** Up to where the viewers have been told; undefined before the first has the screen. */
  #told: number | undefined
  #viewers = new Set<number>()
  #joining = new Set<number>()
  #isGreeting = false
  #stopped = false
  #hasRefused = false
  #pauses: NodeJS.Timeout | undefined
  /** What was typed, and the size that was wanted, before the holder was reached. */
  #early: Uint8Array[] = []
  #wanted: { cols: number; rows: number } | undefined
  /** What the program had asked when somebody typed something that may answer it. */
  #answering: number | undefined

  constructor(client: Client, session: SessionId, around: Surroundings) {
    this.#session = session
    this.#around = around
    this.#socket = new Socket(client, () => `/sessions/${session}/terminal`, session, {
      message: (data) => this.#hear(data),
      status: (status) => this.#status(status),
    })
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    this.#stopped = true
    this.#leave()
    this.#socket.stop()
  }

  #status({ state }: SocketStatus): void {
    if (state === 'open' || this.#stopped) return
    this.#leave() // the relay says who watches when it is back
  }

  #leave(): void {
    this.#viewers.clear()
    this.#joining.clear()
    this.#forgetTyped()
    clearInterval(this.#pauses)
    this.#pauses = undefined
    const holder = this.#holder
    this.#holder = undefined
    holder?.close()
  }

  #hear(data: string | Uint8Array): void {
    const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
    if (frame?.kind === terminalKinds.join) {
      this.#joining.add(frame.viewer)
      void this.#greet()
    }
    if (!this.#around.mayType()) return this.#refuse(frame) // the relay refuses too, and does not decide alone
    if (frame?.sealed) return this.#refuseSealed()
    if (frame?.kind === terminalKinds.input) this.#type(frame.bytes)
    if (frame?.kind === terminalKinds.resize) this.#resize(frame)
  }

  /** Tells whoever has control that nothing they type gets anywhere. */
  #refuse(frame: TerminalFrame | undefined): void {
    if (frame?.kind !== terminalKinds.input && frame?.kind !== terminalKinds.resize) return
    this.#socket.send(encodeTerminal({ kind: terminalKinds.yield }))
  }

  /** Ciphertext, for a daemon that has the key: to a program it would be keys like any others. */
  #refuseSealed(): void {
    if (this.#hasRefused) return
    this.#hasRefused = true
    this.#around.log('warn', 'typing was refused: it is encrypted, and this version cannot read that', {
      session: this.#session,
    })
  }

  #type(bytes: Uint8Array): void {
    if (this.#holder) this.#holder.write(bytes)
    else if (!this.#keep(bytes)) return void this.#socket.send(encodeTerminal({ kind: terminalKinds.yield }))
    if (mayAnswer(bytes)) this.#answering = this.#around.waitingSince(this.#session)
  }

  /** What is typed before the holder is reached; answers whether there is room for it. */
  #keep(bytes: Uint8Array): boolean {
    const kept = this.#early.reduce((sum, one) => sum + one.length, 0)
    if (kept + bytes.length > MOST_WAITING) return false
    this.#early.push(bytes)
    return true
  }

  #resize({ cols, rows }: TerminalFrame): void {
    if (cols <= 0 || rows <= 0) return
    const wanted = { cols: Math.min(cols, LARGEST_SIZE), rows: Math.min(rows, LARGEST_SIZE) }
    if (this.#holder) this.#holder.resize(wanted.cols, wanted.rows)
    else this.#wanted = wanted
  }

  #catchUp(holder: HolderClient): void {
    if (this.#wanted) holder.resize(this.#wanted.cols, this.#wanted.rows)
    for (const bytes of this.#early) holder.write(bytes)
    this.#forgetTyped()
  }

  #forgetTyped(): void {
    this.#early = []
    this.#wanted = undefined
  }

  /** Shows the screen to all who have joined, one after the other, however many come meanwhile. */
  async #greet(): Promise<void> {
    if (this.#isGreeting) return
    this.#isGreeting = true
    try {
      while (this.#joining.size > 0 && !this.#stopped) await this.#showAll()
    } catch (error) {
      this.#around.log('warn', `a terminal could not be shown: ${sentenceOf(error)}`, { session: this.#session })
      this.#socket.again() // the relay then says again who waits
    }
    this.#isGreeting = false
  }

  async #showAll(): Promise<void> {
    const holder = await this.#reach()
    if (!holder) return this.#showFinal()
    holder.detach() // output must not run ahead of the snapshot
    const snapshot = await holder.snapshot()
    if (holder !== this.#holder) return
    this.#show(snapshot, this.#joining)
    this.#joining.clear()
    if (this.#told === undefined) this.#goOn(snapshot)
    // Those who were here before need not have had all that the snapshot has.
    holder.attach(Math.min(snapshot.offset, this.#told ?? snapshot.offset))
    if (holder.hello.exit) this.#exit(holder.hello.exit)
  }

  async #showFinal(): Promise<void> {
    const dir = this.#around.dirOf(this.#session)
    const final = dir ? readFinalScreen(dir) : undefined
    if (!final) return new Promise((resolve) => setTimeout(resolve, NOT_YET_MS))
    this.#show(final.snapshot, this.#joining)
    this.#goOn(final.snapshot)
    this.#joining.clear()
    this.#exit(final.exit)
  }

  async #reach(): Promise<HolderClient | undefined> {
    if (this.#holder) return this.#holder
    const dir = this.#around.dirOf(this.#session)
    const holder = dir ? await findHolder(dir) : undefined
    if (!holder) return undefined
    if (this.#stopped || this.#joining.size === 0) return void holder.close()
    this.#holder = holder
    this.#told = undefined
    this.#size = { cols: holder.hello.cols, rows: holder.hello.rows }
    holder.onOutput(({ offset, bytes }) => this.#output(holder, offset, bytes))
    holder.onGap((snapshot) => {
      this.#show(snapshot, this.#viewers)
      this.#goOn(snapshot)
    })
    holder.onResized(({ cols, rows, offset }) => this.#resized(cols, rows, offset))
    if (!holder.hello.exit) holder.onExit((exit) => this.#exit(exit))
    holder.onClose(() => {
      if (this.#holder === holder) this.#holder = undefined
    })
    this.#catchUp(holder)
    return holder
  }

  #show({ offset, cols, rows, data }: Snapshot, viewers: Iterable<number>): void {
    const bytes = Buffer.from(data)
    for (const viewer of [...viewers]) {
      this.#socket.send(encodeTerminal({ kind: terminalKinds.snapshot, viewer, offset, cols, rows, bytes }))
      this.#viewers.add(viewer)
    }
  }

  /** What comes next goes on from this screen, at its size. */
  #goOn({ offset, cols, rows }: Snapshot): void {
    this.#told = offset
    this.#size = { cols, rows }
  }

  #output(holder: HolderClient, offset: number, bytes: Uint8Array): void {
    this.#socket.send(encodeTerminal({ kind: terminalKinds.output, offset, ...this.#size, bytes }))
    this.#told = offset + bytes.length
    if (this.#answering !== undefined) {
      this.#around.answered(this.#session, this.#answering)
      this.#answering = undefined
    }
    if (!this.#pauses && this.#socket.waiting > MOST_WAITING) this.#pause(holder)
  }

  #pause(holder: HolderClient): void {
    holder.pause()
    this.#pauses = setInterval(() => {
      if (this.#socket.waiting > EASED) return
      clearInterval(this.#pauses)
      this.#pauses = undefined
      holder.resume()
    }, LOOK_MS)
  }

  /** All viewers follow the one in control; an output frame without output tells them. */
  #resized(cols: number, rows: number, offset: number): void {
    this.#size = { cols, rows }
    this.#socket.send(encodeTerminal({ kind: terminalKinds.output, offset, cols, rows }))
  }

  #exit({ code, signal, offset }: Exit): void {
    const bytes = Buffer.from(JSON.stringify({ code, signal }))
    this.#socket.send(encodeTerminal({ kind: terminalKinds.exit, offset, ...this.#size, bytes }))
  }
}

/** Enter, Esc by itself, or a digit: what answers a question in a terminal. */
function mayAnswer(bytes: Uint8Array): boolean {
  const isDigit = bytes.length === 1 && bytes[0]! >= 0x30 && bytes[0]! <= 0x39
  return isDigit || (bytes.length === 1 && bytes[0] === ESC) || ENTER.some((byte) => bytes.includes(byte))
}
