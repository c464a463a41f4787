import { createSignal, For, Show } from 'solid-js'
import { isTooLong, linesOf } from '../../client/paste.ts'
import { closeDialog, type Pasting } from '../store/dialog.ts'
import { visible } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

const SHOWN = 6
/** Nobody reads the rest of a longer line here. */
const WIDE = 200

/** Asks before many lines go to a program, which may run each of them as it comes. */
export default function Paste(props: Pasting) {
  const lines = linesOf(props.text)
  const tooLong = isTooLong(props.text)
  const [refused, setRefused] = createSignal(false)
  const paste = (event: SubmitEvent) => {
    event.preventDefault()
    if (props.paste()) closeDialog()
    else setRefused(true)
  }
  const hint = () => {
    if (refused()) return 'Nothing was pasted: you do not type into this terminal any more.'
    if (tooLong) return 'That is more than a terminal takes at once (4 MB). Nothing was pasted.'
    return props.marked
      ? 'The program is told that this is pasted, and not typed.'
      : 'The program takes the end of each line for Enter.'
  }
  return (
    <Dialog title={lines.length === 1 ? 'Paste one line?' : `Paste ${lines.length} lines?`} onClose={closeDialog}>
      <form class="space-y-3 p-4" onSubmit={paste}>
        <div class="mono overflow-hidden rounded-md border border-line bg-bg py-1.5 text-xs leading-5">
          <For each={lines.slice(0, SHOWN)}>
            {(line) => <p class="truncate px-3 whitespace-pre">{visible(line.slice(0, WIDE)) || ' '}</p>}
          </For>
          <Show when={lines.length > SHOWN}>
            <p class="px-3 text-faint">… and {lines.length - SHOWN} more</p>
          </Show>
        </div>
        <p role={refused() ? 'alert' : undefined} class={refused() || tooLong ? 'text-red' : 'text-dim'}>
          {hint()}
        </p>
        <footer class="flex justify-end gap-2">
          <Button look="quiet" keys="Esc" autofocus={tooLong} onClick={closeDialog}>
            Do not paste
          </Button>
          <Show when={!tooLong}>
            <Button type="submit" look="strong" keys="↵" autofocus>
              Paste
            </Button>
          </Show>
        </footer>
      </form>
    </Dialog>
  )
}
