import type { About } from './concerns.ts'

type Range = { after: number; before: number; newest: boolean }
type Posting = { first: number; seqs: string }

/** The first `limit` seqs in `range`, in its order, that are about all that `about` names. */
export async function seqsAbout(d1: D1Database, project: string, range: Range, limit: number, about: About) {
  const [leading, ...others] = groupsOf(about)
  const found: number[] = []
  for (let rest: Range | undefined = range; rest && found.length < limit; ) {
    const page = await readPage(d1, project, leading!, rest, limit)
    const within = { ...rest, after: Math.min(...page.seqs) - 1, before: Math.max(...page.seqs) + 1 }
    const sets = page.seqs.length ? await Promise.all(others.map((group) => readAll(d1, project, group, within))) : []
    found.push(...page.seqs.filter((seq) => sets.every((set) => set.has(seq))))
    rest =
      page.end === undefined ? undefined : { ...rest, ...(rest.newest ? { before: page.end } : { after: page.end }) }
  }
  return found.slice(0, limit)
}

/** What must all hold, the rarest first; of each group one is enough. */
function groupsOf({ session, task, types }: About): string[][] {
  return [task === undefined ? [] : [task], session === undefined ? [] : [session], types ?? []].filter(
    (group) => group.length > 0,
  )
}

/**
 * The next seqs of any of `subjects`: at least `limit` if there are so many, and all up to `end`, the last of them; no
 * `end` where there are no more. Every posting holds at least one, so `limit` postings of each subject are enough, with
 * one more at either end of the range, of which only another part may lie within.
 */
async function readPage(d1: D1Database, project: string, subjects: string[], range: Range, limit: number) {
  const lists = await Promise.all(
    subjects.map(async (subject) => {
      const postings = await read(d1, project, subject, range, limit + 2)
      return { seqs: seqsOf(postings, range), full: postings.length === limit + 2 }
    }),
  )
  const inOrder = [...new Set(lists.flatMap(({ seqs }) => seqs))].sort(range.newest ? (a, b) => b - a : (a, b) => a - b)
  const ends = lists.filter(({ full }) => full).map(({ seqs }) => seqs.at(-1)!)
  if (ends.length === 0) return { seqs: inOrder, end: undefined }
  const end = range.newest ? Math.max(...ends) : Math.min(...ends)
  return { seqs: inOrder.filter((seq) => (range.newest ? seq >= end : seq <= end)), end }
}

async function readAll(d1: D1Database, project: string, subjects: string[], range: Range): Promise<Set<number>> {
  const lists = await Promise.all(subjects.map((subject) => read(d1, project, subject, range, -1)))
  return new Set(lists.flatMap((postings) => seqsOf(postings, range)))
}

async function read(d1: D1Database, project: string, subject: string, range: Range, limit: number) {
  const sql = `SELECT first, seqs FROM postings WHERE project = ? AND subject = ? AND last > ? AND first < ?
    ORDER BY first ${range.newest ? 'DESC' : ''} LIMIT ?`
  return (await d1.prepare(sql).bind(project, subject, range.after, range.before, limit).all<Posting>()).results
}

/** In the order of `range`. */
function seqsOf(postings: Posting[], { after, before, newest }: Range): number[] {
  const seqs = postings.flatMap(({ seqs }) => JSON.parse(seqs) as number[]) // as postingsOf wrote it
  const inside = seqs.filter((seq) => seq > after && seq < before)
  return inside.sort(newest ? (a, b) => b - a : (a, b) => a - b)
}
