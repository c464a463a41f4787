import { liveSessions } from '../protocol/clock.ts'
import { isReady } from '../protocol/graph.ts'
import type { Project, Session, Task } from '../protocol/model.ts'
import { waitsFor } from '../protocol/session-rules.ts'
import { clip } from './clip.ts'

/** How many bytes a title may take, how many what stands beside it, and how many things of a kind are named. */
export type Room = { title: number; short: number; most: number }

/** How a project stands, for whoever leads it: the numbers, then what goes on only when somebody does something. */
export function standing(project: Project, own: Session | undefined, { short, most }: Room): string[] {
  const tasks = Object.values(project.tasks).filter(({ id }) => !own?.tasks.includes(id))
  const sessions = liveSessions(project).filter(({ id }) => id !== own?.id)
  const needs = [
    ...sessions.flatMap((session) => needOf(project, session, short)),
    ...tasks.flatMap((task) => needOfTask(task, short)),
  ]
  const rest = needs.length - most
  return [
    `Now: ${countsOf(project, tasks)}; ${sessions.length} ${sessions.length === 1 ? 'agent' : 'agents'} at work.`,
    ...needs.slice(0, most).map((need) => `- ${need}`),
    ...(rest > 0 ? [`- and ${rest} more: maestro status`] : []),
  ]
}

function countsOf(project: Project, tasks: readonly Task[]): string {
  const counts = new Map<string, number>()
  for (const task of tasks) {
    const how = task.status !== 'todo' ? task.status.replace('_', ' ') : isReady(project, task) ? 'ready' : 'to wait'
    counts.set(how, (counts.get(how) ?? 0) + 1)
  }
  const order = ['ready', 'to wait', 'in progress', 'blocked', 'in review', 'done', 'cancelled']
  const said = order.flatMap((how) => (counts.has(how) ? [`${counts.get(how)} ${how}`] : []))
  return said.length ? `tasks: ${said.join(', ')}` : 'no tasks yet'
}

function needOf(project: Project, session: Session, short: number): string[] {
  const { id, status, spawner, needsYou } = session
  if (status === 'waiting') return [`${id} waits for a person: ${clip(needsYou?.message ?? '', short)}`]
  const why = status === 'spawning' && !spawner && waitsFor(project, session)
  return why ? [`${id} does not start: ${clip(why, short)}`] : []
}

function needOfTask({ id, status, title, blocked, attempts }: Task, short: number): string[] {
  if (status === 'blocked') return [`${id} is blocked: ${clip(blocked?.reason ?? '', short)}`]
  if (status === 'in_review') return [`${id} is in review: ${clip(title, short)}`]
  const last = attempts.at(-1)
  const failed = status === 'todo' && last && `${id} failed: ${clip(last.reason ?? last.outcome, short)}`
  return failed ? [failed] : []
}
