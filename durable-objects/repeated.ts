import { refuse } from '../protocol/errors.ts'
import type { Log } from './log.ts'
import type { Row } from './volumes.ts'

/** What a request brought about the first time: what of that is here, and the first seq of what only the archive has. */
export type Repeated = { rows: Row[]; archived: number | null }

/** The request that `id` stands for, if it was made before; refuses an id that was used for anything else. */
export function repeated(log: Log, id: string, by: string, type: string): Repeated | undefined {
  const asked = log.asked(id)
  if (!asked && !log.has(id)) return undefined
  const rows = log.of(id)
  const who = asked?.by ?? rows[0]?.by
  // Answered for anything else than it was used for, a change that never happened would look done.
  if ((who !== undefined && who !== by) || (asked?.type !== type && asked?.type !== ''))
    refuse('conflict', 'This Idempotency-Key was used for something else', { field: 'Idempotency-Key' })
  const from = asked.seq ?? log.floor
  return { rows, archived: from < log.floor ? from : null }
}
