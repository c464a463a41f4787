import { createSignal, untrack } from 'solid-js'
import type { SessionId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { subjectOf } from '../../protocol/subject.ts'

/** A line of a feed. A tool call is one line: it begins with its start, `at`, and becomes its outcome where it stands. */
export type Row = { key: string; entry: Entry; at: number }

const KEPT = 10_000
const PAGE = 200
/** Where only some entries count, more are looked through at once, until so many are found or so many pages are read. */
const SIFTED_PAGE = 1_000
const FOUND = 50
const PAGES = 5

export type Feed = {
  rows: () => Row[]
  /** Whether there is more before the first row. */
  more: () => boolean
  loading: () => boolean
  older: () => Promise<void>
  take: (fresh: Entry[]) => void
  /** What was kept may have gaps: begins anew. */
  reset: () => void
}

type Page = { entries: Entry[]; more: boolean }
type Ask = (page: { before?: number; limit: number; session?: SessionId }) => Promise<Page | undefined>

/** What happened, the newest last, kept up to date by `take` and filled backwards by asking. `session` is what the server sifts by. */
export function createFeed(ask: Ask, concerns: (entry: Entry) => boolean, session?: SessionId, sifted = false): Feed {
  const [rows, setRows] = createSignal<Row[]>([])
  const [more, setMore] = createSignal(true)
  const [loading, setLoading] = createSignal(false)
  let waiting: Entry[] = []
  let drawing = false
  let began = 0
  let newest = 0
  let oldest: number | undefined
  const limit = sifted ? SIFTED_PAGE : PAGE

  const older = async () => {
    if (loading() || !more() || rows().length >= KEPT) return
    setLoading(true)
    const mine = ++began
    let found = 0
    for (let read = 0; more() && found < FOUND && read < (sifted ? PAGES : 1); read++) {
      const page = await ask({ limit, ...(oldest && { before: oldest }), ...(session && { session }) })
      if (mine !== began) return
      if (!page) break
      setMore(page.more)
      found += prepend(page.entries)
    }
    setLoading(false)
  }
  const prepend = (entries: Entry[]): number => {
    const known = entries.filter((entry) => entry.seq < (oldest ?? Number.POSITIVE_INFINITY) && concerns(entry))
    newest = Math.max(newest, entries.at(-1)?.seq ?? 0)
    oldest = entries[0]?.seq ?? oldest
    setRows((after) => before(joined([], known), after))
    return known.length
  }
  // At most once per frame, however fast entries come.
  const draw = () => {
    drawing = false
    const fresh = waiting.filter(({ seq }) => seq > newest) // a page asked for meanwhile may have brought some
    waiting = []
    newest = fresh.at(-1)?.seq ?? newest
    oldest ??= fresh[0]?.seq
    setRows((shown) => joined(shown, fresh).slice(-KEPT))
  }
  const take = (fresh: Entry[]) => {
    waiting.push(...fresh.filter(concerns))
    if (drawing || waiting.length === 0) return
    drawing = true
    if (document.hidden) setTimeout(draw, 200)
    else requestAnimationFrame(draw)
  }
  const reset = () => {
    began++
    waiting = []
    newest = 0
    oldest = undefined
    setLoading(false)
    setMore(true)
    setRows([])
    void older()
  }
  void untrack(older) // it is asked for while something is drawn
  return { rows, more, loading, older, take, reset }
}

/** `older` and then `after`; a call that began in the one and ended in the other is one line, where it began. */
function before(older: Row[], after: Row[]): Row[] {
  const ended = new Map(after.filter(({ entry }) => isOutcome(entry)).map((row) => [row.key, row]))
  const met = new Set<string>()
  const rows = older.map((row) => {
    const end = row.entry.type === 'hook:tool_start' ? ended.get(row.key) : undefined
    if (end) met.add(row.key)
    return end ? { ...end, at: row.at } : row
  })
  return [...rows, ...after.filter(({ key }) => !met.has(key))]
}

function joined(shown: Row[], fresh: Entry[]): Row[] {
  const rows = shown.slice()
  const open = new Map<string, number>()
  for (const [index, { entry, key }] of rows.entries()) if (entry.type === 'hook:tool_start') open.set(key, index)
  for (const entry of fresh) {
    const key = keyOf(entry)
    const index = open.get(key)
    if (index !== undefined && isOutcome(entry)) {
      rows[index] = { key, entry, at: rows[index]!.at }
      open.delete(key)
      continue
    }
    if (entry.type === 'hook:tool_start') open.set(key, rows.length)
    rows.push({ key, entry, at: entry.at })
  }
  return rows
}

const isOutcome = ({ type }: Entry) => type === 'hook:tool_use' || type === 'hook:tool_failure'

function keyOf(entry: Entry): string {
  const isTool = isOutcome(entry) || entry.type === 'hook:tool_start'
  const { toolUse } = entry.data as { toolUse?: string | null } // only hook events have it
  return isTool && toolUse ? `${subjectOf(entry).session}/${toolUse}` : entry.id
}
