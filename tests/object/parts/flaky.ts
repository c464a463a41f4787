/** How a database behaves: well, not at all, or so that what was done is done and its answer lost. */
export type Mood = 'well' | 'away' | 'deaf'

/** The database, in the mood that the test wants. */
export function moody(d1: D1Database): { d1: D1Database; mood: Mood } {
  const state = { mood: 'well' as Mood, d1 }
  const check = () => {
    if (state.mood === 'away') throw new Error('D1_ERROR: Network connection lost.')
  }
  const own: Partial<D1Database> = {
    prepare(sql) {
      check()
      return d1.prepare(sql)
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
