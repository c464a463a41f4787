import type { EntryRow } from './history.ts'

/** What an entry is about, as `concerning` (concerns.ts) asks in SQL: sessions, tasks, and its own type. */
export function subjectsOf({ by, type, data }: Pick<EntryRow, 'by' | 'type' | 'data'>): Set<string> {
  const { session, task } = JSON.parse(data) as Record<string, unknown> // the log writes objects
  const subjects = new Set([type])
  if (by.startsWith('sess_')) subjects.add(by)
  for (const one of [session, task]) {
    const id = typeof one === 'object' && one !== null && 'id' in one ? one.id : one
    if (typeof id === 'string') subjects.add(id)
  }
  const asked = typeof session === 'object' && session !== null && 'tasks' in session ? session.tasks : []
  if (Array.isArray(asked)) for (const id of asked) if (typeof id === 'string') subjects.add(id)
  return subjects
}
