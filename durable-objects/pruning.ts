import type { History } from '../db/history.ts'
import { compared } from './compared.ts'
import type { Log } from './log.ts'

/** So many entries travel to D1 at once. */
const BATCH = 200

/**
 * Lets go of the oldest entries here, if they are no longer needed and D1, asked just now, has every one of them, by its
 * id; or if the project's retention has deleted them there. One volume at a time: the project waits meanwhile. Answers
 * with where D1 begins to tell of other entries than the log, if it does.
 */
export async function prune(log: Log, history: History, archived: number): Promise<number | undefined> {
  const { outlived } = log
  if (!outlived || outlived.last > archived) return undefined
  const first = Math.max(outlived.first, log.begins)
  let isWhole = true
  for await (const { missing, other } of compared(log, history, first, outlived.last)) {
    if (other.length > 0) return other[0]
    if (missing.length > 0) isWhole = await mend(log, history, missing)
  }
  if (isWhole && log.outlived?.first === outlived.first) log.forgetOldest()
  return undefined
}

/** D1 was told of these and lacks them: it is told again, and asked another time. */
async function mend(log: Log, history: History, missing: number[]): Promise<false> {
  const [first, last] = [missing[0]!, missing.at(-1)!]
  console.error(JSON.stringify({ level: 'error', message: 'history lacks entries; they are sent again', first, last }))
  for (let at = first - 1; at < last; ) {
    const rows = log.since(at, BATCH).filter(({ seq }) => seq <= last)
    await history.mend(rows)
    at = rows.at(-1)!.seq
  }
  return false
}
