import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import type { IPty } from '@lydell/node-pty'

export type Program = {
  /** Absolute: nothing looks it up, and no shell reads it. */
  file: string
  args: string[]
  cwd: string
  env: Record<string, string>
  cols: number
  rows: number
}

export type Ended = { code: number | null; signal: string | null }
export type Told = { output(bytes: Buffer): void; ended(how: Ended): void }

/** Input that waits for a program that does not read. More is refused, so that a paste cannot fill the memory. */
const MOST_INPUT = 4 * 1024 * 1024
/** After the program's end its output is over when nothing came for so long: a child of its may hold the terminal open for ever. */
const QUIET = 100

/** node-pty's socket, which its types do not show. */
type Master = IPty & { readonly fd: number; readonly _socket: { destroy(error?: Error): unknown } }

/** A program in a terminal of its own. Output and input are bytes as they are. */
export class Pty {
  #pty: Master
  #isOpen = true
  #isPaused = false
  #heardAt = 0
  #input: Uint8Array[] = []
  #waiting = 0
  #retry: NodeJS.Timeout | undefined

  static async open(program: Program, told: Told): Promise<Pty> {
    const { spawn } = await import('@lydell/node-pty').catch((cause: unknown) => {
      throw new Error(
        `No terminal can be opened: @lydell/node-pty has no build for ${process.platform}-${process.arch} here.`,
        { cause },
      )
    })
    const { file, args, ...rest } = program
    const pty = spawn(file, args, { ...rest, name: 'xterm-256color', encoding: null })
    return new Pty(pty as Master, told) // `_socket` and `fd` are there in node-pty 1.1 on Unix
  }

  private constructor(pty: Master, told: Told) {
    this.#pty = pty
    this.#readToTheEnd()
    pty.onData((data) => {
      this.#heardAt = performance.now()
      told.output(data as unknown as Buffer) // with no encoding set, node-pty gives bytes
    })
    pty.onExit(({ exitCode, signal }) => {
      this.#close()
      told.ended(signal ? { code: null, signal: signalName(signal) } : { code: exitCode, signal: null })
    })
  }

  get pid(): number {
    return this.#pty.pid
  }

  /** Stops reading what the program writes: it waits in its next write. */
  pause() {
    this.#isPaused = true
    this.#pty.pause()
  }

  resume() {
    this.#isPaused = false
    this.#heardAt = performance.now()
    this.#pty.resume()
  }

  resize(cols: number, rows: number) {
    if (this.#isOpen) this.#pty.resize(cols, rows)
  }

  /** False when the program has left so much input unread that this was refused. */
  write(bytes: Uint8Array): boolean {
    if (!this.#isOpen) return true
    if (this.#waiting + bytes.length > MOST_INPUT) return false
    this.#input.push(bytes)
    this.#waiting += bytes.length
    if (!this.#retry) this.#flush(1)
    return true
  }

  /** Not node-pty's own write: libuv writes to a terminal in a loop that never yields while the program does not read. */
  #flush(delay: number) {
    this.#retry = undefined
    while (this.#input.length > 0) {
      const first = this.#input[0]!
      const written = this.#writeSome(first)
      this.#waiting -= written
      if (written === first.length) this.#input.shift()
      else {
        this.#input[0] = first.subarray(written)
        const next = written > 0 ? 1 : Math.min(delay * 2, 64)
        this.#retry = setTimeout(() => this.#flush(next), next)
        return
      }
    }
  }

  #writeSome(bytes: Uint8Array): number {
    if (!this.#isOpen) return bytes.length
    try {
      return writeSync(this.#pty.fd, bytes)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException // writeSync throws nothing else
      if (code === 'EAGAIN') return 0
      if (code === 'EIO') return bytes.length // the program is gone, and its end is on the way
      throw error
    }
  }

  /**
   * 200 ms after the program's end node-pty destroys the socket, read or not: with reading paused, or this process busy, the
   * program's last words would be lost. So destroying waits until they are read.
   */
  #readToTheEnd() {
    const socket = this.#pty._socket
    const destroy = socket.destroy.bind(socket)
    const closed = (error?: Error) => {
      this.#close()
      return destroy(error)
    }
    const look = () => {
      const heardAt = this.#heardAt
      // After this turn's reading: a busy loop makes silence of output that is already there.
      setImmediate(() => {
        const isQuiet = !this.#isPaused && this.#heardAt === heardAt && performance.now() - heardAt >= QUIET
        if (isQuiet) closed()
        else setTimeout(look, QUIET)
      })
    }
    socket.destroy = (error) => {
      if (error) return closed(error)
      look()
      return socket
    }
  }

  #close() {
    this.#isOpen = false
    clearTimeout(this.#retry)
    this.#input = []
    this.#waiting = 0
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
}
