import { isReady, unmetNeeds } from '../../protocol/graph.ts'
import type { Project, Task } from '../../protocol/model.ts'
import { openDialog } from './dialog.ts'
import type { ProjectStore } from './project.ts'

export type Move = { to: string; not?: string; go: () => void }

/** Where a person may move a task, each with the command that does it. Only a session can take one into progress. */
export function movesOf(task: Task, store: ProjectStore): Move[] {
  const { id } = task
  const start = {
    to: 'Start a session…',
    ...cannotStart(store.project, task),
    go: () => openDialog({ name: 'start', task: id }),
  }
  const block = { to: 'Blocked…', go: () => openDialog({ name: 'block', task: id }) }
  const cancel = { to: 'Cancelled', go: () => void store.cancel(id) }
  const waits = unmetNeeds(store.project, task).length > 0
  const done = { to: 'Done', ...(waits && { not: 'needs first' }), go: () => void store.complete(id) }
  const reopen = { to: 'To do', go: () => void store.reopen(id) }
  switch (task.status) {
    case 'todo':
      return [start, block, done, cancel]
    case 'in_progress':
      return [
        { to: 'To do', go: () => void store.release(id) },
        block,
        { to: 'In review', go: () => void store.review(id) },
        done,
        cancel,
      ]
    case 'blocked':
      return [{ to: 'Unblocked', go: () => void store.unblock(id) }, cancel]
    case 'in_review':
      return [done, reopen]
    case 'done':
    case 'cancelled':
      return [reopen]
  }
}

export function cannotStart(project: Project, task: Task): { not?: string } {
  if (isReady(project, task)) return {}
  if (task.assignee) return { not: 'has a session' }
  return { not: task.status === 'todo' ? 'needs first' : 'not to do' }
}
