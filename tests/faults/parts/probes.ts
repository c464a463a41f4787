import type { Canary } from './canaries.ts'

const LENGTH = 12

/** Parts of secrets to look for, so long that none of them comes about by itself. */
export class Probes {
  #by = new Map<string, Set<Canary>>()

  add(canary: Canary): void {
    for (const part of [...partsOf(canary.secret), ...partsOf(canary.telling)])
      this.#by.set(part, (this.#by.get(part) ?? new Set()).add(canary))
  }

  /** Those of which something is in `text`. */
  foundIn(text: string): Set<Canary> {
    const found = new Set<Canary>()
    for (let at = 0; at + LENGTH <= text.length; at++)
      for (const canary of this.#by.get(text.slice(at, at + LENGTH)) ?? []) found.add(canary)
    return found
  }
}

/** Its start, its middle and its end; none where it is broken, which is written in different ways at different places. */
function partsOf(text: string): string[] {
  const starts = [0, Math.floor((text.length - LENGTH) / 2), text.length - LENGTH].filter((at) => at >= 0)
  return starts.map((at) => text.slice(at, at + LENGTH)).filter((part) => /^[\w+/=%.~-]+$/.test(part))
}
