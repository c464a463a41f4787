import { useNavigate, useParams } from '@solidjs/router'
import { Show } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { TaskView } from '../parts/task-view.tsx'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { createShortcuts } from '../store/shortcuts.ts'

export default function TaskPage() {
  const { id, project } = useProject()
  const params = useParams<{ task: string }>()
  const go = useNavigate()
  const task = () => project.tasks[params.task as TaskId] // what is no id finds nothing
  createShortcuts({
    Escape: () => go(`/p/${id}/board`),
    s: () => task() && openDialog({ name: 'start', task: task()!.id }),
  })
  const back = () => (
    <Button look="quiet" class="-ml-2" aria-label="Back to the board" onClick={() => go(`/p/${id}/board`)}>
      <Icon name="back" />
    </Button>
  )
  return (
    <Show
      when={task()}
      fallback={<p class="p-6 text-dim">There is no task {params.task} here; it may have been deleted.</p>}
    >
      {(one) => (
        <div class="flex min-h-0 flex-1">
          <TaskView of={one()} before={back()} />
        </div>
      )}
    </Show>
  )
}
