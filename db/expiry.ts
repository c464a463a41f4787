import { NEIGHBOURS } from './digest.ts'
import type { Extent } from './history.ts'

/** So many entries are deleted at a time. */
const STEP = 512

/** Deletes the oldest entries, as far as they are older than `cutoff` (ms), with all that leads to them; counts stay. */
export async function expire(d1: D1Database, project: string, { number, seq, begins }: Extent, cutoff: number) {
  const sql = 'SELECT seq, at FROM entries WHERE project = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?'
  const statement = d1.prepare(sql).bind(project, begins, seq, STEP)
  const { results } = await statement.all<{ seq: number; at: number }>()
  const kept = results.find(({ at }) => at >= cutoff)
  const more = !kept && results.length === STEP
  const end = kept || more ? cellOf(kept?.seq ?? results.at(-1)!.seq + 1) : (results.at(-1)?.seq ?? begins - 1) + 1
  await d1.batch([
    d1.prepare('DELETE FROM entries WHERE project = ? AND seq < ?').bind(project, end),
    d1.prepare('DELETE FROM search WHERE rowid BETWEEN (?1 << 36) AND (?1 << 36) + ?2').bind(number, end - 1),
    ...(more ? [] : trailing(d1, project, end, cutoff)),
    d1.prepare('UPDATE archives SET begins = ? WHERE project = ? AND begins < ?').bind(end, project, end),
  ])
  return { begins: Math.max(begins, end), oldest: kept?.at ?? null, more }
}

/** What goes through all rows of its table is for the last step. */
function trailing(d1: D1Database, project: string, end: number, cutoff: number): D1PreparedStatement[] {
  return [
    d1.prepare('DELETE FROM postings WHERE project = ? AND last < ?').bind(project, end),
    d1.prepare('DELETE FROM sessions WHERE project = ? AND ended_at < ?').bind(project, cutoff),
  ]
}

/** Neighbours share a document of the search, so they go together. */
const cellOf = (seq: number) => seq - (seq % NEIGHBOURS)
