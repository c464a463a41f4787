import type { Entry } from '../protocol/project.ts'
import { type Context, found, type Result } from './context.ts'
import type { Look } from './look.ts'
import { commandLine } from './quote.ts'
import { visible } from './visible.ts'

type Done = { entries: Entry[]; duplicate: boolean }

/** The result of a change. Programs get the ids it was about, its entries, and what to run next. */
export function changed<I extends Record<string, string | null>>(
  { entries, duplicate }: Done,
  about: I,
  text: (look: Look, changed: boolean) => string,
  next: string[] = [],
): Result {
  const data = { ...about, entries, duplicate }
  return found(data, (_, look) => text(look, entries.length > 0), next)
}

/** `a` was done, or had been before. */
export function said(text: string, { paint }: Look, changed: boolean, before = 'nothing to change'): string {
  const shown = visible(text) // what somebody typed may be what somebody else made up
  return changed ? `${paint.green('✓')} ${shown}` : `${paint.dim('–')} ${shown} ${paint.dim(`(${before})`)}`
}

/** The same command for the page after this one. */
export function more({ argv }: Context, cursor: string | null): string[] {
  if (!cursor) return []
  const same = argv.filter(
    (word, at) => !word.startsWith('--cursor') && argv[at - 1] !== '--cursor' && word !== '--json',
  )
  return [commandLine([...same, '--cursor', cursor])]
}

/** Tasks that a change made ready. */
export function releasedIn(entries: Entry[]): string[] {
  return entries.flatMap((entry) => (entry.type === 'task:updated' ? (entry.data.released ?? []) : []))
}
