import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { waitsFor, worksIn } from '../../protocol/session-rules.ts'
import { now } from '../store/clock.ts'
import { useProject } from '../store/context.tsx'
import { agentName } from '../words/status.ts'
import { visibleLine } from '../words/visible.ts'
import { SureButton } from './button.tsx'
import { Copy } from './copy.tsx'
import { Icon } from './icon.tsx'
import { Spent } from './spent.tsx'
import { SessionBadge } from './status.tsx'
import { Lasting } from './time.tsx'

/** Status, id, and what can be done about a session. `before` and `after` are the page's own controls. */
export function SessionBar(props: { of: Session; before?: JSX.Element; after?: JSX.Element }) {
  const store = useProject()
  return (
    <header class="flex h-11 shrink-0 items-center gap-2.5 border-b border-line px-4">
      {props.before}
      <SessionBadge of={props.of} />
      <Copy text={props.of.id} />
      <span class="ml-auto" />
      {props.after}
      <Show when={props.of.status !== 'ended' && props.of.managed}>
        <SureButton
          sure="Stop it?"
          disabled={props.of.stopping !== null}
          onSure={() => void store.stopSession(props.of.id)}
        >
          {props.of.stopping ? 'Stopping…' : 'Stop'}
        </SureButton>
      </Show>
    </header>
  )
}

export function SessionHeadline(props: { of: Session }) {
  const { id, project } = useProject()
  const machine = () => (props.of.spawner ? (project.spawners[props.of.spawner]?.name ?? props.of.spawner) : undefined)
  return (
    <div class="shrink-0 border-b border-line px-4 pt-3 pb-2.5">
      <h2 class="text-lg font-semibold text-balance">{visibleLine(props.of.name)}</h2>
      <div class="mt-0.5 flex flex-wrap gap-x-3.5 text-dim">
        <Show when={props.of.tasks[0]}>
          {(task) => (
            <A href={`/p/${id}/tasks/${task()}`} class="mono leading-5 hover:text-text hover:underline">
              {task()}
            </A>
          )}
        </Show>
        <span>{props.of.role}</span>
        <span>{agentName(props.of.agent)}</span>
        <span>{[machine(), props.of.workspace].filter(Boolean).join(' · ')}</span>
        <Show when={props.of.place}>{(place) => <span class="break-all">{visibleLine(worksIn(place()))}</span>}</Show>
        <Lasting from={props.of.startedAt ?? props.of.requestedAt} to={props.of.endedAt} />
        <Spent models={props.of.usage?.models} />
        <Show when={props.of.status === 'ended' && props.of.exitCode !== null}>
          <span>
            exit code <span class="mono">{props.of.exitCode}</span>
          </span>
        </Show>
      </div>
      <Saying of={props.of} />
    </div>
  )
}

function Saying(props: { of: Session }) {
  const { project } = useProject()
  const text = () => waitsFor(project, props.of, now()) ?? props.of.reason ?? props.of.progress?.text
  return (
    <Show when={text()}>
      {(said) => (
        <p class="mt-1.5 flex items-start gap-2">
          <Icon name={props.of.status === 'spawning' ? 'ready' : 'say'} size={13} class="mt-[3px] text-faint" />
          <span class="line-clamp-2">{visibleLine(said())}</span>
        </p>
      )}
    </Show>
  )
}
