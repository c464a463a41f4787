import type { Context } from 'hono'
import { Projects } from '../db/projects.ts'
import type { App } from './env.ts'

/** Figures are asked of so many projects at most; asking wakes them. */
const MOST = 50

const families = [
  ['maestro_log_entries_total', 'counter', 'Entries in the log of a project', 'head'],
  ['maestro_sockets', 'gauge', 'Open live connections', 'sockets'],
  ['maestro_sessions_live', 'gauge', 'Sessions that have not ended', 'live'],
  ['maestro_frozen', 'gauge', 'Whether a project is frozen, so that nothing is started in it', 'frozen'],
  ['maestro_hook_events_dropped_total', 'counter', 'Hook events that their hooks could not keep', 'dropped'],
  ['maestro_hook_events_set_aside_total', 'counter', 'Hook events that nobody can read or take', 'setAside'],
  ['maestro_log_bytes', 'gauge', 'How large a project is where it lives; 10 GB is all it may be', 'size'],
  ['maestro_log_floor', 'gauge', 'The oldest entry that a project holds itself', 'floor'],
  ['maestro_history_begins', 'gauge', 'The oldest entry that retention has left', 'begins'],
  ['maestro_archive_behind', 'gauge', 'Entries that are not yet in the history', 'archiveBehind'],
] as const

/** What is going on, as Prometheus reads it, for the projects that the key may see. */
export async function metrics(c: Context<App>): Promise<Response> {
  const rows = await new Projects(c.env.DB).list()
  const mine = rows.filter(({ id }) => c.var.bound === null || c.var.bound === id).slice(0, MOST)
  const figures = await Promise.all(mine.map(({ id }) => c.env.PROJECTS.getByName(id).figures()))
  const lines = families.flatMap(([name, type, help, field]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...mine.map(({ id }, i) => `${name}{project="${id}"} ${figures[i]![field]}`),
  ])
  return c.text(`${lines.join('\n')}\n`, 200, { 'Content-Type': 'text/plain; version=0.0.4' })
}
