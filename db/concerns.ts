/** Which entries are asked for: those that concern a session, a task, or both; and of which types. */
export type About = { session?: string | undefined; task?: string | undefined; types?: string[] | undefined }

export const asksForSome = ({ session, task, types }: About) => (session ?? task ?? types) !== undefined

/**
 * When a row of the log concerns one, in SQL, with `?` for its id. A project's own log has no index for this: a filter goes
 * through the rows that it still holds. What the archive finds them by says the same (subjects.ts).
 */
const conditions = {
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
  const { types } = about
  const ofTypes = types ? ` AND type IN (${types.map(() => '?').join(', ')})` : ''
  return {
    condition: given.map(({ any }) => ` AND (${any.join(' OR ')})`).join('') + ofTypes,
    values: [...given.flatMap(({ any, id }) => any.map(() => id)), ...(types ?? [])],
  }
}
