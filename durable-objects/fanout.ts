/** So long (ms) each frame puts off the next ones: to many viewers what comes meanwhile goes out together. */
const REST_MS = 0.15
/** Nobody waits longer (ms) for company, however many look on. */
const LONGEST_REST_MS = 50
/** A frame is not made longer than about so many characters. */
const FRAME_CHARS = 128_000

/** Tells encoded entries to every viewer, encoded once for all. */
export class Fanout {
  #viewers: () => WebSocket[]
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When (ms since 1970) it may go on: what sending takes of the project's time is bounded. */
  #restsUntil = 0

  constructor(viewers: () => WebSocket[]) {
    this.#viewers = viewers
  }

  /** At once, unless much was sent just now; then together with what comes until the rest is over. */
  tell(entries: string[]): void {
    if (entries.length === 0) return
    this.#waiting.push(...entries)
    if (this.#timer) return
    const rest = Math.min(this.#restsUntil - Date.now(), LONGEST_REST_MS) // a clock may be set back
    if (rest < 1) this.flush()
    else this.#timer = setTimeout(() => this.flush(), rest)
  }

  /** Sends what waits, now: before somebody new is told from the log, so that nobody hears an entry twice or never. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting
    if (entries.length === 0) return
    this.#waiting = []
    const viewers = this.#viewers()
    let sent = 0
    for (const frame of frames(entries)) {
      for (const viewer of viewers) viewer.send(frame)
      sent += viewers.length
    }
    this.#restsUntil = Date.now() + Math.min(sent * REST_MS, LONGEST_REST_MS)
  }
}

/** Encoded entries as frames of a size that keeps the first of many quick. */
export function* frames(entries: string[]): Generator<string> {
  let part: string[] = []
  let size = 0
  for (const entry of entries) {
    part.push(entry)
    size += entry.length
    if (size < FRAME_CHARS) continue
    yield frameOf(part)
    part = []
    size = 0
  }
  if (part.length) yield frameOf(part)
}

const frameOf = (entries: string[]) => `{"type":"entries","entries":[${entries.join(',')}]}`
