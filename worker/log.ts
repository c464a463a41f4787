import type { About } from '../db/concerns.ts'
import type { History } from '../db/history.ts'
import type { Row } from '../durable-objects/log.ts'
import type { Outcome } from '../durable-objects/outcome.ts'
import type { Actor } from '../protocol/actor.ts'

type Range = About & { since?: number | undefined; before?: number | undefined; limit: number }
/** What a project holds of its log itself; `floor` is the oldest seq of it. */
type Held = { rows: (by: Actor, range: Range) => Promise<Outcome<{ rows: Row[]; floor: number }>> }

/** A page of a project's log, oldest first: what it no longer holds itself comes from the archive, without a seam. */
export async function readLog(
  held: Held,
  history: History,
  by: Actor,
  range: Range,
): Promise<Outcome<{ rows: Row[]; more: boolean }>> {
  const { limit } = range
  const outcome = await held.rows(by, { ...range, limit: limit + 1 })
  if (!outcome.ok) return outcome
  const { rows, floor } = outcome.value
  const found = floor > 1 ? await joined(history, rows, floor, range) : rows
  const page = found.slice(0, limit)
  if (range.since === undefined) page.reverse()
  return { ok: true, value: { rows: page, more: found.length > limit } }
}

/** One row more than the limit, where there are so many: it tells that there is another page. */
async function joined(history: History, rows: Row[], floor: number, { since, before, limit, ...about }: Range) {
  if (since !== undefined) {
    const older = since + 1 < floor ? await history.since(since, limit + 1, floor, about) : []
    return [...older, ...rows].slice(0, limit + 1)
  }
  const missing = limit + 1 - rows.length
  return missing > 0 ? [...rows, ...(await history.before(Math.min(before ?? floor, floor), missing, about))] : rows
}
