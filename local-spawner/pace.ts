/** How long output is collected under flood, in ms: half a frame on a screen. */
const WINDOW = 8
/** What may go out piece by piece within one window: a screenful of a TUI's redraw passes at once. */
const BURST = 32 * 1024

/** Says when output may go out: at once after quiet, in one piece per window under flood. */
export class Pace {
  #since = Number.NEGATIVE_INFINITY
  #spent = 0

  /** How many ms `bytes` should wait. 0 means now, and counts them as sent. */
  wait(bytes: number, now: number): number {
    if (now - this.#since >= WINDOW) {
      this.#since = now
      this.#spent = 0
    }
    if (this.#spent > 0 && this.#spent + bytes > BURST) return this.#since + WINDOW - now
    this.#spent += bytes
    return 0
  }
}
