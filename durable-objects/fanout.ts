/** Under load, what comes within so many ms goes out as one frame; the first after a quiet time goes at once. */
const WINDOW_MS = 16
/** A frame is not made longer than about so many characters. */
const FRAME_CHARS = 128_000

/** Tells encoded entries to every viewer, encoded once for all. */
export class Fanout {
  #viewers: () => WebSocket[]
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = 0

  constructor(viewers: () => WebSocket[]) {
    this.#viewers = viewers
  }

  tell(entries: string[]): void {
    if (entries.length === 0) return
    this.#waiting.push(...entries)
    if (this.#timer) return
    const quiet = Date.now() - this.#last
    if (quiet >= WINDOW_MS) this.flush()
    else this.#timer = setTimeout(() => this.flush(), WINDOW_MS - quiet)
  }

  /** Sends what waits, now: before somebody new is told from the log, so that nobody hears an entry twice or never. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting
    if (entries.length === 0) return
    this.#waiting = []
    this.#last = Date.now()
    const viewers = this.#viewers()
    for (const frame of frames(entries)) for (const viewer of viewers) viewer.send(frame)
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
