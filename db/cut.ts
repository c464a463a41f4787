/** Deletes what a project's history has after `end`, with all that leads to it: it did not happen in its log. */
export async function cutBack(d1: D1Database, project: string, end: number): Promise<void> {
  const gone = 'FROM entries WHERE project = ?1 AND seq > ?2'
  const documents = '(SELECT number FROM archives WHERE project = ?1) << 36'
  const statements = [
    `UPDATE tool_days SET calls = tool_days.calls - gone.calls, failures = tool_days.failures - gone.failures, ms = tool_days.ms - gone.ms
     FROM (SELECT date(at / 1000, 'unixepoch') AS day, data ->> '$.agent' AS agent, data ->> '$.tool' AS tool, count(*) AS calls,
             sum(type = 'hook:tool_failure') AS failures, sum(CAST(round(coalesce(data ->> '$.ms', 0)) AS INTEGER)) AS ms
           ${gone} AND type IN ('hook:tool_use', 'hook:tool_failure') GROUP BY 1, 2, 3) AS gone
     WHERE project = ?1 AND tool_days.day = gone.day AND tool_days.agent = gone.agent AND tool_days.tool = gone.tool`,
    `DELETE FROM sessions WHERE project = ?1 AND id IN (SELECT data ->> '$.session' ${gone} AND type = 'session:ended')`,
    `DELETE ${gone}`,
    'DELETE FROM postings WHERE project = ?1 AND last > ?2 AND seqs ->> 0 > ?2',
    `UPDATE postings SET last = ?2, seqs = (SELECT json_group_array(value) FROM json_each(seqs) WHERE value <= ?2)
     WHERE project = ?1 AND last > ?2`,
    `DELETE FROM search WHERE rowid BETWEEN (${documents}) + ?2 + 1 AND (${documents}) + ((1 << 36) - 1)`,
    'UPDATE archives SET seq = ?2, begins = min(begins, ?2 + 1) WHERE project = ?1',
  ]
  await d1.batch([
    ...statements.map((sql) => d1.prepare(sql).bind(project, end)),
    d1.prepare('DELETE FROM tool_days WHERE project = ? AND calls <= 0').bind(project),
  ])
}
