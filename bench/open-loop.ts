const nobody = new Int32Array(new SharedArrayBuffer(4))
/** So long (ms) at a time this sleeps in the end: one that turned without rest would take a processor from what it measures. */
const NAP_MS = 0.2

/** Does `step` with each number at its time, `rate` times a second, whether or not the ones before are done. Answers when each was due (ms). */
export async function onSchedule(rate: number, seconds: number, step: (n: number) => void): Promise<number[]> {
  const due: number[] = []
  const began = performance.now()
  for (let n = 0; n < rate * seconds; n++) {
    const at = began + (n * 1_000) / rate
    // A timer is late by up to a millisecond; the rest is waited for in naps, so that answers are still heard.
    for (let left = at - performance.now(); left > 0; left = at - performance.now()) {
      await new Promise<void>((resolve) => (left > 2 ? setTimeout(resolve, left - 2) : setImmediate(resolve)))
      if (left <= 2) Atomics.wait(nobody, 0, 0, Math.min(left, NAP_MS))
    }
    due.push(at)
    step(n)
  }
  return due
}

/** Of so many times (ms), by rank. */
export function percentiles(times: number[]): { p50: number; p95: number; p99: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
