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
    <Dialog title={`${props.who}: take over?`} onClose={closeDialog}>
      <form class="space-y-3 p-4" onSubmit={take}>
        <p class="text-dim">
          One types at a time. What is typed there goes nowhere from then on, and everybody who watches sees that you
          type.
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
