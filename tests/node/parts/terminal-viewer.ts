import type { Client } from '../../../client/client.ts'
import { Socket } from '../../../client/socket.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import { decodeTerminal, encodeTerminal, type TerminalFrame, terminalKinds } from '../../../protocol/terminal.ts'
import { show, type Terminal, viewer } from './terminals.ts'

type Presence = { controller: number | null; you: number; viewers: number; source: boolean; refused?: boolean }

/** Somebody who watches a session's terminal through the relay, and keeps to its rules. */
export class TerminalViewer {
  screen: Terminal | undefined
  presence: Presence | undefined
  exit: unknown
  snapshots = 0
  /** Bytes of output that were shown, and where they went on. */
  bytes = 0
  position = 0
  gaps = 0
  #socket: Socket
  #checks = new Set<() => void>()
  #drawn: Promise<void> = Promise.resolve()

  constructor(client: Client, session: SessionId) {
    this.#socket = new Socket(client, () => `/sessions/${session}/terminal`, session, {
      message: (data) => this.#hear(data),
    })
    this.#socket.start()
  }

  /** What is on the screen and above it, as text. */
  get text(): string {
    return this.#lines(0)
  }

  /** What is on the screen alone. */
  get shown(): string {
    return this.#lines(this.screen?.buffer.active.baseY ?? 0)
  }

  #lines(from: number): string {
    const buffer = this.screen?.buffer.active
    if (!buffer) return ''
    const line = (_: unknown, y: number) => buffer.getLine(from + y)!.translateToString(true)
    return Array.from({ length: buffer.length - from }, line).join('\n')
  }

  async until(look: () => unknown): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!look()) return
        this.#checks.delete(check)
        resolve()
      }
      this.#checks.add(check)
      check()
    })
  }

  async take(): Promise<void> {
    this.#socket.send(encodeTerminal({ kind: terminalKinds.take }))
    await this.until(() => this.presence?.controller === this.presence?.you)
  }

  type(text: string, { sealed = false } = {}): void {
    this.#socket.send(encodeTerminal({ kind: terminalKinds.input, sealed, bytes: Buffer.from(text) }))
  }

  resize(cols: number, rows: number): void {
    this.#socket.send(encodeTerminal({ kind: terminalKinds.resize, cols, rows }))
  }

  stop(): void {
    this.#socket.stop()
  }

  #hear(data: string | Uint8Array): void {
    const frame = typeof data === 'string' ? undefined : decodeTerminal(data)
    if (!frame) return
    // What is drawn is drawn in order, and looked at when it is.
    this.#drawn = this.#drawn.then(() => this.#draw(frame)).then(() => this.#told())
  }

  async #draw({ kind, offset, cols, rows, bytes }: TerminalFrame): Promise<void> {
    if (kind === terminalKinds.presence) this.presence = JSON.parse(Buffer.from(bytes).toString())
    if (kind === terminalKinds.exit) this.exit = JSON.parse(Buffer.from(bytes).toString())
    if (kind === terminalKinds.snapshot) {
      this.snapshots++
      this.screen = viewer(cols, rows)
      this.position = offset
      await show(this.screen, bytes)
    }
    if (kind !== terminalKinds.output || !this.screen) return
    if (offset < this.position && offset + bytes.length <= this.position) return // what others had missed
    if (cols !== this.screen.cols || rows !== this.screen.rows) this.screen.resize(cols, rows)
    if (offset > this.position) this.gaps++
    const fresh = bytes.subarray(Math.max(0, this.position - offset))
    this.bytes += fresh.length
    this.position = Math.max(this.position, offset + bytes.length)
    await show(this.screen, fresh)
  }

  #told(): void {
    for (const check of this.#checks) check()
  }
}
