import { Show } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import type { TabName } from '../store/selection.ts'
import { Card } from './card.tsx'
import { TaskSteps, TokenCard } from './session-view.tsx'
import { TerminalPane } from './terminal.tsx'
import { ToolUsage, toolSummary } from './tools.tsx'

/** Beside a session, where there is room: its terminal, unless that is in the middle already, its steps and tools. */
export function SessionAside(props: { of: Session; tab: TabName; large?: boolean }) {
  // Without a terminal of its own it leaves the room to the one in the middle.
  const width = () => (props.tab === 'terminal' ? 'w-[372px]' : props.large ? 'w-[54%]' : 'w-[440px]')
  return (
    <aside
      aria-label="Terminal, subtasks, tools"
      class={`flex shrink-0 flex-col border-l border-line bg-panel ${width()}`}
    >
      <Show when={props.tab !== 'terminal' && props.of.id} keyed>
        <TerminalPane of={props.of} title class="min-h-56 flex-1" />
      </Show>
      <div class={`min-h-0 overflow-auto border-line ${props.tab === 'terminal' ? 'flex-1' : 'max-h-[45%] border-t'}`}>
        <TaskSteps of={props.of} />
        <Show when={props.tab !== 'tools'}>
          <Card title="Tools" note={toolSummary(props.of)}>
            <ToolUsage of={props.of} />
          </Card>
          <TokenCard of={props.of} />
        </Show>
      </div>
    </aside>
  )
}
