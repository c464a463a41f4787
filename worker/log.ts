import type { History } from '../db/history.ts'
import type { Held, Range } from '../durable-objects/log.ts'
import type { Outcome } from '../durable-objects/outcome.ts'
import type { Row } from '../durable-objects/volumes.ts'
import type { Actor } from '../protocol/actor.ts'

/** A project that tells what it holds of its log itself. */
type Holder = { rows: (by: Actor, range: Range) => Promise<Outcome<Held>> }
type Page = { rows: Row[]; more: boolean; begins: number }

/** A page of a project's log, oldest first: what it no longer holds itself comes from the archive, without a seam. */
export async function readLog(holder: Holder, history: History, by: Actor, range: Range): Promise<Outcome<Page>> {
  const { limit } = range
  const outcome = await holder.rows(by, { ...range, limit: limit + 1 })
  if (!outcome.ok) return outcome
  const { rows, floor, begins } = outcome.value
  const found = floor > begins ? await joined(history, outcome.value, range) : rows
  const page = found.slice(0, limit)
  if (range.since === undefined) page.reverse()
  return { ok: true, value: { rows: page, more: found.length > limit, begins } }
}

/** One row more than the limit, where there are so many: it tells that there is another page. */
async function joined(history: History, { rows, floor, begins }: Held, { since, before, limit, ...about }: Range) {
  if (since !== undefined) {
    // What was deleted may still be counted among what is about something, and would take the place of what is there.
    const after = Math.max(since, begins - 1)
    const older = after + 1 < floor ? await history.since(after, limit + 1, floor, about) : []
    return [...older, ...rows].slice(0, limit + 1)
  }
  const missing = limit + 1 - rows.length
  return missing > 0 ? [...rows, ...(await history.before(Math.min(before ?? floor, floor), missing, about))] : rows
}
