import { createMemo, createSignal, For, Show } from 'solid-js'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import { byAttention, type Group, type GroupName, groupNames, held, type Item } from '../store/attention.ts'
import { useProject } from '../store/context.tsx'
import type { Selection } from '../store/selection.ts'
import { count } from '../words/time.ts'
import { ReadyCard } from './ready-card.tsx'
import { SessionCard } from './session-card.tsx'

const words: Record<GroupName, { title: string; colour: string }> = {
  needs: { title: 'Needs you', colour: 'text-amber' },
  working: { title: 'Working', colour: 'text-blue' },
  starting: { title: 'Starting', colour: 'text-blue' },
  ready: { title: 'Ready to start', colour: 'text-dim' },
  idle: { title: 'Idle', colour: 'text-dim' },
  ended: { title: 'Ended', colour: 'text-dim' },
}
/** So many ended sessions are shown at first. */
const ENDED_SHOWN = 5

/** The list in its order, which stands still while a pointer is on it. */
export function createOrder() {
  const { project } = useProject()
  const [pointed, setPointed] = createSignal(false)
  const groups = createMemo<Group[]>((before) => {
    const fresh = byAttention(project)
    return pointed() && before ? held(before, fresh) : fresh
  })
  return { groups, setPointed, items: () => groups().flatMap(({ items }) => items) }
}
export type Order = ReturnType<typeof createOrder>

export function SessionList(props: { order: Order; selection: Selection }) {
  return (
    <div
      class="min-h-0 flex-1 overflow-y-auto pb-4"
      // Not where the list came to be under a pointer that lies still: that points at nothing.
      onPointerMove={(event) => event.pointerType === 'mouse' && props.order.setPointed(true)}
      onPointerLeave={() => props.order.setPointed(false)}
    >
      <For each={groupNames}>{(name) => <OneGroup name={name} order={props.order} selection={props.selection} />}</For>
    </div>
  )
}

function OneGroup(props: { name: GroupName; order: Order; selection: Selection }) {
  const [all, setAll] = createSignal(false)
  const items = () => props.order.groups().find(({ name }) => name === props.name)?.items ?? []
  const shown = () => (props.name === 'ended' && !all() ? items().slice(0, ENDED_SHOWN) : items()).map(({ id }) => id)
  const hidden = () => items().length - shown().length
  return (
    <Show when={items().length > 0}>
      <section aria-labelledby={`group-${props.name}`}>
        <h3 id={`group-${props.name}`} class="flex gap-1.5 px-4 pt-3 pb-1 text-2xs font-medium text-faint">
          <span class={words[props.name].colour}>{words[props.name].title}</span>
          {count(items().length)}
        </h3>
        <ul>
          <For each={shown()}>{(id) => <OneItem id={id} selection={props.selection} />}</For>
        </ul>
        <Show when={hidden() > 0}>
          <button type="button" class="px-4 py-2 text-xs text-dim hover:text-text" onClick={() => setAll(true)}>
            Show {count(hidden())} more
          </button>
        </Show>
      </section>
    </Show>
  )
}

function OneItem(props: { id: Item['id']; selection: Selection }) {
  const { project } = useProject()
  const { selection } = props
  // An id is found in the one record or in the other.
  const session = () => project.sessions[props.id as SessionId]
  const task = () => project.tasks[props.id as TaskId]
  return (
    <>
      <Show when={session()}>
        {(one) => (
          <SessionCard
            of={one()}
            href={selection.hrefOf({ kind: 'session', id: props.id })}
            on={selection.session() === props.id}
          />
        )}
      </Show>
      <Show when={task()}>
        {(one) => (
          <ReadyCard
            of={one()}
            href={selection.hrefOf({ kind: 'task', id: props.id })}
            on={selection.task() === props.id}
          />
        )}
      </Show>
    </>
  )
}
