import { A } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Session, Spawner } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { whoami } from '../store/person.ts'
import { plural } from '../words/time.ts'
import { visibleLine } from '../words/visible.ts'
import { Button, SureButton } from './button.tsx'
import { TextField } from './field.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Ago } from './time.tsx'

type Standing = { word: string; icon: IconName; class: string }

function standingOf({ status, connected, draining, revoked }: Spawner): Standing {
  if (revoked) return { word: 'Revoked', icon: 'cancelled', class: 'text-red' }
  if (!connected) return { word: 'Never connected', icon: 'ready', class: 'text-dim' }
  if (status === 'offline')
    return { word: draining ? 'Offline, draining' : 'Offline', icon: 'unplugged', class: 'text-dim' }
  if (draining) return { word: 'Draining', icon: 'idle', class: 'text-amber' }
  return { word: 'Online', icon: 'machine', class: 'text-green' }
}

/** One machine in the list of them. */
export function MachineCard(props: { of: Spawner }) {
  const { project } = useProject()
  const standing = () => standingOf(props.of)
  const running = () =>
    Object.values(project.sessions).filter((one) => project.live[one.id] && one.spawner === props.of.id)
  return (
    <li class="border-line px-4 py-3 not-first:border-t" aria-label={visibleLine(props.of.name)}>
      <div class="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
        <span class={`inline-flex items-center gap-1.5 ${standing().class}`}>
          <Icon name={standing().icon} size={14} />
          {standing().word}
        </span>
        <Name of={props.of} />
        <span class="text-xs text-faint">
          for <Ago at={props.of.revoked?.at ?? props.of.draining?.since ?? props.of.since} />
        </span>
        <Show when={!props.of.revoked && whoami()?.scopes.includes('project:write')}>
          <Actions of={props.of} running={running()} />
        </Show>
      </div>
      <dl class="mt-2 empty:hidden flex flex-wrap gap-x-5 gap-y-1 text-xs">
        <Show when={props.of.connected && !props.of.revoked}>
          <Fact name="At work">
            <span class="tabular-nums">
              {running().length} of {props.of.capacity}
            </span>
          </Fact>
          <Fact name="Version">{props.of.version}</Fact>
          <Fact name="Typing from elsewhere">{props.of.typing ? 'yes' : 'no'}</Fact>
          <Fact name="Profiles">{props.of.profiles.map(({ name }) => name).join(', ') || 'none'}</Fact>
          <Fact name="Workspaces">{props.of.workspaces.join(', ') || 'none'}</Fact>
        </Show>
        <Show when={props.of.labels.length}>
          <Fact name="Labels">{props.of.labels.join(', ')}</Fact>
        </Show>
        <Show when={props.of.revoked}>{(revoked) => <Fact name="Revoked by">{revoked().by}</Fact>}</Show>
        <Show when={props.of.draining}>
          {(draining) => <Fact name="Takes nothing new">asked by {draining().by}</Fact>}
        </Show>
      </dl>
      <Sessions of={running()} />
    </li>
  )
}

function Fact(props: { name: string; children: JSX.Element }) {
  return (
    <div class="flex gap-1.5">
      <dt class="text-faint">{props.name}</dt>
      <dd class="text-dim">{props.children}</dd>
    </div>
  )
}

function Name(props: { of: Spawner }) {
  return (
    <>
      <h3 class="min-w-0 truncate font-semibold">{visibleLine(props.of.name)}</h3>
      <Show when={props.of.ownName}>
        {(own) => <span class="text-xs text-faint">calls itself {visibleLine(own())}</span>}
      </Show>
    </>
  )
}

function Sessions(props: { of: Session[] }) {
  const { id } = useProject()
  return (
    <Show when={props.of.length}>
      <ul class="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
        <For each={props.of}>
          {(one) => (
            <li>
              <A href={`/p/${id}/sessions/${one.id}`} class="text-dim hover:text-text hover:underline">
                {visibleLine(one.name)}
              </A>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}

function Actions(props: { of: Spawner; running: Session[] }) {
  const store = useProject()
  const [renaming, setRenaming] = createSignal(false)
  const drains = () => props.of.draining !== null
  const sure = () =>
    props.running.length ? `Give up ${plural(props.running.length, 'session')} and end its key?` : 'End its key?'
  return (
    <div class="ml-auto flex flex-wrap items-center gap-1.5">
      <Show
        when={renaming()}
        fallback={
          <>
            <Button onClick={() => setRenaming(true)}>Rename</Button>
            <Button onClick={() => void store.drainMachine(props.of.id, !drains())}>
              {drains() ? 'Undrain' : 'Drain'}
            </Button>
            <Show when={whoami()?.scopes.includes('key:manage')}>
              <SureButton sure={sure()} onSure={() => void store.revokeMachine(props.of.id)}>
                Revoke
              </SureButton>
            </Show>
          </>
        }
      >
        <Renaming of={props.of} done={() => setRenaming(false)} />
      </Show>
    </div>
  )
}

function Renaming(props: { of: Spawner; done: () => void }) {
  const store = useProject()
  const [name, setName] = createSignal(props.of.name)
  const rename = async (event: SubmitEvent) => {
    event.preventDefault()
    if (await store.renameMachine(props.of.id, name().trim())) props.done()
  }
  return (
    <form
      class="flex items-center gap-1.5"
      onSubmit={(event) => void rename(event)}
      onKeyDown={(event) => event.key === 'Escape' && props.done()}
    >
      <TextField
        aria-label="Name of the machine"
        ref={(field) => queueMicrotask(() => field.select())}
        maxLength={100}
        value={name()}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" look="strong" disabled={!name().trim()}>
        Rename
      </Button>
      <Button look="quiet" onClick={props.done}>
        Cancel
      </Button>
    </form>
  )
}
