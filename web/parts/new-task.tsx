import { createSignal, For, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { TaskId } from '../../protocol/ids.ts'
import type { Priority } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { closeDialog, openDialog } from '../store/dialog.ts'
import { priorities, priorityWords } from '../words/status.ts'
import { visibleLine } from '../words/visible.ts'
import { Button, Keys } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { isSubmit, Label, Select, TextArea, TextField } from './field.tsx'

export default function NewTask() {
  const store = useProject()
  const [given, setGiven] = createStore({
    title: '',
    description: '',
    priority: 'medium' as Priority,
    needs: [] as TaskId[],
  })
  const [more, setMore] = createSignal(false)
  const [busy, setBusy] = createSignal(false)
  const create = async (start: boolean) => {
    if (!given.title.trim() || busy()) return
    setBusy(true)
    const task = await store.createTask({ ...given, title: given.title.trim() })
    setBusy(false)
    if (!task) return
    if (start) openDialog({ name: 'start', task })
    else closeDialog()
  }
  return (
    <Dialog title="New task" onClose={closeDialog}>
      <form
        class="space-y-3 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          void create(false)
        }}
        onKeyDown={(event) => isSubmit(event) && void create(false)}
      >
        <TextField
          aria-label="What is to be done"
          placeholder="What is to be done?"
          maxLength={300}
          autofocus
          value={given.title}
          onInput={(event) => setGiven('title', event.currentTarget.value)}
        />
        <Show
          when={more()}
          fallback={
            <button type="button" class="text-xs text-dim hover:text-text" onClick={() => setMore(true)}>
              + description, priority, needs
            </button>
          }
        >
          <Label text="Description">
            <TextArea
              ref={(field: HTMLElement) => queueMicrotask(() => field.focus())}
              value={given.description}
              onInput={(event) => setGiven('description', event.currentTarget.value)}
            />
          </Label>
          <Label text="Priority">
            <Select
              value={given.priority}
              options={priorities.map((value) => ({ value, label: priorityWords[value] }))}
              onPick={(value) => setGiven('priority', value as Priority)}
            />
          </Label>
          <Needs picked={given.needs} onPick={(needs) => setGiven('needs', needs)} />
        </Show>
        <footer class="flex items-center justify-end gap-2">
          <Button disabled={!given.title.trim() || busy()} onClick={() => void create(true)}>
            Create and start…
          </Button>
          <Button type="submit" look="strong" disabled={!given.title.trim() || busy()}>
            Create <Keys of="⌘↵" inherit />
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

function Needs(props: { picked: TaskId[]; onPick: (needs: TaskId[]) => void }) {
  const { project } = useProject()
  const open = () => Object.values(project.tasks).filter(({ status }) => status !== 'done' && status !== 'cancelled')
  const toggle = (id: TaskId) =>
    props.onPick(props.picked.includes(id) ? props.picked.filter((one) => one !== id) : [...props.picked, id])
  return (
    <Show when={open().length > 0}>
      <fieldset>
        <legend class="mb-1 text-xs text-dim">Needs, to be done first</legend>
        <ul class="max-h-36 overflow-auto rounded-md border border-edge p-1">
          <For each={open()}>
            {(task) => (
              <li>
                <label class="flex min-h-7 items-center gap-2 rounded px-1.5 hover:bg-raise">
                  <input type="checkbox" checked={props.picked.includes(task.id)} onChange={() => toggle(task.id)} />
                  <span class="truncate">{visibleLine(task.title)}</span>
                  <span class="mono ml-auto text-faint">{task.id}</span>
                </label>
              </li>
            )}
          </For>
        </ul>
      </fieldset>
    </Show>
  )
}
