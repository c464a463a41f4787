import type { Context } from './context.ts'
import { visible } from './visible.ts'

/** So often (ms) the line is written anew. */
const EVERY_MS = 200

/** How far something long has come, for people who watch: one line at a terminal, written over itself, gone at the end. */
export class Progress {
  #context: Context
  #shownAt = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** `what` so far, of so many where that is known. */
  show(what: string, done: number, all?: number): void {
    const { io, flags } = this.#context
    if (flags.json || !io.terminal.err || io.now() - this.#shownAt < EVERY_MS) return
    this.#shownAt = io.now()
    const of = all ? ` of ${amount(all)} (${Math.floor((100 * done) / all)} %)` : ''
    io.err(`\r\u001b[K${visible(what)} ${amount(done)}${of}`)
  }

  end(): void {
    if (this.#shownAt > 0) this.#context.io.err('\r\u001b[K')
  }
}

/** `100,000`: in thousands. */
export const amount = (count: number) => count.toLocaleString('en-US')

/** `12.3 MB` */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
