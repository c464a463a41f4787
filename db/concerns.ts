/** Which entries are asked for: those that concern a session, a task, or both. */
export type About = { session?: string | undefined; task?: string | undefined }

/**
 * When a row of the log concerns one, in SQL, with `?` for its id. The columns are called the same in a project's own log and
 * in the archive, and neither has an index for this: a filter goes through the rows.
 */
const conditions: Record<keyof About, readonly string[]> = {
  session: ['"by" = ?', "data ->> '$.session' = ?", "data ->> '$.session.id' = ?"],
  task: [
    "data ->> '$.task' = ?",
    "data ->> '$.task.id' = ?",
    "EXISTS (SELECT 1 FROM json_each(data, '$.session.tasks') WHERE value = ?)",
  ],
}

/** `about` as a condition to append to a WHERE clause, and the values for its `?`, in order. */
export function concerning(about: About): { condition: string; values: string[] } {
  const given = (['session', 'task'] as const).flatMap((name) => {
    const id = about[name]
    return id === undefined ? [] : [{ any: conditions[name], id }]
  })
  return {
    condition: given.map(({ any }) => ` AND (${any.join(' OR ')})`).join(''),
    values: given.flatMap(({ any, id }) => any.map(() => id)),
  }
}
