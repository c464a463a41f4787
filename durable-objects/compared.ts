import type { History } from '../db/history.ts'
import type { Log } from './log.ts'

/** So many ids travel to D1 at once. */
const PLACES = 2_000

/** Of the entries from `first` to `last`, which D1 lacks, and where it has another one; part by part. */
export async function* compared(log: Log, history: History, first: number, last: number) {
  for (let at = first - 1; at < last; at += PLACES)
    yield await history.lacks(log.places(at, Math.min(PLACES, last - at)))
}
