import { createSignal, Show } from 'solid-js'
import type { Priority, Task } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { priorities, priorityWords } from '../words/status.ts'
import { visible, visibleLine } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Select, TextArea, TextField } from './field.tsx'
import { Ago } from './time.tsx'

/** What a task says, and the form that changes it. */
export function TaskText(props: { of: Task }) {
  const [editing, setEditing] = createSignal(false)
  return (
    <div class="shrink-0 border-b border-line px-4 pt-3 pb-3">
      <Show when={!editing()} fallback={<EditTask of={props.of} onEnd={() => setEditing(false)} />}>
        <div class="flex items-start gap-3">
          <h2 class="text-lg font-semibold text-balance">{visibleLine(props.of.title)}</h2>
          <Button look="quiet" class="ml-auto" onClick={() => setEditing(true)}>
            Edit
          </Button>
        </div>
        <p class="mt-0.5 flex flex-wrap gap-x-3.5 text-dim">
          <span>{priorityWords[props.of.priority]} priority</span>
          <span>
            by {props.of.createdBy.replace('person:', '')}, <Ago at={props.of.createdAt} /> ago
          </span>
          <Show when={props.of.labels.length}>
            <span>{props.of.labels.join(', ')}</span>
          </Show>
        </p>
        <Show when={props.of.description}>
          {(text) => <p class="mt-2 max-w-[75ch] break-words whitespace-pre-wrap">{visible(text())}</p>}
        </Show>
        <Show when={props.of.acceptance}>
          {(text) => (
            <p class="mt-2 max-w-[75ch] break-words whitespace-pre-wrap">
              <span class="text-dim">Done when: </span>
              {visible(text())}
            </p>
          )}
        </Show>
        <Show when={props.of.result?.summary}>
          {(text) => (
            <p class="mt-2 max-w-[75ch] rounded-md bg-green-bg px-3 py-2 break-words whitespace-pre-wrap">
              {visible(text())}
            </p>
          )}
        </Show>
      </Show>
    </div>
  )
}

function EditTask(props: { of: Task; onEnd: () => void }) {
  const store = useProject()
  const [title, setTitle] = createSignal(props.of.title)
  const [description, setDescription] = createSignal(props.of.description)
  const [acceptance, setAcceptance] = createSignal(props.of.acceptance)
  const [priority, setPriority] = createSignal(props.of.priority)
  const keep = async (event: SubmitEvent) => {
    event.preventDefault()
    const given = { title: title(), description: description(), acceptance: acceptance(), priority: priority() }
    if (await store.editTask(props.of.id, given)) props.onEnd()
  }
  return (
    <form
      class="space-y-2"
      onSubmit={(event) => void keep(event)}
      onKeyDown={(event) => event.key === 'Escape' && props.onEnd()}
    >
      <TextField aria-label="Title" value={title()} onInput={(event) => setTitle(event.currentTarget.value)} />
      <TextArea
        aria-label="Description"
        rows={5}
        value={description()}
        onInput={(event) => setDescription(event.currentTarget.value)}
      />
      <TextField
        aria-label="Done when"
        placeholder="Done when…"
        value={acceptance()}
        onInput={(event) => setAcceptance(event.currentTarget.value)}
      />
      <div class="flex gap-2">
        <div class="w-32">
          <Select
            label="Priority"
            value={priority()}
            options={priorities.map((value) => ({ value, label: priorityWords[value] }))}
            onPick={(value) => setPriority(value as Priority)}
          />
        </div>
        <span class="ml-auto" />
        <Button onClick={() => props.onEnd()}>Leave as it was</Button>
        <Button type="submit" look="strong" disabled={!title().trim()}>
          Keep
        </Button>
      </div>
    </form>
  )
}
