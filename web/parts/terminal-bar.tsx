import { Show } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import type { TerminalStore } from '../store/terminal.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

type Props = {
  terminal: TerminalStore
  session: Session
  title: boolean
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
    const { controller, you } = props.terminal.presence() ?? { controller: null, you: 0 }
    if (controller === null) return 'read only'
    return controller === you ? 'you type' : `viewer ${controller} types`
  }
  return (
    <header class="flex h-11 shrink-0 items-center gap-2.5 border-b border-line bg-bg px-4">
      <Show when={props.title}>
        <h2 class="font-semibold">Terminal</h2>
      </Show>
      <span class="truncate text-faint">{facts()}</span>
      <span class="ml-auto" />
      <Show when={others() > 0}>
        <span class="text-xs whitespace-nowrap text-faint">{others() + 1} watching</span>
      </Show>
      <Show when={props.session.status !== 'ended'}>
        <span class={`text-xs whitespace-nowrap ${props.terminal.inControl() ? 'text-blue' : 'text-faint'}`}>
          {who()}
        </span>
        <Control {...props} />
      </Show>
    </header>
  )
}

function Control(props: Props) {
  const ready = () => props.terminal.status().state === 'open' && props.terminal.presence()?.source === true
  return (
    <Show
      when={props.terminal.inControl()}
      fallback={
        <Button
          disabled={props.mayNot !== undefined || !ready()}
          title={props.mayNot ?? (ready() ? 'Then what you type goes to the program' : 'Its machine is not connected')}
          onClick={() => props.terminal.take()}
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
