import type { ToolDay } from './digest.ts'

// What is asked of a project's history beside its entries.

/** Ended sessions, the last to end first, as JSON text of each. `after` is where the page before ended. */
export async function endedSessions(
  d1: D1Database,
  project: string,
  limit: number,
  after?: { endedAt: number; id: string },
): Promise<string[]> {
  const rest = after ? 'AND (ended_at, id) < (?3, ?4)' : ''
  const sql = `SELECT state FROM sessions WHERE project = ?1 ${rest} ORDER BY ended_at DESC, id DESC LIMIT ?2`
  const values = after ? [after.endedAt, after.id] : []
  const { results } = await d1
    .prepare(sql)
    .bind(project, limit, ...values)
    .all<{ state: string }>()
  return results.map(({ state }) => state)
}

/** A session that has ended, as JSON text. */
export async function endedSession(d1: D1Database, project: string, id: string): Promise<string | undefined> {
  const sql = 'SELECT state FROM sessions WHERE project = ? AND id = ?'
  return (await d1.prepare(sql).bind(project, id).first<{ state: string }>())?.state
}

/** Tools used from one day (UTC) to another, as far as the entry `seq`: the two are of one moment. */
export async function toolDays(d1: D1Database, project: string, from: string, to: string) {
  const columns = 'day, agent, tool, calls, failures, ms'
  const [extent, days] = await d1.batch<Record<string, unknown>>([
    d1.prepare('SELECT seq FROM archives WHERE project = ?').bind(project),
    d1.prepare(`SELECT ${columns} FROM tool_days WHERE project = ? AND day BETWEEN ? AND ?`).bind(project, from, to),
  ])
  const rows = days!.results.map((row) => Object.values(row) as ToolDay) // the columns as they are asked for
  return { seq: Number(extent!.results[0]?.seq ?? 0), rows }
}
