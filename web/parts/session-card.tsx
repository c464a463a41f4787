import { Match, Show, Switch } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { now } from '../store/clock.ts'
import { useProject } from '../store/context.tsx'
import { visibleLine } from '../words/visible.ts'
import { NowLine } from './now-line.tsx'
import { Sparkline } from './sparkline.tsx'
import { SessionIcon } from './status.tsx'
import { Ago } from './time.tsx'

export const cardClass =
  'relative grid grid-cols-[16px_1fr_auto] gap-x-2 border-b border-line px-4 pt-2 pb-2.5 hover:bg-raise/70 has-[[aria-current]]:bg-raise has-[[aria-current]]:before:absolute has-[[aria-current]]:before:inset-y-0 has-[[aria-current]]:before:left-0 has-[[aria-current]]:before:w-0.5 has-[[aria-current]]:before:bg-accent'

/** A session in the list: who, what now, since when, and what it asks. */
export function SessionCard(props: { of: Session; href: string; on: boolean }) {
  const { pulse } = useProject()
  return (
    <li class={cardClass}>
      <span class="pt-[3px]">
        <SessionIcon of={props.of} />
      </span>
      <a href={props.href} aria-current={props.on ? 'true' : undefined} class="cover truncate font-medium">
        {visibleLine(props.of.name)}
      </a>
      <span class="text-xs leading-5 text-faint">
        <SinceWhen of={props.of} />
      </span>
      <p class="col-[2/4] truncate text-dim">
        <NowLine of={props.of} />
      </p>
      <Show when={props.of.needsYou}>
        {(asks) => (
          <p class="col-[2/4] mt-1 line-clamp-2 rounded-md bg-amber-bg px-2 py-1 text-xs break-words text-amber">
            {visibleLine(asks().message)}
          </p>
        )}
      </Show>
      <Show when={props.of.status === 'running'}>
        <Sparkline counts={pulse.of(props.of.id, now())} class="col-[2/4] mt-1 text-blue" />
      </Show>
    </li>
  )
}

function SinceWhen(props: { of: Session }) {
  return (
    <Switch>
      <Match when={props.of.endedAt}>{(at) => <Ago at={at()} />}</Match>
      <Match when={props.of.needsYou}>{(asks) => <Ago at={asks().since} class="text-amber" />}</Match>
      <Match when={props.of.startedAt ?? props.of.requestedAt}>{(at) => <Ago at={at()} />}</Match>
    </Switch>
  )
}
