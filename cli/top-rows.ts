import { readyTasks } from '../protocol/graph.ts'
import type { Project, Session, Task } from '../protocol/model.ts'
import { unreachableSince, waitsFor } from '../protocol/session-rules.ts'
import { doing } from './session-text.ts'
import { visible } from './visible.ts'

/** A line of the fleet: a session, or a task that somebody should do something about. `since` is ms since 1970. */
export type Row = {
  id: string
  kind: 'session' | 'task'
  status:
    | { of: 'session'; status: Session['status']; outcome: Session['outcome'] }
    | { of: 'task'; status: Task['status'] }
  name: string
  task: string
  what: string
  since: number
  tokens: number | undefined
}

export type Section = { title: string; rows: Row[] }

const ENDED = 5

/** Everything that goes on, by what wants somebody's attention. Within a section nothing changes its place by itself. */
export function sectionsOf(project: Project): Section[] {
  const sessions = Object.values(project.sessions)
  const ofStatus = (...statuses: Session['status'][]) =>
    sessions
      .filter(({ status }) => statuses.includes(status))
      .sort((a, b) => a.requestedAt - b.requestedAt || (a.id < b.id ? -1 : 1))
  const ended = sessions.filter(({ status }) => status === 'ended').sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
  const held = Object.values(project.tasks).filter(({ status }) => status === 'blocked' || status === 'in_review')
  const rows = (some: Session[]) => some.map((session) => sessionRow(project, session))
  const needs = [...rows(ofStatus('waiting')), ...held.map(heldRow)].sort((a, b) => a.since - b.since)
  return [
    { title: 'Needs you', rows: needs },
    { title: 'Working', rows: rows(ofStatus('running', 'spawning')) },
    { title: 'Ready', rows: readyTasks(project).map(readyRow) },
    { title: 'Idle', rows: rows(ofStatus('idle')) },
    { title: 'Ended', rows: rows(ended.slice(0, ENDED)) },
  ]
}

function sessionRow(project: Project, session: Session): Row {
  const { id, name, status, outcome, tasks, usage } = session
  const away = unreachableSince(project, session)
  const what = away === undefined ? (waitsFor(project, session) ?? doing(session)) : 'unreachable: its machine is away'
  return visible({
    ...{ id, kind: 'session', status: { of: 'session', status, outcome }, name },
    ...{
      task: tasks.length > 1 ? `${tasks[0]} +${tasks.length - 1}` : (tasks[0] ?? ''),
      what,
      since: away ?? since(session),
    },
    tokens: usage ? usage.inputTokens + usage.outputTokens : undefined,
  })
}

/** Since when it does what it does. */
function since({ status, needsYou, tool, progress, startedAt, requestedAt, endedAt, lastSeenAt }: Session): number {
  if (status === 'ended') return endedAt ?? requestedAt
  if (status === 'idle') return lastSeenAt
  return needsYou?.since ?? tool?.since ?? (progress && status === 'running' ? progress.at : (startedAt ?? requestedAt))
}

function heldRow({ id, title, status, blocked, result, updatedAt, assignee }: Task): Row {
  const what = blocked?.reason ?? (result?.summary || 'wants to be looked at')
  const facts = {
    id,
    kind: 'task' as const,
    status: { of: 'task' as const, status },
    name: title,
    task: assignee ?? '',
  }
  return visible({ ...facts, what, since: blocked?.since ?? updatedAt, tokens: undefined })
}

function readyRow({ id, title, status, priority, createdAt, attempts }: Task): Row {
  const what = attempts.length ? `tried ${attempts.length === 1 ? 'once' : `${attempts.length} times`}` : ''
  const facts = { id, kind: 'task' as const, status: { of: 'task' as const, status }, name: title, task: id }
  return visible({
    ...facts,
    what: [priority === 'medium' ? '' : priority, what].filter(Boolean).join(', '),
    since: createdAt,
    tokens: undefined,
  })
}
