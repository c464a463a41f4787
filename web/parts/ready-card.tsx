import { Show } from 'solid-js'
import type { Task } from '../../protocol/model.ts'
import { openDialog } from '../store/dialog.ts'
import { priorityWords } from '../words/status.ts'
import { plural } from '../words/time.ts'
import { visibleLine } from '../words/visible.ts'
import { Button } from './button.tsx'
import { cardClass } from './session-card.tsx'
import { TaskIcon } from './status.tsx'
import { Ago } from './time.tsx'

/** A task that could be started now. */
export function ReadyCard(props: { of: Task; href: string; on: boolean }) {
  const urgent = () => props.of.priority === 'high' || props.of.priority === 'urgent'
  return (
    <li class={cardClass}>
      <span class="pt-[3px]">
        <TaskIcon of={props.of} />
      </span>
      <a href={props.href} aria-current={props.on ? 'true' : undefined} class="cover truncate font-medium">
        {visibleLine(props.of.title)}
      </a>
      <Button
        class="relative z-10 row-span-2 self-center"
        onClick={() => openDialog({ name: 'start', task: props.of.id })}
      >
        Start
      </Button>
      <p class="col-start-2 truncate text-faint">
        <Show when={urgent()}>
          <span class="text-text">{priorityWords[props.of.priority]}</span> ·{' '}
        </Show>
        <Show when={props.of.subtasks.length}>{(n) => <>{plural(n(), 'subtask')} · </>}</Show>
        <Show when={props.of.attempts.length}>{(n) => <>{plural(n(), 'attempt')} · </>}</Show>
        <Ago at={props.of.createdAt} />
      </p>
    </li>
  )
}
