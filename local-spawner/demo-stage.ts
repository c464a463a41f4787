import { setTimeout as wait } from 'node:timers/promises'
import picocolors from 'picocolors'

const FRAME_MS = 90
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export type Answer = 'yes' | 'no' | 'nobody'

type StageOptions = {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
  /** 1 is for people; tests play faster. */
  speed: number
  /** Ends whatever is being waited for. */
  signal: AbortSignal
}

/** The terminal that the demo agent plays in. Without one it is plain lines, in the same time. */
export class Stage {
  readonly paint: ReturnType<typeof picocolors.createColors>
  #options: StageOptions

  constructor(options: StageOptions) {
    this.#options = options
    this.paint = picocolors.createColors(options.output.isTTY && !process.env.NO_COLOR)
    options.output.on('error', () => {}) // the terminal may be closed before the play is over
  }

  async pause(ms: number): Promise<void> {
    const { speed, signal } = this.#options
    await wait(ms / speed, undefined, { signal })
  }

  line(text = ''): void {
    this.#options.output.write(`${text}\n`)
  }

  /** Text as somebody writes it. */
  async type(text: string): Promise<void> {
    if (!this.#options.output.isTTY) return this.line(text)
    for (const part of text.match(/.{1,3}/gsu) ?? []) {
      this.#options.output.write(part)
      await this.pause(24)
    }
    this.line()
  }

  /** One line that moves for as long as `work` goes on, and is gone after it. */
  async spin<T>(text: string, work: Promise<T>): Promise<T> {
    if (!this.#options.output.isTTY) return work
    let turn = 0
    const draw = () =>
      this.#options.output.write(`\r\x1b[2K${this.paint.cyan(frames[turn++ % frames.length] ?? '')} ${text}`)
    draw()
    const timer = setInterval(draw, FRAME_MS)
    try {
      return await work
    } finally {
      clearInterval(timer)
      this.#options.output.write('\r\x1b[2K')
    }
  }

  /** Waits for a key: `y` or Enter, `n` or Escape. After `ms` nobody answered. Not scaled: it is people's time. */
  async ask(ms: number): Promise<Answer> {
    const { input, signal } = this.#options
    const done = new AbortController()
    const nobody = wait(ms, 'nobody' as const, { signal: AbortSignal.any([signal, done.signal]) })
    nobody.catch(() => {}) // given up when a key was first
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const listen = (keys: Buffer) => {
      const answer = answerIn(keys.toString())
      if (answer) resolve(answer)
    }
    input.on('data', listen).resume()
    try {
      return await Promise.race([promise, nobody])
    } finally {
      done.abort()
      input.off('data', listen).pause()
    }
  }
}

function answerIn(keys: string): Answer | undefined {
  if (/[y\r\n]/i.test(keys)) return 'yes'
  return /n/i.test(keys) || keys === '\x1b' ? 'no' : undefined
}
