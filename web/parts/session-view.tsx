import { A } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import type { Session } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { wide } from '../store/screen.ts'
import type { TabName } from '../store/selection.ts'
import { Card } from './card.tsx'
import { LiveActivityFeed } from './feed.tsx'
import { NeedsYou } from './needs-you.tsx'
import { SessionBar, SessionHeadline } from './session-head.tsx'
import { Spent } from './spent.tsx'
import { Subtasks, stepsDone } from './subtasks.tsx'
import { TabPanel, Tabs } from './tabs.tsx'
import { TerminalPane } from './terminal.tsx'
import { ToolUsage, toolSummary } from './tools.tsx'

type Props = {
  of: Session
  tab: TabName
  onTab: (tab: TabName) => void
  before?: JSX.Element
  /** It is a page of its own already. */
  page?: boolean
}

/** One session: what it does, what it asks, its terminal, its tools. */
export function SessionView(props: Props) {
  const { id, feedOf } = useProject()
  const calls = () => Object.values(props.of.tools).reduce((sum, use) => sum + use.calls, 0)
  const tabs = () => [
    { id: 'activity' as const, label: 'Activity' },
    { id: 'terminal' as const, label: 'Terminal' },
    {
      id: 'tools' as const,
      label: (
        <>
          Tools <span class="text-faint">{calls() || ''}</span>
        </>
      ),
    },
  ]
  return (
    <section aria-label={props.of.name} class="flex min-h-0 min-w-0 flex-1 flex-col">
      <SessionBar
        of={props.of}
        before={props.before}
        after={
          <Show when={!props.page}>
            <A
              href={`/p/${id}/sessions/${props.of.id}`}
              class="rounded-md px-2 py-1 text-xs text-dim hover:bg-raise hover:text-text max-md:hidden"
              title="Enter"
            >
              Open
            </A>
          </Show>
        }
      />
      <SessionHeadline of={props.of} />
      <NeedsYou of={props.of} onAnswer={() => props.onTab('terminal')} />
      <Tabs label="Session" tabs={tabs()} at={props.tab} onPick={props.onTab} />
      <TabPanel of={props.tab} class="flex min-h-0 flex-1 flex-col">
        <Switch>
          <Match when={props.tab === 'activity'}>
            <LiveActivityFeed feed={feedOf({ session: props.of.id })} />
          </Match>
          <Match when={props.tab === 'terminal'}>
            <Show when={props.of.id} keyed>
              <TerminalPane of={props.of} class="flex-1" />
            </Show>
          </Match>
          <Match when={props.tab === 'tools'}>
            <div class="overflow-auto">
              <Show when={!wide()}>
                <TaskSteps of={props.of} />
              </Show>
              <Card title="Tools" note={toolSummary(props.of)}>
                <ToolUsage of={props.of} />
              </Card>
              <TokenCard of={props.of} />
            </div>
          </Match>
        </Switch>
      </TabPanel>
    </section>
  )
}

/** What a session has used, where anything is known of it. */
export function TokenCard(props: { of: Session }) {
  return (
    <Show when={props.of.usage}>
      {(usage) => (
        <Card title="Tokens" note={<Spent models={usage().models} />}>
          <Spent models={usage().models} table />
        </Card>
      )}
    </Show>
  )
}

/** The steps of the task that a session works on. */
export function TaskSteps(props: { of: Session }) {
  const { project } = useProject()
  const task = () => (props.of.tasks[0] ? project.tasks[props.of.tasks[0]] : undefined)
  return (
    <Show when={task()?.subtasks.length ? task() : undefined}>
      {(one) => (
        <Card title="Subtasks" note={stepsDone(one())}>
          <Subtasks of={one()} />
        </Card>
      )}
    </Show>
  )
}
