import { For } from 'solid-js'
import { closeDialog } from '../store/dialog.ts'
import { Keys } from './button.tsx'
import { Dialog } from './dialog.tsx'

const lines: [string, string][] = [
  ['g m', 'Mission'],
  ['g b', 'Board'],
  ['g a', 'Activity'],
  ['j', 'Next in the list'],
  ['k', 'The one before'],
  ['Enter', 'Open it'],
  ['Esc', 'Leave it'],
  ['n', 'New task'],
  ['s', 'Start a session on the selected task'],
  ['⌘↵', 'Send a form'],
  ['⇧Esc', 'Leave a terminal'],
  ['?', 'This list'],
]

export default function ShortcutList() {
  return (
    <Dialog title="Shortcuts" onClose={closeDialog}>
      <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 p-4">
        <For each={lines}>
          {([keys, what]) => (
            <>
              <dt class="flex gap-1">
                <For each={keys.split(' ')}>{(key) => <Keys of={key} />}</For>
                <span class="sr-only">{keys}</span>
              </dt>
              <dd>{what}</dd>
            </>
          )}
        </For>
      </dl>
    </Dialog>
  )
}
