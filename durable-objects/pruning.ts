import type { History } from '../db/history.ts'
import type { Log } from './log.ts'

/** So many entries travel to D1 at once. */
const BATCH = 200

/**
 * Lets go of the oldest entries here, if they are no longer needed and D1, asked just now, has every one of them; or if
 * the project's retention has deleted them there. One volume at a time: the project waits meanwhile.
 */
export async function prune(log: Log, history: History, archived: number): Promise<void> {
  const { outlived } = log
  if (!outlived || outlived.last > archived) return
  const first = Math.max(outlived.first, log.begins)
  if (first <= outlived.last && !(await history.has(first, outlived.last)))
    return mend(log, history, first, outlived.last)
  if (log.outlived?.first === outlived.first) log.forgetOldest()
}

/** D1 was told of all these and lacks some: it is told again, and asked another time. */
async function mend(log: Log, history: History, first: number, last: number): Promise<void> {
  console.error(JSON.stringify({ level: 'error', message: 'history lacks entries; they are sent again', first, last }))
  for (let at = first - 1; at < last; ) {
    const rows = log.since(at, BATCH).filter(({ seq }) => seq <= last)
    await history.mend(rows)
    at = rows.at(-1)!.seq
  }
}
