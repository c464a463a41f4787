import { createSignal } from 'solid-js'
import type { SessionId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { subjectOf } from '../words/entry.ts'

/** A line of a feed. A tool call is one line: it begins with its start and becomes its outcome where it stands. */
export type Row = { key: string; entry: Entry }

const KEPT = 10_000
const PAGE = 200

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

/** What happened, the newest last, kept up to date by `take` and filled backwards by asking. */
export function createFeed(ask: Ask, session?: SessionId, concerns: (entry: Entry) => boolean = () => true): Feed {
  const [rows, setRows] = createSignal<Row[]>([])
  const [more, setMore] = createSignal(true)
  const [loading, setLoading] = createSignal(false)
  let waiting: Entry[] = []
  let drawing = false
  let began = 0
  let newest = 0

  const older = async () => {
    if (loading() || !more() || rows().length >= KEPT) return
    setLoading(true)
    const mine = ++began
    const before = rows()[0]?.entry.seq
    const page = await ask({ limit: PAGE, ...(before && { before }), ...(session && { session }) })
    if (mine !== began) return
    setLoading(false)
    if (!page) return
    setMore(page.more)
    newest = Math.max(newest, page.entries.at(-1)?.seq ?? 0)
    const head = rows()[0]?.entry.seq ?? Number.POSITIVE_INFINITY
    const known = page.entries.filter((entry) => entry.seq < head && concerns(entry))
    setRows(
      joined(
        joined([], known),
        rows().map(({ entry }) => entry),
      ),
    )
    if (known.length === 0 && page.more) await older()
  }
  // At most once per frame, however fast entries come.
  const draw = () => {
    drawing = false
    const fresh = waiting.filter(({ seq }) => seq > newest) // a page asked for meanwhile may have brought some
    waiting = []
    newest = fresh.at(-1)?.seq ?? newest
    setRows((before) => joined(before, fresh).slice(-KEPT))
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
    setLoading(false)
    setMore(true)
    setRows([])
    void older()
  }
  void older()
  return { rows, more, loading, older, take, reset }
}

function joined(before: Row[], fresh: Entry[]): Row[] {
  const rows = before.slice()
  const open = new Map<string, number>()
  for (const [index, { entry, key }] of rows.entries()) if (entry.type === 'hook:tool_start') open.set(key, index)
  for (const entry of fresh) {
    const key = keyOf(entry)
    const index = open.get(key)
    if (index !== undefined && isOutcome(entry)) {
      rows[index] = { key, entry: { ...entry, seq: rows[index]!.entry.seq } as Entry } // the same entry at its start's place
      open.delete(key)
      continue
    }
    if (entry.type === 'hook:tool_start') open.set(key, rows.length)
    rows.push({ key, entry })
  }
  return rows
}

const isOutcome = ({ type }: Entry) => type === 'hook:tool_use' || type === 'hook:tool_failure'

function keyOf(entry: Entry): string {
  const isTool = isOutcome(entry) || entry.type === 'hook:tool_start'
  const { toolUse } = entry.data as { toolUse?: string | null } // only hook events have it
  return isTool && toolUse ? `${subjectOf(entry).session}/${toolUse}` : entry.id
}
