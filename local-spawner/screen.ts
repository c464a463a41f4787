import headless from '@xterm/headless'
import { guard } from '../client/screen-guard.ts'
import { Colours } from './screen-colours.ts'
import { state } from './screen-state.ts'

/** Lines kept above the screen. */
const SCROLLBACK = 5_000
/** A longer snapshot is taken again with less scrollback: a viewer waits for the screen, not for its past. */
const LONGEST = 8 * 1024 * 1024

/** The one terminal that reads everything the program writes, knows what is on its screen, and answers its questions. */
export class Screen {
  #terminal: InstanceType<typeof headless.Terminal>
  #title = ''
  #colours: Colours
  #unread = 0

  /** `answer` gets what the terminal replies to the program's queries (DA, DSR, DECRQM and so on). */
  constructor(size: { cols: number; rows: number }, answer: (bytes: Buffer) => void) {
    this.#terminal = new headless.Terminal({ ...size, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: 'off' })
    guard(this.#terminal)
    this.#colours = new Colours(this.#terminal)
    this.#terminal.onData((text) => answer(Buffer.from(text)))
    this.#terminal.onTitleChange((title) => {
      this.#title = title
    })
  }

  /** Bytes written and not yet read by the terminal's parser. */
  get unread(): number {
    return this.#unread
  }

  /** Reads `bytes` soon, in order; `done` is called when it has. */
  write(bytes: Uint8Array, done: () => void) {
    this.#unread += bytes.length
    this.#terminal.write(bytes, () => {
      this.#unread -= bytes.length
      done()
    })
  }

  /** What was written before is read at the old size. */
  resize(cols: number, rows: number) {
    this.#terminal.write('', () => this.#terminal.resize(cols, rows))
  }

  /** The screen after all that was written before this call, and nothing of what is written after it. */
  snapshot(scrollback: number): Promise<{ cols: number; rows: number; data: string }> {
    return new Promise((resolve) => {
      this.#terminal.write('', () => {
        const { cols, rows } = this.#terminal
        resolve({ cols, rows, data: this.#serialized(scrollback) })
      })
    })
  }

  #serialized(scrollback: number): string {
    const told = { title: this.#title, colours: this.#colours.sequence }
    const data = state(this.#terminal, told, scrollback)
    return data.length > LONGEST && scrollback > 0 ? this.#serialized(scrollback >> 2) : data
  }
}
