import { createSignal } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'
import { useProject } from '../store/context.tsx'
import { closeDialog } from '../store/dialog.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'

export default function BlockTask(props: { task: TaskId }) {
  const store = useProject()
  const [reason, setReason] = createSignal('')
  const block = async (event: SubmitEvent) => {
    event.preventDefault()
    if (await store.block(props.task, reason().trim())) closeDialog()
  }
  return (
    <Dialog title="What is in the way?" onClose={closeDialog}>
      <form class="space-y-3 p-4" onSubmit={(event) => void block(event)}>
        <p class="text-dim">{store.project.tasks[props.task]?.title}</p>
        <TextField
          aria-label="What is in the way"
          autofocus
          value={reason()}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <footer class="flex justify-end">
          <Button type="submit" look="strong" disabled={!reason().trim()}>
            Block it
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
