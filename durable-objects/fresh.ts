import { type ToolDay, toolDaysOf } from '../db/digest.ts'
import { textOf } from '../db/entry-words.ts'
import { hasAll } from '../db/words.ts'
import type { Log } from './log.ts'
import type { Row } from './volumes.ts'

const PAGE = 500
/** The project waits while this looks, so it looks through so many entries at most. */
const MOST = 5_000

/** What was found; `through`: all there is before `before` is in the archive. */
export type Fresh = { rows: Row[]; before: number; through: boolean }

/** At most `limit` entries after `archived` and before `before` in which all phrases are found, newest first. */
export function findFresh(log: Log, archived: number, phrases: string[][], before: number, limit: number): Fresh {
  const found: Row[] = []
  let end = Math.min(before, log.head + 1)
  for (let seen = 0; seen < MOST && end - 1 > archived; seen += PAGE) {
    const page = log.before(end, PAGE).filter(({ seq }) => seq > archived)
    for (const row of page) {
      if (!hasAll(textOf(row), phrases)) continue
      found.push(row)
      if (found.length === limit) return { rows: found, before: row.seq, through: false }
    }
    end = page.at(-1)?.seq ?? 0
  }
  return { rows: found, before: end, through: end - 1 <= archived }
}

/** Tools used in entries after `seq`. */
export function toolsAfter(log: Log, seq: number): ToolDay[] {
  return toolDaysOf(log.since(seq, MOST))
}
