import { A } from '@solidjs/router'
import { Match, Show, Switch } from 'solid-js'
import { isReady, unmetNeeds } from '../../protocol/graph.ts'
import type { Task } from '../../protocol/model.ts'
import { useProject } from '../store/context.tsx'
import { openDialog } from '../store/dialog.ts'
import { priorityWords } from '../words/status.ts'
import { plural } from '../words/time.ts'
import { visibleLine } from '../words/visible.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { MoveMenu } from './move-menu.tsx'
import { NowLine } from './now-line.tsx'
import { SessionIcon, TaskBadge } from './status.tsx'
import { stepsDone } from './subtasks.tsx'
import { Ago } from './time.tsx'

/** A task on the board: how it stands, who has it and what that one does, what is in the way, what happened last. */
export function TaskCard(props: { of: Task }) {
  const { id, project } = useProject()
  const ready = () => isReady(project, props.of)
  const session = () => {
    const held = props.of.assignee ? project.sessions[props.of.assignee] : undefined
    return held && held.status !== 'ended' ? held : undefined
  }
  return (
    <li class="relative rounded-lg border border-line bg-panel p-3 hover:border-edge">
      <div class="flex items-start gap-2">
        <A href={`/p/${id}/tasks/${props.of.id}`} class="cover flex-1 font-medium break-words">
          {visibleLine(props.of.title)}
        </A>
        <span class="relative z-10 -mt-0.5 -mr-1">
          <MoveMenu of={props.of} small />
        </span>
      </div>
      <Show when={session()}>
        {(one) => (
          <p class="mt-1.5 flex items-center gap-1.5 text-xs text-dim">
            <SessionIcon of={one()} size={12} />
            <span class="truncate">
              <Show when={one().needsYou} fallback={<NowLine of={one()} />}>
                {(asks) => (
                  <span class="text-amber">
                    asks: {visibleLine(asks().message)} · <Ago at={asks().since} />
                  </span>
                )}
              </Show>
            </span>
          </p>
        )}
      </Show>
      <Standing of={props.of} />
      <footer class="mt-2 flex items-center gap-2.5 text-xs text-faint">
        <TaskBadge of={props.of} />
        <Show when={props.of.priority !== 'medium'}>
          <span class={props.of.priority === 'low' ? '' : 'text-text'}>{priorityWords[props.of.priority]}</span>
        </Show>
        <Show when={props.of.subtasks.length}>
          <span class="inline-flex items-center gap-1" title="Subtasks">
            <Icon name="list" size={12} /> {stepsDone(props.of)}
          </span>
        </Show>
        <span class="ml-auto" />
        <Show when={ready()} fallback={<Ago at={props.of.updatedAt} />}>
          <Button class="relative z-10" onClick={() => openDialog({ name: 'start', task: props.of.id })}>
            Start
          </Button>
        </Show>
      </footer>
    </li>
  )
}

function Standing(props: { of: Task }) {
  const { project } = useProject()
  const waits = () => (props.of.status === 'todo' ? unmetNeeds(project, props.of) : [])
  return (
    <Switch>
      <Match when={props.of.blocked}>
        {(why) => (
          <p class="mt-1.5 line-clamp-3 rounded-md bg-amber-bg px-2 py-1 text-xs break-words text-amber">
            {visibleLine(why().reason)} · <Ago at={why().since} />
          </p>
        )}
      </Match>
      <Match when={waits().length}>
        <p class="mt-1.5 truncate text-xs text-faint">
          waits for {waits().length === 1 ? project.tasks[waits()[0]!]?.title : plural(waits().length, 'task')}
        </p>
      </Match>
      <Match when={props.of.status === 'in_review' && props.of.result?.summary}>
        {(text) => <p class="mt-1.5 line-clamp-2 text-xs text-dim">{visibleLine(text())}</p>}
      </Match>
      <Match when={props.of.status === 'in_progress' && props.of.note}>
        {(note) => <p class="mt-1.5 line-clamp-2 text-xs text-dim">{visibleLine(note().text)}</p>}
      </Match>
    </Switch>
  )
}
