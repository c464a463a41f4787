/** The last bytes a program wrote. Every byte has an offset, counted from the program's first. */
export class Ring {
  #bytes: Buffer
  #head = 0

  constructor(capacity: number) {
    this.#bytes = Buffer.alloc(capacity)
  }

  get capacity(): number {
    return this.#bytes.length
  }

  /** The offset the next byte will have. */
  get head(): number {
    return this.#head
  }

  /** The offset of the oldest byte still here. */
  get floor(): number {
    return Math.max(0, this.#head - this.capacity)
  }

  push(bytes: Uint8Array) {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.capacity))
    const at = (this.#head + bytes.length - kept.length) % this.capacity
    const first = kept.subarray(0, this.capacity - at)
    this.#bytes.set(first, at)
    this.#bytes.set(kept.subarray(first.length), 0)
    this.#head += bytes.length
  }

  /** A copy of at most `limit` bytes from `from` on: the ring goes on turning under it. */
  read(from: number, limit = this.capacity): Buffer {
    if (from < this.floor || from > this.#head) {
      throw new RangeError(`Offset ${from} is not in the ring, which holds ${this.floor} to ${this.#head}`)
    }
    const length = Math.min(limit, this.#head - from)
    const at = from % this.capacity
    const first = this.#bytes.subarray(at, Math.min(this.capacity, at + length))
    return Buffer.concat([first, this.#bytes.subarray(0, length - first.length)], length)
  }
}
