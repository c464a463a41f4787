import type { Entry } from '../protocol/project.ts'
import { type Context, found, type Result } from './context.ts'
import type { Look } from './look.ts'

type Done = { entries: Entry[]; duplicate: boolean }

/** The result of a change. Programs get the ids it was about, its entries, and what to run next. */
export function changed<I extends Record<string, string | null>>(
  { entries, duplicate }: Done,
  about: I,
  text: (look: Look, changed: boolean) => string,
  next: string[] = [],
): Result {
  const data = { ...about, entries, duplicate, next }
  return found(data, (_, look) => text(look, entries.length > 0), next)
}

/** `a` was done, or had been before. */
export function said(text: string, { paint }: Look, changed: boolean, before = 'nothing to change'): string {
  return changed ? `${paint.green('✓')} ${text}` : `${paint.dim('–')} ${text} ${paint.dim(`(${before})`)}`
}

/** Where a page ended, for people beside the data. */
export function more(context: Context, command: string, cursor: string | null): string[] {
  if (!cursor) return []
  const { project } = context.flags
  return [`${command} --cursor ${cursor}${project ? ` --project ${project}` : ''}`]
}

/** Tasks that a change made ready. */
export function releasedIn(entries: Entry[]): string[] {
  return entries.flatMap((entry) => (entry.type === 'task:updated' ? (entry.data.released ?? []) : []))
}
