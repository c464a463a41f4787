/** Under load, what comes within so many ms goes out as one frame. */
const WINDOW_MS = 16
/** With so many frames within a window it is load: a frame costs about 7 µs, so until then they take 3 % of the time. */
const FREE_FRAMES = 64
/** A frame is not made longer than about so many characters. */
const FRAME_CHARS = 128_000

/** Tells encoded entries to every viewer, encoded once for all. */
export class Fanout {
  #viewers: () => WebSocket[]
  #waiting: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When the window began, and how many frames have gone out since. */
  #since = 0
  #sent = 0

  constructor(viewers: () => WebSocket[]) {
    this.#viewers = viewers
  }

  /** At once, as long as few are to be told or little happens; else together with what comes until the window is over. */
  tell(entries: string[]): void {
    if (entries.length === 0) return
    this.#waiting.push(...entries)
    if (this.#timer) return
    const now = Date.now()
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now
      this.#sent = 0
    }
    if (this.#sent < FREE_FRAMES) this.flush()
    else this.#timer = setTimeout(() => this.flush(), this.#since + WINDOW_MS - now)
  }

  /** Sends what waits, now: before somebody new is told from the log, so that nobody hears an entry twice or never. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    const entries = this.#waiting
    if (entries.length === 0) return
    this.#waiting = []
    const viewers = this.#viewers()
    for (const frame of frames(entries)) {
      for (const viewer of viewers) viewer.send(frame)
      this.#sent += viewers.length
    }
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
