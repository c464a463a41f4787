import { NEIGHBOURS } from './digest.ts'
import { textOf } from './entry-words.ts'
import type { EntryRow } from './history.ts'
import { hasAll, matchOf } from './words.ts'

/** So many documents are looked into at a time, and so many times: then the rest is another page. */
const DOCUMENTS = 20
const LOOKS = 25

export type Found = {
  rows: EntryRow[]
  /** Where to go on: before this seq; null: there is no more. */
  before: number | null
}

/** At most `limit` archived entries before `before` in which all phrases are found, newest first. */
export async function search(
  d1: D1Database,
  project: string,
  phrases: string[][],
  before: number,
  limit: number,
): Promise<Found> {
  const rows: EntryRow[] = []
  let end = before
  for (let look = 0; look < LOOKS; look++) {
    const documents = await documentsBefore(d1, project, phrases, end)
    const fresh = await within(d1, project, documents, end)
    rows.push(...fresh.filter((row) => hasAll(textOf(row), phrases)))
    if (rows.length > limit) return { rows: rows.slice(0, limit), before: rows[limit - 1]!.seq }
    if (documents.length < DOCUMENTS) return { rows, before: null }
    end = documents.at(-1)!
  }
  return { rows, before: end }
}

/** The first seqs of the documents that have all phrases between them, newest first. */
async function documentsBefore(d1: D1Database, project: string, phrases: string[][], before: number) {
  const sql = `SELECT rowid & ((1 << 36) - 1) AS seq FROM search
    WHERE search MATCH ?1
      AND rowid BETWEEN (SELECT number FROM archives WHERE project = ?2) << 36
                    AND ((SELECT number FROM archives WHERE project = ?2) << 36) + ?3
    ORDER BY rowid DESC LIMIT ?4`
  const statement = d1.prepare(sql).bind(matchOf(phrases), project, before - 1, DOCUMENTS)
  return (await statement.all<{ seq: number }>()).results.map(({ seq }) => seq)
}

async function within(d1: D1Database, project: string, documents: number[], before: number): Promise<EntryRow[]> {
  const sql = `SELECT DISTINCT seq, entries.id, at, "by", entries.type, data FROM json_each(?2) AS document
    CROSS JOIN entries ON project = ?1 AND seq BETWEEN document.value AND (document.value | ${NEIGHBOURS - 1}) AND seq < ?3
    ORDER BY seq DESC`
  return (await d1.prepare(sql).bind(project, JSON.stringify(documents), before).all<EntryRow>()).results
}
