import { Show } from 'solid-js'
import { typistOf } from '../../client/terminal-view.ts'
import type { Session } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import type { TerminalStore } from '../store/terminal.ts'
import { visibleLine } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

type Props = {
  terminal: TerminalStore
  session: Session
  title: boolean
  /** The key may type at all. */
  writes: boolean
  mayNot: string | undefined
  onFit: () => void
}

/** Who watches, who types, and the way to type oneself. */
export function TerminalBar(props: Props) {
  const { project } = useProject()
  const machine = () => (props.session.spawner ? project.spawners[props.session.spawner]?.name : undefined)
  const size = () => props.terminal.size()
  const facts = () => [machine(), size() && `${size()!.cols}×${size()!.rows}`].filter(Boolean).join(' · ')
  const others = () => (props.terminal.presence()?.viewers ?? 1) - 1
  const who = () => {
    if (props.mayNot && !typist(props)) return props.mayNot
    if (props.terminal.inControl()) return props.mayNot ?? 'you type'
    if (props.terminal.lost()) return `${typist(props)} took over`
    if (typist(props)) return `${typist(props)} types`
    return props.terminal.presence()?.refused ? 'its machine lets nobody type' : 'read only'
  }
  const tone = () => (props.terminal.lost() ? 'text-amber' : props.terminal.inControl() ? 'text-blue' : 'text-faint')
  return (
    <header class="flex h-11 shrink-0 items-center gap-2.5 border-b border-line bg-bg px-4">
      <Show when={props.title}>
        <h2 class="font-semibold">Terminal</h2>
      </Show>
      <span class="truncate text-faint">{facts()}</span>
      <span class="ml-auto" />
      <Show when={others() > 0}>
        <span class="text-xs whitespace-nowrap text-faint max-md:hidden">{others() + 1} watching</span>
      </Show>
      <Show when={props.session.status !== 'ended'}>
        <span role="status" title={who()} class={`min-w-0 truncate text-xs ${tone()}`}>
          {who()}
        </span>
        <Show when={props.writes}>
          <Control {...props} />
        </Show>
      </Show>
    </header>
  )
}

/** Who types, as all may read it. */
function typist({ terminal }: Props): string | undefined {
  const presence = terminal.presence()
  return presence?.own && !terminal.inControl() ? 'your other window' : typistOf(presence, visibleLine)
}

function Control(props: Props) {
  const ready = () => props.terminal.status().state === 'open' && props.terminal.presence()?.source === true
  const take = () => {
    const who = typist(props)
    if (who) openDialog({ name: 'take-over', who, take: props.terminal.take })
    else props.terminal.take()
  }
  return (
    <Show
      when={props.terminal.inControl()}
      fallback={
        <Button
          disabled={props.mayNot !== undefined || !ready()}
          title={props.mayNot ?? (ready() ? 'Then what you type goes to the program' : 'Its machine is not connected')}
          onClick={take}
        >
          Take control
        </Button>
      }
    >
      <Button look="quiet" title="Make the program as large as this window" onClick={() => props.onFit()}>
        <Icon name="larger" size={13} /> Fit
      </Button>
      <Button title="Shift+Esc leaves the terminal without giving up control" onClick={() => props.terminal.release()}>
        Release
      </Button>
    </Show>
  )
}
