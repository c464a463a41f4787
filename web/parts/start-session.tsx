import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, Show } from 'solid-js'
import type { TaskId } from '../../protocol/ids.ts'
import { useProject } from '../store/context.tsx'
import { closeDialog } from '../store/dialog.ts'
import { placesFor, startable } from '../store/startable.ts'
import { agentName } from '../words/status.ts'
import { Button, Keys } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { isSubmit, Label, Select, TextArea } from './field.tsx'

/** What to start on a task, and where: filled in already, so that one more press does it. */
export default function StartSession(props: { task: TaskId }) {
  const store = useProject()
  const go = useNavigate()
  const offered = createMemo(() => startable(store.project))
  const [picked, setPicked] = createSignal<{ profile?: string; workspace?: string; place?: string }>({})
  const [prompt, setPrompt] = createSignal('')
  const [busy, setBusy] = createSignal(false)
  const places = createMemo(() => placesFor(store.project))
  const place = () => places().find(({ value }) => value === picked().place) ?? places()[0]!
  const profile = () => picked().profile ?? offered()[0]?.profile ?? 'claude'
  const workspaces = () => offered().find((one) => one.profile === profile())?.workspaces ?? ['scratch']
  const workspace = () => workspaces().find((name) => name === picked().workspace) ?? workspaces()[0]!

  const start = async () => {
    if (busy()) return
    setBusy(true)
    const session = await store.spawn({
      tasks: [props.task],
      profile: profile(),
      workspace: workspace(),
      prompt: prompt(),
      spawner: place().spawner ?? null,
      label: place().wants ?? null,
    })
    setBusy(false)
    if (!session) return
    closeDialog()
    go(`/p/${store.id}?session=${session}`)
  }
  return (
    <Dialog title="Start a session" onClose={closeDialog}>
      <form
        class="space-y-3 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          void start()
        }}
        onKeyDown={(event) => isSubmit(event) && void start()}
      >
        <p class="font-medium">{store.project.tasks[props.task]?.title}</p>
        <Show when={offered().length === 0}>
          <p class="rounded-md bg-amber-bg px-3 py-2 text-xs text-amber">
            No machine is online. The session will wait until one comes that can start it: <code>maestro up</code>{' '}
            starts this one.
          </p>
        </Show>
        <div class="grid gap-3 md:grid-cols-2">
          <Label text="Agent">
            <Select
              value={profile()}
              options={offered().map((one) => ({ value: one.profile, label: labelOf(one) }))}
              onPick={(value) => setPicked({ ...picked(), profile: value })}
            />
          </Label>
          <Label text="Workspace">
            <Select
              value={workspace()}
              options={workspaces().map((value) => ({ value, label: value }))}
              onPick={(value) => setPicked({ ...picked(), workspace: value })}
            />
          </Label>
          <Show when={places().length > 2}>
            <Label text="Machine" class="md:col-span-2">
              <Select
                value={place().value}
                options={places()}
                onPick={(value) => setPicked({ ...picked(), place: value })}
              />
            </Label>
          </Show>
        </div>
        <Label text="Anything to say to it first?" hint="optional">
          <TextArea rows={2} value={prompt()} onInput={(event) => setPrompt(event.currentTarget.value)} />
        </Label>
        <footer class="flex justify-end">
          <Button type="submit" look="strong" autofocus disabled={busy()}>
            Start <Keys of="⌘↵" inherit />
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

const labelOf = ({ profile, agent }: { profile: string; agent: string }) =>
  agentName(agent).toLowerCase() === profile ? agentName(agent) : `${profile} · ${agentName(agent)}`
