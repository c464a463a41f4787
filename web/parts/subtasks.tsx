import { createSignal, For, Show } from 'solid-js'
import type { Subtask, Task } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { visibleLine } from '../words/visible.ts'
import { Icon } from './icon.tsx'

/** How far a task's steps are: `2 of 5`. */
export const stepsDone = (task: Task) =>
  `${task.subtasks.filter(({ status }) => status === 'done').length} of ${task.subtasks.length}`

/** The steps of a task: tick, rename, remove, add. */
export function Subtasks(props: { of: Task; edit?: boolean }) {
  const store = useProject()
  const [title, setTitle] = createSignal('')
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    const wanted = title().trim()
    if (wanted && (await store.addSubtask(props.of.id, wanted))) setTitle('')
  }
  return (
    <>
      <ul>
        <For each={props.of.subtasks}>{(step) => <Step of={step} task={props.of} edit={props.edit ?? false} />}</For>
      </ul>
      <Show when={props.edit}>
        <form class="flex h-8 items-center gap-2" onSubmit={(event) => void add(event)}>
          <Icon name="plus" class="text-faint" />
          <input
            aria-label="New subtask"
            placeholder="Add a subtask"
            class="h-7 flex-1 rounded bg-transparent placeholder:text-faint focus:outline-none"
            value={title()}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </form>
      </Show>
    </>
  )
}

function Step(props: { of: Subtask; task: Task; edit: boolean }) {
  const store = useProject()
  const [renaming, setRenaming] = createSignal(false)
  const done = () => props.of.status === 'done'
  const tick = () => void store.tickSubtask(props.task.id, props.of.id, !done())
  return (
    <li class="group flex min-h-7 items-center gap-2 pointer-coarse:min-h-11">
      <label
        class={`relative rounded-full has-focus-visible:outline-2 ${done() ? 'text-green' : 'text-faint hover:text-text'}`}
      >
        <input
          type="checkbox"
          class="absolute inset-0 cursor-pointer opacity-0"
          checked={done()}
          aria-label={props.of.title}
          onChange={tick}
        />
        <Icon name={done() ? 'done' : 'todo'} />
      </label>
      <Show
        when={renaming()}
        fallback={<span class={`flex-1 ${done() ? 'text-dim' : ''}`}>{visibleLine(props.of.title)}</span>}
      >
        <Rename of={props.of} task={props.task} onEnd={() => setRenaming(false)} />
      </Show>
      <Show when={props.edit && !renaming()}>
        <span class="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
          <button
            type="button"
            aria-label={`Rename ${props.of.title}`}
            class="rounded p-1.5 text-faint hover:text-text"
            onClick={() => setRenaming(true)}
          >
            <Icon name="edit" size={13} />
          </button>
          <button
            type="button"
            aria-label={`Remove ${props.of.title}`}
            class="rounded p-1.5 text-faint hover:text-red"
            onClick={() => void store.deleteSubtask(props.task.id, props.of.id)}
          >
            <Icon name="bin" size={13} />
          </button>
        </span>
      </Show>
    </li>
  )
}

function Rename(props: { of: Subtask; task: Task; onEnd: () => void }) {
  const store = useProject()
  const keep = async (title: string) => {
    if (title.trim() && title !== props.of.title) await store.renameSubtask(props.task.id, props.of.id, title.trim())
    props.onEnd()
  }
  return (
    <input
      ref={(input) => queueMicrotask(() => input.select())}
      aria-label="Title of the subtask"
      class="h-7 flex-1 rounded border border-edge bg-bg px-1.5"
      value={props.of.title}
      onBlur={(event) => void keep(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') props.onEnd()
      }}
    />
  )
}
