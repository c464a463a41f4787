import { createEffect, createSignal, Match, on, onCleanup, onMount, Show, Switch } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { whoami } from '../store/person.ts'
import { createTerminal } from '../store/terminal.ts'
import { TerminalBar } from './terminal-bar.tsx'
import { makeScreen } from './terminal-screen.ts'

type Drawn = ReturnType<typeof makeScreen>

/** A session's terminal: looked at by all, typed into by the one who took control of it. */
export default function TerminalPane(props: { of: Session; title?: boolean; class?: string }) {
  const { client, project } = useProject()
  const terminal = createTerminal(client, props.of.id)
  const [drawn, setDrawn] = createSignal<Drawn>()
  const [shown, setShown] = createSignal(false)
  let parent!: HTMLDivElement

  onMount(() => {
    const made = makeScreen(parent, terminal.type, (pasting) => openDialog({ name: 'paste', ...pasting }))
    setDrawn(made)
    const show: typeof made.screen.show = (bytes, size) => {
      made.screen.show(bytes, size)
      setShown(true)
    }
    terminal.start({ ...made.screen, show })
  })
  onCleanup(() => {
    terminal.stop()
    drawn()?.dispose()
  })
  createEffect(on(terminal.inControl, (typing) => drawn()?.allow(typing)))

  const machine = () => (props.of.spawner ? project.spawners[props.of.spawner] : undefined)
  const writes = () => whoami()?.scopes.includes('terminal:write') ?? false
  const mayNot = () => {
    if (!writes()) return 'Your key may look, not type'
    if (project.frozen) return 'The project is frozen: nobody types until it is thawed'
    if (machine() && !machine()!.typing) return `${machine()!.name} does not let people type from elsewhere`
    return undefined
  }
  const away = () => terminal.status().state !== 'open' && shown()
  const waiting = () =>
    terminal.sealed()
      ? 'What its program shows is encrypted from its machine on, and this page cannot read it.'
      : props.of.status === 'ended'
        ? 'Its terminal is gone.'
        : props.of.status === 'spawning'
          ? 'It has not started yet.'
          : 'Waiting for its machine…'

  return (
    <section aria-label="Terminal" class={`flex min-h-0 flex-col bg-terminal ${props.class ?? ''}`}>
      <TerminalBar
        terminal={terminal}
        session={props.of}
        title={props.title ?? false}
        writes={writes()}
        mayNot={mayNot()}
        onFit={() => {
          const size = drawn()?.fitting()
          if (size) terminal.fit(size)
        }}
      />
      <div class="relative min-h-0 flex-1">
        <div
          ref={parent}
          class={`absolute inset-2.5 overflow-hidden motion-safe:transition-opacity duration-100 ${terminal.sealed() ? 'opacity-0' : away() ? 'opacity-45' : ''}`}
        />
        <Switch>
          <Match when={!shown() || terminal.sealed()}>
            <p class="absolute inset-x-4 top-4 text-[#868f9a]">{waiting()}</p>
          </Match>
          <Match when={away() && props.of.status !== 'ended'}>
            <p
              role="status"
              class="absolute inset-x-3 top-3 rounded-md border border-[#323a43] bg-[#1a1e23] px-3 py-1.5 text-xs text-[#e7eaee]"
            >
              Not connected. This is the last screen; what you type now goes nowhere.
            </p>
          </Match>
        </Switch>
      </div>
      <Show when={props.of.status === 'ended' && (terminal.exit() ?? { code: props.of.exitCode, signal: null })}>
        {(exit) => (
          <p class="border-t border-[#23282f] px-3 py-1.5 text-xs text-[#a1abb6]">
            The program ended{' '}
            {exit().signal ? (
              `by ${exit().signal}`
            ) : (
              <>
                with code <span class="mono">{exit().code ?? '?'}</span>
              </>
            )}
            {shown() ? '. This is its last screen.' : '.'}
          </p>
        )}
      </Show>
    </section>
  )
}
