/** How a database behaves: well, not at all, or so that what was done is done and its answer lost. */
export type Mood = 'well' | 'away' | 'deaf'

/** The database, in the mood that the test wants, which takes texts of `most` characters. */
export function moody(d1: D1Database): { d1: D1Database; mood: Mood; most: number } {
  const state = { mood: 'well' as Mood, d1, most: Number.POSITIVE_INFINITY }
  const check = () => {
    if (state.mood === 'away') throw new Error('D1_ERROR: Network connection lost.')
  }
  const own: Partial<D1Database> = {
    prepare(sql) {
      check()
      const statement = d1.prepare(sql)
      const bind = statement.bind.bind(statement)
      statement.bind = (...values) => {
        if (values.some((value) => String(value).length > state.most))
          throw new Error('D1_ERROR: string or blob too big: SQLITE_TOOBIG')
        return bind(...values)
      }
      return statement
    },
    async batch<T>(statements: D1PreparedStatement[]) {
      check()
      const results = await d1.batch<T>(statements)
      if (state.mood === 'deaf') throw new Error('D1_ERROR: Network connection lost.')
      return results
    },
  }
  state.d1 = own as D1Database // nothing else of it is used
  return state
}
