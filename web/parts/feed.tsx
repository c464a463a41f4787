import { createEffect, createMemo, createSignal, on, Show } from 'solid-js'
import { VList, type VListHandle } from 'virtua/solid'
import type { Feed as FeedStore, Row } from '../store/feed.ts'
import { count } from '../words/time.ts'
import { FeedRow } from './feed-row.tsx'
import { Icon } from './icon.tsx'

const ROW = 26
/** So near (px) to the end counts as being there; so near to the start asks for more. */
const NEAR = 30
const NEAR_START = 400

/** A feed with fewer lines may not fill its place, so that there is nothing to scroll: then a button asks for more. */
const SHORT = 60

type View = { rows: Row[]; atStart: boolean }

/** What happened, line by line. Follows the end until the reader scrolls up, and then says how much is new. */
export function LiveActivityFeed(props: { feed: FeedStore; whose?: boolean; empty?: string; label?: string }) {
  const [following, setFollowing] = createSignal(true)
  const [seen, setSeen] = createSignal<string>()
  const [open, setOpen] = createSignal<string>()
  let list: VListHandle | undefined
  let section!: HTMLElement

  const feed = createMemo(() => props.feed)
  const view = createMemo<View>((before) => {
    const rows = feed().rows()
    const changedAtStart = before !== undefined && before.rows.length > 0 && rows[0]?.key !== before.rows[0]?.key
    return { rows, atStart: changedAtStart }
  })
  const unseen = () => {
    if (following()) return 0
    const rows = view().rows
    const index = rows.findLastIndex(({ key }) => key === seen())
    return index < 0 ? 0 : rows.length - 1 - index
  }
  // Not by way of the list: it would go on scrolling for a while, against a reader who has begun to scroll up.
  const toEnd = () => {
    const lines = section.querySelector('.feed-lines')
    if (lines) lines.scrollTop = lines.scrollHeight
  }
  const follow = () => {
    setFollowing(true)
    toEnd()
  }
  createEffect(on(feed, () => setFollowing(true), { defer: true }))
  createEffect(on(view, () => following() && queueMicrotask(toEnd)))
  const short = () => feed().more() && !feed().loading() && view().rows.length < SHORT

  let last = 0
  const scrolled = (offset: number) => {
    if (!list) return
    const atEnd = offset + list.viewportSize >= list.scrollSize - NEAR
    const upwards = offset < last
    last = offset
    if (atEnd) setFollowing(true)
    else if (upwards && following()) {
      setSeen(view().rows.at(-1)?.key)
      setFollowing(false)
    }
    if (offset < NEAR_START) void feed().older()
  }

  return (
    <section ref={section} aria-label={props.label ?? 'Activity'} class="relative flex min-h-0 flex-1 flex-col">
      <Show when={short()}>
        <button
          type="button"
          class="self-start px-4 py-1.5 text-xs text-dim hover:text-text"
          onClick={() => void feed().older()}
        >
          Look further back
        </button>
      </Show>
      <Show when={view().rows.length > 0} fallback={<Nothing feed={props.feed} text={props.empty} />}>
        <VList
          ref={(handle) => {
            list = handle
          }}
          class="feed-lines min-h-0 flex-1 py-1.5"
          data={view().rows}
          itemSize={ROW}
          shift={view().atStart}
          onScroll={scrolled}
          onResize={() => following() && toEnd()}
        >
          {(row) => (
            <FeedRow
              row={row}
              whose={props.whose ?? false}
              open={open() === row.key}
              onToggle={() => setOpen(open() === row.key ? undefined : row.key)}
            />
          )}
        </VList>
      </Show>
      <Show when={unseen() > 0}>
        <button
          type="button"
          onClick={follow}
          class="appear absolute bottom-3 left-1/2 flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full border border-edge bg-raise px-3 text-xs shadow-float pointer-coarse:h-10"
        >
          <Icon name="down" size={12} /> {count(unseen())} new
        </button>
      </Show>
    </section>
  )
}

function Nothing(props: { feed: FeedStore; text?: string | undefined }) {
  return (
    <p class="px-4 py-6 text-faint">
      {props.feed.loading() ? '' : (props.text ?? 'Nothing has happened yet. It shows here as it does.')}
    </p>
  )
}
