import { isReady } from '../../protocol/graph.ts'
import type { Session, Task } from '../../protocol/model.ts'
import { unreachableSince } from '../../protocol/session-rules.ts'
import type { Tone } from '../../protocol/told.ts'
import { useProject } from '../store/context.tsx'
import { lookOf, type SessionLook, sessionWords, type TaskLook, taskWords } from '../words/status.ts'
import { Icon, type IconName } from './icon.tsx'

export const toneText: Record<Tone, string> = {
  amber: 'text-amber',
  blue: 'text-blue',
  green: 'text-green',
  red: 'text-red',
  grey: 'text-grey',
}
const toneBadge: Record<Tone, string> = {
  amber: 'text-amber bg-amber-bg',
  blue: 'text-blue bg-blue-bg',
  green: 'text-green bg-green-bg',
  red: 'text-red bg-red-bg',
  grey: 'text-dim bg-grey-bg',
}

const sessionIcons: Record<SessionLook, IconName> = {
  waiting: 'alert',
  running: 'working',
  starting: 'ready',
  idle: 'idle',
  unreachable: 'unplugged',
  completed: 'done',
  failed: 'failed',
  stopped: 'stopped',
  lost: 'lost',
}
const taskIcons: Record<TaskLook, IconName> = {
  todo: 'todo',
  ready: 'ready',
  in_progress: 'working',
  blocked: 'alert',
  in_review: 'review',
  done: 'done',
  cancelled: 'cancelled',
}
const moving: ReadonlySet<string> = new Set(['running', 'in_progress', 'starting'])

type Props = { name: IconName; tone: Tone; word: string; spin: boolean; size?: number | undefined }

function StatusIcon(props: Props) {
  return (
    <span class={`inline-flex ${toneText[props.tone]} ${props.spin ? 'spin-slow' : ''}`} title={props.word}>
      <Icon name={props.name} size={props.size ?? 14} />
      <span class="sr-only">{props.word}</span>
    </span>
  )
}

function Badge(props: Props) {
  return (
    <span
      class={`inline-flex h-5 items-center gap-1.5 rounded-[5px] px-1.5 text-xs font-medium whitespace-nowrap ${toneBadge[props.tone]}`}
    >
      <span class={`inline-flex ${props.spin ? 'spin-slow' : ''}`}>
        <Icon name={props.name} size={12} />
      </span>
      {props.word}
    </span>
  )
}

function sessionProps(session: Session): Props {
  const look = lookOf(session, unreachableSince(useProject().project, session))
  return { name: sessionIcons[look], ...sessionWords[look], spin: moving.has(look) }
}

function taskProps(task: Task): Props {
  const look = isReady(useProject().project, task) ? 'ready' : task.status
  return { name: taskIcons[look], ...taskWords[look], spin: moving.has(look) }
}

export const SessionIcon = (props: { of: Session; size?: number }) => (
  <StatusIcon {...sessionProps(props.of)} size={props.size} />
)
export const SessionBadge = (props: { of: Session }) => <Badge {...sessionProps(props.of)} />
export const TaskIcon = (props: { of: Task; size?: number }) => (
  <StatusIcon {...taskProps(props.of)} size={props.size} />
)
export const TaskBadge = (props: { of: Task }) => <Badge {...taskProps(props.of)} />
