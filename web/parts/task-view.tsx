import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import type { Task } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { cannotStart } from '../store/moves.ts'
import { visible, visibleLine } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Copy } from './copy.tsx'
import { LiveActivityFeed } from './feed.tsx'
import { MoveMenu } from './move-menu.tsx'
import { NowLine } from './now-line.tsx'
import { Spent } from './spent.tsx'
import { SessionIcon, TaskBadge, TaskIcon } from './status.tsx'
import { Subtasks, stepsDone } from './subtasks.tsx'
import { TaskText } from './task-text.tsx'
import { Ago } from './time.tsx'

/** One task: what is to be done, its steps, what it waits for, who works on it, and what happened. */
export function TaskView(props: { of: Task; before?: JSX.Element }) {
  const store = useProject()
  const startable = () => cannotStart(store.project, props.of).not === undefined
  return (
    <section aria-label={props.of.title} class="flex min-h-0 min-w-0 flex-1 flex-col">
      <header class="flex h-11 shrink-0 items-center gap-2.5 border-b border-line px-4">
        {props.before}
        <TaskBadge of={props.of} />
        <Copy text={props.of.id} />
        <span class="ml-auto" />
        <MoveMenu of={props.of} />
        <Show when={startable()}>
          <Button look="strong" keys="s" onClick={() => openDialog({ name: 'start', task: props.of.id })}>
            Start
          </Button>
        </Show>
      </header>
      <div class="@container flex min-h-0 flex-1 flex-col overflow-auto">
        <div class="flex min-h-full flex-col @4xl:min-h-0 @4xl:flex-1 @4xl:flex-row">
          <div class="@4xl:min-h-0 @4xl:flex-1 @4xl:overflow-auto @4xl:border-r @4xl:border-line">
            <TaskText of={props.of} />
            <Blocked of={props.of} />
            <Card title="Subtasks" note={props.of.subtasks.length ? stepsDone(props.of) : undefined}>
              <Subtasks of={props.of} edit />
            </Card>
            <Needs of={props.of} />
            <Sessions of={props.of} />
          </div>
          <Card title="Timeline" class="flex min-h-64 flex-1 flex-col px-0! [&>h3]:px-4">
            <LiveActivityFeed
              label="Timeline"
              feed={store.feedOf({ task: props.of.id })}
              empty="Nothing in what is at hand."
            />
          </Card>
        </div>
      </div>
    </section>
  )
}

function Blocked(props: { of: Task }) {
  return (
    <Show when={props.of.blocked}>
      {(why) => (
        <p class="mx-4 my-3 rounded-lg border border-amber/45 bg-amber-bg px-3 py-2 break-words">
          {visible(why().reason)}{' '}
          <span class="text-dim">
            · <Ago at={why().since} /> ago
          </span>
        </p>
      )}
    </Show>
  )
}

function Needs(props: { of: Task }) {
  const { id, project } = useProject()
  const known = () => props.of.needs.filter((need) => project.tasks[need])
  const waiting = () => Object.values(project.tasks).filter((other) => other.needs.includes(props.of.id))
  const line = (task: TaskId) => (
    <li class="flex h-7 items-center gap-2">
      <TaskIcon of={project.tasks[task]!} />
      <A href={`/p/${id}/tasks/${task}`} class="truncate hover:underline">
        {visibleLine(project.tasks[task]!.title)}
      </A>
    </li>
  )
  return (
    <>
      <Show when={known().length}>
        <Card title="Needs, done first">
          <ul>
            <For each={known()}>{line}</For>
          </ul>
        </Card>
      </Show>
      <Show when={waiting().length}>
        <Card title="Waits for this">
          <ul>
            <For each={waiting().map((task) => task.id)}>{line}</For>
          </ul>
        </Card>
      </Show>
    </>
  )
}

function Sessions(props: { of: Task }) {
  const { id, project } = useProject()
  const mine = () =>
    Object.values(project.sessions)
      .filter(({ tasks }) => tasks.includes(props.of.id))
      .sort((a, b) => b.requestedAt - a.requestedAt)
      .map((session) => session.id)
  return (
    <Show when={mine().length}>
      <Card title="Sessions" note={<Spent task={props.of.id} />}>
        <ul>
          <For each={mine()}>
            {(session: SessionId) => (
              <li class="flex h-8 items-center gap-2">
                <SessionIcon of={project.sessions[session]!} />
                <A href={`/p/${id}/sessions/${session}`} class="mono shrink-0 hover:underline">
                  {session}
                </A>
                <span class="truncate text-dim">
                  <NowLine of={project.sessions[session]!} />
                </span>
                <Ago at={project.sessions[session]!.requestedAt} class="ml-auto text-xs whitespace-nowrap text-faint" />
              </li>
            )}
          </For>
        </ul>
      </Card>
    </Show>
  )
}
