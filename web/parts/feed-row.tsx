import { createMemo, Show } from 'solid-js'
import type { SessionId } from '../../protocol/ids.ts'
import { subjectOf } from '../../protocol/subject.ts'
import { type Glyph, tell } from '../../protocol/told.ts'
import { useProject } from '../store/context.tsx'
import type { Row } from '../store/feed.ts'
import { clockTime, fullTime, lasting } from '../words/time.ts'
import { visibleLine } from '../words/visible.ts'
import { Icon, type IconName } from './icon.tsx'
import { Payload } from './payload.tsx'
import { toneText } from './status.tsx'
import { Lasting } from './time.tsx'

const icons: Record<Glyph, IconName> = {
  ...{ prompt: 'say', read: 'file', edit: 'edit', shell: 'terminal', search: 'search', web: 'globe', agent: 'agent' },
  ...{
    tool: 'tool',
    plan: 'list',
    fail: 'failed',
    asks: 'alert',
    note: 'say',
    start: 'play',
    stop: 'idle',
    end: 'end',
  },
  ...{ task: 'ready', subtask: 'ready', done: 'done', machine: 'machine', other: 'more' },
}

/** One line of a feed. `whose` says of which session it is, where a feed has several. */
export function FeedRow(props: { row: Row; whose: boolean; open: boolean; onToggle: () => void }) {
  const { project } = useProject()
  const told = createMemo(() => tell(props.row.entry, project))
  const session = () => project.sessions[subjectOf(props.row.entry).session as SessionId] // undefined is no key there
  const ground = () => (told().tone === 'red' ? 'bg-red-bg' : told().tone === 'amber' ? 'bg-amber-bg' : '')
  const colour = () => (told().tone ? toneText[told().tone!] : '')
  return (
    <div>
      <button
        type="button"
        aria-expanded={props.open}
        onClick={() => props.onToggle()}
        class={`grid h-[26px] w-full items-center gap-2 px-4 text-left hover:bg-raise focus-visible:outline-offset-[-2px] max-md:grid-cols-[auto_16px_auto_1fr_auto] ${ground()} ${
          props.whose ? 'grid-cols-[58px_16px_minmax(0,168px)_72px_1fr_auto]' : 'grid-cols-[58px_16px_72px_1fr_auto]'
        }`}
      >
        <span class="text-xs text-faint" title={fullTime(props.row.at)}>
          {clockTime(props.row.at)}
        </span>
        <Icon
          name={icons[told().glyph]}
          size={13}
          class={told().glyph === 'done' ? 'text-green' : colour() || 'text-faint'}
        />
        <Show when={props.whose}>
          <span class="truncate text-dim max-md:hidden">{session()?.name ?? ''}</span>
        </Show>
        <span class={`truncate ${colour() || (told().plain ? 'text-dim' : '')}`}>{told().what}</span>
        <span class={`truncate ${told().plain ? '' : 'mono'}`} title={visibleLine(told().target)}>
          {visibleLine(told().target)}
        </span>
        <span class="text-xs whitespace-nowrap text-faint">
          <Show when={told().pending} fallback={told().ms === undefined ? '' : lasting(told().ms!)}>
            <Lasting from={props.row.at} class="text-blue" />
          </Show>
        </span>
      </button>
      <Show when={props.open}>
        <Payload entry={props.row.entry} />
      </Show>
    </div>
  )
}
