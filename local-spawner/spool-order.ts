import type { Spooled } from '../hooks/spool.ts'

/** A file of the spool. `at` is when its hook ran, in ns; `read` what its name says; `taken` when it was found, in ms of a clock that nobody sets. */
export type Item = { name: string; path: string; at: bigint; read: Spooled; taken: number }

/** A hook that ran before another shows its file so many ms later at most. */
const LATE_MS = 2_000

/** Which hook ran first: by the time of its file, and within one tick of the clock by its process id, which counts up. */
export function inOrder(a: Item, b: Item): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  const [one, other] = [a.read.pid ?? 0, b.read.pid ?? 0]
  if (one !== other) return one - other
  return a.name < b.name ? -1 : 1
}

/**
 * What waits to be sent, in the order in which hooks ran. Of files found together their own times decide; one that is
 * found later goes before others only within two seconds, so that a clock set back turns nothing around that was seen in order.
 */
export class Waiting {
  #items: Item[] = []
  #start = 0

  get size(): number {
    return this.#items.length - this.#start
  }

  add(item: Item): void {
    let place = this.#items.length
    while (place > this.#start && goesBefore(item, this.#items[place - 1]!)) place--
    if (place === this.#items.length) this.#items.push(item)
    else this.#items.splice(place, 0, item)
  }

  /** What `take` takes next. */
  get first(): Item | undefined {
    return this.#items[this.#start]
  }

  take(): Item | undefined {
    const item = this.first
    if (item) this.#start++
    // Cutting off the front is dear, so it is done for many at once.
    if (this.#start > 1_000 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
    return item
  }
}

const goesBefore = (item: Item, other: Item) => item.taken - other.taken <= LATE_MS && inOrder(item, other) < 0
