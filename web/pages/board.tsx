import { createMemo, createSignal, For, Show } from 'solid-js'
import type { TaskStatus } from '../../protocol/model.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { ProjectBar } from '../parts/project-bar.tsx'
import { toneText } from '../parts/status.tsx'
import { TaskCard } from '../parts/task-card.tsx'
import { type Columns, columnsOf } from '../store/board.ts'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { taskWords } from '../words/status.ts'
import { count, plural } from '../words/time.ts'

const shown: TaskStatus[] = ['todo', 'in_progress', 'blocked', 'in_review', 'done']
const empty: Record<TaskStatus, string> = {
  todo: 'Nothing to do. Press n for a new task.',
  in_progress: 'Nobody works on a task.',
  blocked: 'Nothing is in the way.',
  in_review: 'Nothing waits for your eyes.',
  done: 'Nothing is done yet.',
  cancelled: '',
}

export default function Board() {
  const { project } = useProject()
  const columns = createMemo(() => columnsOf(project))
  return (
    <>
      <ProjectBar title="Board" note={plural(Object.keys(project.tasks).length, 'task')}>
        <Button look="strong" keys="n" onClick={() => openDialog({ name: 'new-task' })}>
          New task
        </Button>
      </ProjectBar>
      <div class="flex min-h-0 flex-1 snap-x scroll-px-3 gap-3 overflow-x-auto p-3">
        <For each={shown}>{(status) => <Column status={status} columns={columns()} />}</For>
      </div>
    </>
  )
}

function Column(props: { status: TaskStatus; columns: Columns }) {
  const tasks = () => props.columns[props.status]
  return (
    <section
      aria-labelledby={`column-${props.status}`}
      class="flex min-w-56 flex-1 snap-start flex-col max-md:min-w-[86vw]"
    >
      <h2 id={`column-${props.status}`} class="flex items-center gap-1.5 px-1 pb-2 text-xs font-medium">
        <span class={toneText[taskWords[props.status].tone]}>{taskWords[props.status].word}</span>
        <span class="font-normal text-faint">{count(tasks().length)}</span>
      </h2>
      <div class="min-h-0 flex-1 overflow-y-auto">
        <Cards of={tasks()} />
        <Show when={tasks().length === 0}>
          <p class="rounded-lg border border-dashed border-line p-3 text-xs text-faint">{empty[props.status]}</p>
        </Show>
        <Show when={props.status === 'done' && props.columns.cancelled.length > 0}>
          <Cancelled of={props.columns.cancelled} />
        </Show>
      </div>
    </section>
  )
}

function Cards(props: { of: Columns['todo'] }) {
  const { project } = useProject()
  return (
    <ul class="space-y-2">
      <For each={props.of}>{(id) => <Show when={project.tasks[id]}>{(task) => <TaskCard of={task()} />}</Show>}</For>
    </ul>
  )
}

function Cancelled(props: { of: Columns['cancelled'] }) {
  const [open, setOpen] = createSignal(false)
  return (
    <div class="mt-3">
      <button
        type="button"
        aria-expanded={open()}
        class="flex items-center gap-1 px-1 py-1 text-xs text-faint hover:text-text"
        onClick={() => setOpen(!open())}
      >
        <Icon name="chevron" size={12} class={open() ? 'rotate-90' : ''} /> {count(props.of.length)} cancelled
      </button>
      <Show when={open()}>
        <Cards of={props.of} />
      </Show>
    </div>
  )
}
