import { useNavigate } from '@solidjs/router'
import { createSignal, For, Show } from 'solid-js'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { runDemo } from '../store/projects.ts'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import { Icon } from './icon.tsx'

type StepLine = { done: boolean; text: string; way?: string }

/** What is there and what is missing, ticking as the server sees it happen, and the next step. */
export default function EmptyMission() {
  const { id, project, status } = useProject()
  const go = useNavigate()
  const [busy, setBusy] = createSignal(false)
  const online = () => Object.values(project.spawners).some((machine) => machine.status === 'online')
  const steps = (): StepLine[] => [
    { done: status().state === 'live', text: 'The server answers' },
    { done: online(), text: 'A machine is here that can start agents', way: 'maestro up' },
    { done: Object.keys(project.tasks).length > 0, text: 'There is a task' },
    { done: Object.keys(project.sessions).length > 0, text: 'A session works on it' },
  ]
  const demo = async () => {
    setBusy(true)
    const started = await runDemo(id)
    setBusy(false)
    if (started) go(`/p/${started.project}?session=${started.session}`)
  }
  return (
    <section class="m-auto w-full max-w-md p-6">
      <h2 class="text-lg font-semibold">Nothing runs here yet</h2>
      <ol class="mt-4 space-y-2">
        <For each={steps()}>
          {(step) => (
            <li class="flex items-center gap-2.5">
              <Icon name={step.done ? 'done' : 'ready'} class={step.done ? 'text-green' : 'text-faint'} />
              <span class={step.done ? 'text-dim' : ''}>{step.text}</span>
              <Show when={!step.done && step.way}>
                {(way) => <Copy text={way()} class="ml-auto shrink-0 rounded-md border border-line px-2 py-0.5" />}
              </Show>
            </li>
          )}
        </For>
      </ol>
      <div class="mt-5 flex gap-2">
        <Button look="strong" tall disabled={busy()} onClick={() => void demo()}>
          <Icon name="play" size={13} /> {busy() ? 'Starting…' : 'Run the demo'}
        </Button>
        <Button tall keys="n" onClick={() => openDialog({ name: 'new-task' })}>
          New task
        </Button>
      </div>
    </section>
  )
}
