import { createSignal } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'

/** What somebody wants to paste into a terminal. `paste` answers whether it went there. */
export type Pasting = { text: string; marked: boolean; paste: () => boolean }

export type Asked =
  | { name: 'new-task' }
  | { name: 'start'; task: TaskId }
  | { name: 'block'; task: TaskId }
  | { name: 'shortcuts' }
  | ({ name: 'paste' } & Pasting)
  | { name: 'take-over'; who: string; take: () => void }

const [dialog, setDialog] = createSignal<Asked>()

/** The dialog that is open, if one is. */
export { dialog }

/** Whatever had the focus before gets it back when all is closed. */
let before: HTMLElement | undefined

export function openDialog(asked: Asked): void {
  if (!dialog()) before = document.activeElement instanceof HTMLElement ? document.activeElement : undefined
  setDialog(asked)
}

export function closeDialog(): void {
  setDialog(undefined)
  setTimeout(() => before?.isConnected && before.focus())
}
