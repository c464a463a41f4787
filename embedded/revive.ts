import { setTimeout as pause } from 'node:timers/promises'

/** How often (ms) to look; after failures the pause doubles up to the longest. */
const LOOK_MS = 250
const LONGEST_MS = 10_000

type Engine = {
  /** Rejects when it has died and was not started again. */
  look: () => Promise<unknown>
  start: () => Promise<unknown>
  log: (error: unknown) => void
}

/**
 * Miniflare starts a runtime that died again, but once: one that dies in the middle of that, or finds its port taken just
 * then, would stay away for good while we hold its home. Answers how to stop looking.
 */
export function keepAlive({ look, start, log }: Engine): () => void {
  const stopping = new AbortController()
  const { signal } = stopping
  const go = async () => {
    for (let failures = 0; ; ) {
      const wait = Math.min(LOOK_MS * 2 ** failures, LONGEST_MS)
      await pause(wait, undefined, { signal, ref: false }).catch(() => undefined) // it was told to stop
      if (signal.aborted) return
      try {
        await look()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures++
        log(error)
        await start().catch(log) // looked at again
      }
    }
  }
  void go()
  return () => stopping.abort()
}
