/** Chance that can be repeated: the same seed gives the same numbers. */
export class Chance {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed >>> 0
    this.#state = this.seed
  }

  /** Another sequence, always the same for the same name: what it is used for does not disturb the others. */
  for(name: string): Chance {
    let hash = 0x811c9dc5 ^ this.seed
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    return new Chance(hash)
  }

  /** From 0 up to 1, without it (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `count`, without it. */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)]
  }

  /** One of the names, each as likely as its weight says. */
  weighed<N extends string>(weights: Record<N, number>): N {
    const names = Object.keys(weights) as N[] // a record's own keys
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0)
    for (const name of names) {
      left -= weights[name]
      if (left < 0) return name
    }
    return names[0]!
  }

  /** A time (ms) to the next of things that come by themselves, `mean` apart on the whole: now and then two come at once. */
  gap(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256))
  }
}

/** `MAESTRO_FAULT_SEED` repeats a run; without it each is another. */
export function seedOfRun(): number {
  return Number(process.env.MAESTRO_FAULT_SEED) || crypto.getRandomValues(new Uint32Array(1))[0]!
}
