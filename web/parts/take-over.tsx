import { closeDialog } from '../store/dialog.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

/** Asks before somebody who types is interrupted. */
export default function TakeOver(props: { who: string; take: () => void }) {
  const take = (event: SubmitEvent) => {
    event.preventDefault()
    closeDialog()
    props.take()
  }
  return (
    <Dialog title={`${props.who.charAt(0).toUpperCase()}${props.who.slice(1)} types: take over?`} onClose={closeDialog}>
      <form class="space-y-3 p-4" onSubmit={take}>
        <p class="text-dim">
          One types at a time: from then on {props.who} only watches. Everybody who watches sees who types.
        </p>
        <footer class="flex justify-end gap-2">
          <Button look="quiet" keys="Esc" onClick={closeDialog}>
            Only watch
          </Button>
          <Button type="submit" look="strong" keys="↵" autofocus>
            Take over
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
