import { textOf } from './entry-words.ts'
import type { EntryRow } from './history.ts'
import { subjectsOf } from './subjects.ts'
import { wordsOf } from './words.ts'

// What the archive keeps beside the entries themselves, as the rows of the tables that migration 0002 makes.

/** So many neighbours share one document of the search: each costs a write. */
export const NEIGHBOURS = 32

/** Subject, first and last seq of the batch, and the seqs in it that are about the subject. */
export function postingsOf(rows: EntryRow[]): [string, number, number, string][] {
  const bySubject = new Map<string, number[]>()
  for (const row of rows)
    for (const subject of subjectsOf(row)) bySubject.set(subject, [...(bySubject.get(subject) ?? []), row.seq])
  const [first, last] = [rows[0]!.seq, rows.at(-1)!.seq]
  return [...bySubject].map(([subject, seqs]) => [subject, first, last, JSON.stringify(seqs)])
}

/**
 * One sign may stand for many (`ﷺ`): the words of an entry come to twice its characters at most, which is what a space
 * after each of them takes, or to so many.
 */
const WORDS = 500

/** The first seq of neighbours, and the words they say between them. No document goes beyond a multiple of 32. */
export function documentsOf(rows: EntryRow[]): [number, string][] {
  const documents = new Map<number, { seq: number; words: string[] }>()
  for (const row of rows) {
    const text = textOf(row)
    const words = wordsOf(text)
      .join(' ')
      .slice(0, Math.max(WORDS, 2 * text.length))
    if (words === '') continue
    const place = Math.floor(row.seq / NEIGHBOURS)
    const document = documents.get(place) ?? { seq: row.seq, words: [] }
    document.words.push(words)
    documents.set(place, document)
  }
  return [...documents.values()].map(({ seq, words }) => [seq, words.join('\n')])
}

/** Day (UTC), agent and tool, with calls, failures and ms. */
export type ToolDay = [day: string, agent: string, tool: string, calls: number, failures: number, ms: number]

export function toolDaysOf(rows: Pick<EntryRow, 'type' | 'at' | 'data'>[]): ToolDay[] {
  const counts = new Map<string, ToolDay>()
  for (const { type, at, data } of rows) {
    if (type !== 'hook:tool_use' && type !== 'hook:tool_failure') continue
    const { agent, tool, ms } = JSON.parse(data) as { agent: string; tool: string | null; ms: number | null } // every hook's
    if (!tool) continue
    const day = new Date(at).toISOString().slice(0, 10)
    const key = JSON.stringify([day, agent, tool])
    const count = counts.get(key) ?? [day, agent, tool, 0, 0, 0]
    count[3] += 1
    count[4] += type === 'hook:tool_failure' ? 1 : 0
    count[5] += Math.round(ms ?? 0)
    counts.set(key, count)
  }
  return [...counts.values()]
}
