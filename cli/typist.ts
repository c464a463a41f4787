import type { Client } from '../client/client.ts'
import { type Presence, TerminalView, typistOf } from '../client/terminal-view.ts'
import { refuse } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import { Conditions } from './conditions.ts'
import { refusalOf, unreadable } from './terminal-access.ts'
import { TerminalMirror } from './terminal-mirror.ts'
import { visible } from './visible.ts'

const ENTER = '\r'
const PASTE = ['\x1b[200~', '\x1b[201~'] as const
/** A machine that has not shown its terminal by then (ms) is not there. */
const SHOWN_MS = 10_000
/** A program that shows nothing of what is typed gets Enter so long (ms) after it. */
const ECHO_MS = 500

/** Types into a session's terminal: one who has control, and has seen the screen. */
export class Typist {
  #view: TerminalView
  #id: SessionId
  #mirror = new TerminalMirror(() => this.#conditions.look())
  #presence: Presence | undefined
  #printed = 0
  #conditions = new Conditions()

  constructor(client: Client, id: SessionId, signal: AbortSignal) {
    this.#id = id
    this.#view = new TerminalView(client, id, {
      show: (bytes, size) => this.#mirror.show(bytes, size),
      write: (bytes) => {
        this.#printed++
        this.#mirror.write(bytes)
        this.#conditions.look()
      },
      resize: (size) => this.#mirror.resize(size),
      presence: (presence) => {
        this.#presence = presence
        this.#conditions.look()
      },
      sealed: () => this.#conditions.fail(unreadable(id)),
      status: (status) => {
        const refusal = refusalOf(status)
        if (refusal) this.#conditions.fail(refusal)
      },
    })
    signal.addEventListener('abort', () => this.#view.stop())
  }

  /** Takes control; not from somebody else, unless `force` is wanted. */
  async begin(force: boolean): Promise<void> {
    this.#view.start()
    const isShown = await this.#conditions.within(
      SHOWN_MS,
      () => this.#presence?.source === true && this.#mirror.isDrawn,
    )
    if (!isShown) refuse('timed_out', `The machine of ${this.#id} does not show its terminal`, again(this.#id))
    const who = typistOf(this.#presence, visible)
    if (who && !force) {
      refuse('conflict', `${who} types into ${this.#id} now`, {
        suggestion: `maestro session send ${this.#id} "…" --now`,
      })
    }
    this.#view.take()
    const isAnswered = () => this.#view.inControl || this.#presence?.frozen === true
    if (!(await this.#conditions.within(SHOWN_MS, isAnswered)))
      refuse('timed_out', `Nobody gave control of ${this.#id}`, again(this.#id))
    this.#checkThawed()
  }

  #checkThawed(): void {
    if (this.#presence?.frozen) refuse('frozen', `The project of ${this.#id} is frozen: nobody types`, thaw)
  }

  /** Types `text` and presses Enter, which is a key of its own: a program takes what comes with it for pasted. */
  async enter(text: string): Promise<void> {
    const isLong = text.includes('\n')
    if (isLong && !this.#mirror.takesPaste) {
      refuse('wrong_status', `${this.#id} takes one line at a time now`, {
        suggestion: `maestro session attach ${this.#id} --control`,
      })
    }
    await this.#press(isLong ? PASTE.join(text) : text)
    await this.#press(ENTER)
  }

  end(): void {
    this.#view.release()
    this.#view.stop()
  }

  /** Sends keys, and waits until the program has shown something, as it does when it has read them. */
  async #press(keys: string): Promise<void> {
    const before = this.#printed
    // The relay keeps nothing for a machine that is not there, so what is typed then is lost.
    if (!this.#isHeard || !this.#view.type(new TextEncoder().encode(keys))) this.#lost()
    await this.#conditions.within(ECHO_MS, () => this.#printed > before || !this.#isHeard)
    if (!this.#isHeard) this.#lost()
  }

  get #isHeard(): boolean {
    return this.#presence?.source === true && this.#view.inControl
  }

  #lost(): never {
    this.#checkThawed()
    refuse('unavailable', `The connection to ${this.#id} was lost; look at what it has got`, {
      suggestion: `maestro session attach ${this.#id}`,
    })
  }
}

/** How to go on where a project is frozen. */
export const thaw = { suggestion: 'maestro project thaw' }
const again = (id: SessionId) => ({ suggestion: `maestro session show ${id}` })
