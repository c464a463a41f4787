import type { SessionId } from '../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, type TerminalFrame, terminalKinds } from '../protocol/terminal.ts'
import type { Client } from './client.ts'
import { Socket, type SocketStatus } from './socket.ts'

/**
 * Who watches a terminal: viewers have numbers, `controller` types, whose key is named `by` and may be your `own`, with `source`
 * its machine shows it, with `frozen` nobody may type, as a freeze took control or kept it, and with `refused` its machine has
 * said that it types for nobody. An older relay names nobody.
 */
export type Presence = {
  controller: number | null
  you: number
  viewers: number
  source: boolean
  by?: string | null
  own?: boolean
  frozen?: boolean
  refused?: boolean
}
export type Exit = { code: number | null; signal: string | null }
export type Size = { cols: number; rows: number }

/** Where a terminal's bytes go, and what is told beside them. */
export type TerminalListener = {
  /** Replaces everything by this. */
  show: (bytes: Uint8Array, size: Size) => void
  write: (bytes: Uint8Array) => void
  resize: (size: Size) => void
  status?: (status: SocketStatus) => void
  presence?: (presence: Presence) => void
  exit?: (exit: Exit) => void
  /** Somebody else took over what was yours to type, as `presence` then says. */
  takenOver?: () => void
  /** What comes is encrypted, and there is no key for it here. Over when something is shown. */
  sealed?: () => void
}

/** So much goes in one frame (bytes), which the relay must take whole. */
const PIECE = 256 * 1024

/** One session's terminal, watched: the screen first, then what is printed, no byte of it twice and none missing. */
export class TerminalView {
  #on: TerminalListener
  #socket: Socket
  /** Bytes of the program's output that are shown; -1: no screen yet. */
  #have = -1
  #size: Size = { cols: 0, rows: 0 }
  #presence: Presence | undefined

  constructor(client: Client, session: SessionId, on: TerminalListener) {
    this.#on = on
    this.#socket = new Socket(client, () => `/sessions/${session}/terminal`, session, {
      message: (data) => {
        const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
        if (frame) this.#receive(frame)
      },
      status: (status) => {
        if (status.state !== 'open') this.#have = -1
        on.status?.(status)
      },
    })
  }

  start(): void {
    this.#socket.start()
  }

  stop(): void {
    this.#socket.stop()
  }

  /** From the present screen on: what is on its way would take too long to draw. */
  again(): void {
    this.#socket.again()
  }

  get inControl(): boolean {
    return this.#presence !== undefined && this.#presence.controller === this.#presence.you
  }

  take(): boolean {
    return this.#socket.send(encodeTerminal({ kind: terminalKinds.take }))
  }

  release(): boolean {
    return this.#socket.send(encodeTerminal({ kind: terminalKinds.yield }))
  }

  fit(wanted: Size): boolean {
    return this.inControl && this.#socket.send(encodeTerminal({ kind: terminalKinds.resize, ...wanted }))
  }

  /** What is typed while the connection is away is refused, not queued: a prompt may have changed meanwhile. */
  type(bytes: Uint8Array): boolean {
    if (!this.inControl) return false
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = encodeTerminal({ kind: terminalKinds.input, bytes: bytes.subarray(at, at + PIECE) })
      if (!this.#socket.send(piece)) return false
    }
    return true
  }

  #receive(frame: TerminalFrame): void {
    if (frame.sealed) return this.#on.sealed?.()
    switch (frame.kind) {
      case terminalKinds.snapshot:
        this.#have = frame.offset
        this.#size = { cols: frame.cols, rows: frame.rows }
        return this.#on.show(frame.bytes, this.#size)
      case terminalKinds.output: {
        if (this.#have < 0) return // the snapshot that is on its way has it
        if (frame.offset > this.#have) return this.again()
        // What lies before the snapshot is for others, and so is the size that it had then.
        if (frame.offset < this.#have && frame.offset + frame.bytes.length <= this.#have) return
        this.#resized(frame)
        const fresh = frame.bytes.subarray(this.#have - frame.offset)
        this.#have += fresh.length
        if (fresh.length) this.#on.write(fresh)
        return
      }
      case terminalKinds.resize:
        return this.#resized(frame)
      case terminalKinds.exit:
        return this.#on.exit?.(json<Exit>(frame))
      case terminalKinds.presence:
        return this.#told(json<Presence>(frame))
    }
  }

  #told(presence: Presence): void {
    const hadControl = this.inControl
    this.#presence = presence
    this.#on.presence?.(presence)
    if (hadControl && !this.inControl && presence.controller !== null) this.#on.takenOver?.()
  }

  #resized({ cols, rows }: Size): void {
    if (!cols || !rows || (this.#size.cols === cols && this.#size.rows === rows)) return
    this.#size = { cols, rows }
    this.#on.resize(this.#size)
  }
}

/** The relay and the daemon write these frames as JSON of this shape (protocol/terminal.ts). */
function json<T>(frame: TerminalFrame): T {
  return JSON.parse(new TextDecoder().decode(frame.bytes)) as T
}

/** `Ana`, or where that cannot be said, `viewer 3`; nothing when nobody types. `shown` makes a name safe to show. */
export function typistOf(presence: Presence | undefined, shown: (name: string) => string): string | undefined {
  if (!presence || presence.controller === null) return undefined
  return presence.by ? shown(presence.by) : `viewer ${presence.controller}`
}
