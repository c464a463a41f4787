import type { Terminal } from '@xterm/headless'

/** The colours that a program gave the terminal (OSC 4, 10, 11, 12), which a terminal without a window reports and does not keep. */
export class Colours {
  #set = new Map<number, Rgb>()

  constructor(terminal: Terminal) {
    const core = (terminal as unknown as { _core: Core })._core // a field of the pinned xterm
    core._inputHandler.onColor((requests) => {
      for (const request of requests) this.#take(request)
    })
  }

  /** Those, and the terminal's own for all others, whatever was set before. */
  get sequence(): string {
    return (
      OWN + [...this.#set].map(([index, rgb]) => `\x1b]${codeOf(index)};rgb:${rgb.map(hex).join('/')}\x07`).join('')
    )
  }

  #take({ type, index, color }: Request) {
    if (type === SET && index !== undefined && color) this.#set.set(index, color)
    if (type !== RESTORE) return
    if (index !== undefined) return void this.#set.delete(index)
    for (const known of [...this.#set.keys()]) if (known < FOREGROUND) this.#set.delete(known)
  }
}

type Rgb = [number, number, number]
type Request = { type: number; index?: number; color?: Rgb }
type Core = { _inputHandler: { onColor(listener: (requests: Request[]) => void): unknown } }

const SET = 1
const RESTORE = 2
/** The palette has 256 colours; foreground, background and cursor come after it. */
const FOREGROUND = 256
const OWN = '\x1b]104\x07\x1b]110\x07\x1b]111\x07\x1b]112\x07'

const codeOf = (index: number) => (index < FOREGROUND ? `4;${index}` : String(10 + index - FOREGROUND))
const hex = (part: number) => part.toString(16).padStart(2, '0')
