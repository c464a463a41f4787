import { createSignal } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'

export type Asked =
  | { name: 'new-task' }
  | { name: 'start'; task: TaskId }
  | { name: 'block'; task: TaskId }
  | { name: 'shortcuts' }

const [dialog, setDialog] = createSignal<Asked>()

/** The dialog that is open, if one is. */
export { dialog }
export const openDialog = (asked: Asked) => setDialog(asked)
export const closeDialog = () => setDialog(undefined)
