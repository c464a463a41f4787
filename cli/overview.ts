import * as z from 'zod'
import { cancelledNeeds, goOnWithout, readyTasks } from '../protocol/graph.ts'
import { SessionId, TaskId } from '../protocol/ids.ts'
import { Frozen, type Project, type Session, SessionStatus, Spawner, Task, TaskStatus } from '../protocol/model.ts'
import { estimate } from '../protocol/prices.ts'
import { atWork, unreachableSince, waitsFor } from '../protocol/session-rules.ts'
import { ModelUsage, totalOf } from '../protocol/usage.ts'
import { doing } from './session-text.ts'

const ms = z.number().int().describe('ms since 1970')

const asked = {
  name: z.string(),
  why: z.string(),
  since: ms,
  mend: z.string().nullable().describe('The command that does it, where there is one'),
}

/** Something that goes on only when a person does something. */
const Attention = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), id: SessionId, status: SessionStatus, ...asked }),
  z.object({ kind: z.literal('task'), id: TaskId, status: TaskStatus, ...asked }),
])

const Working = z.object({
  id: SessionId,
  name: z.string(),
  status: SessionStatus,
  tasks: z.array(TaskId),
  now: z.string().describe('What it does, or why it waits'),
  since: ms,
})

const Machine = Spawner.pick({
  ...{ id: true, name: true, status: true, since: true, capacity: true },
  ...{ connected: true, draining: true, revoked: true },
}).extend({
  sessions: z.number().int().describe('How many it runs now'),
})

export const Overview = z.object({
  project: z.object({ id: z.string().nullable(), name: z.string(), frozen: Frozen.nullable() }),
  needsYou: z.array(Attention),
  working: z.array(Working),
  ready: z.array(Task.pick({ id: true, title: true, priority: true })),
  machines: z.array(Machine),
  used: z
    .object({ tokens: ModelUsage, cost: z.number().nullable(), unpriced: z.record(z.string(), z.number()) })
    .describe('By all sessions there ever were; the cost is an estimate in US dollars'),
})

export type Attention = z.infer<typeof Attention>
export type Working = z.infer<typeof Working>
export type Machine = z.infer<typeof Machine>
export type Overview = z.infer<typeof Overview>

/** A project by what needs somebody. */
export function overviewOf(project: Project): Overview {
  return {
    project: { id: project.id, name: project.name, frozen: project.frozen ?? null },
    needsYou: needsYou(project),
    working: working(project),
    ready: readyTasks(project).map(({ id, title, priority }) => ({ id, title, priority })),
    machines: Object.values(project.spawners)
      .filter(({ revoked }) => !revoked)
      .map(({ id, name, status, since, capacity, connected, draining, revoked }) => {
        return { id, name, status, since, capacity, connected, draining, revoked, sessions: atWork(project, id) }
      }),
    used: { tokens: totalOf(project.usage ?? {}), ...estimate(project.usage ?? {}) },
  }
}

/** What to do first. */
export function nextFrom({ project, needsYou: [first], ready: [task], working, machines }: Overview): string[] {
  if (first) return [first.mend ?? `maestro ${first.kind} show ${first.id}`]
  if (project.frozen) return ['maestro project thaw']
  if (!machines.some(({ status }) => status === 'online')) return ['maestro up']
  if (task) return [`maestro session spawn ${task.id}`]
  return working.length ? [] : ['maestro task create "What is to be done"']
}

function needsYou(project: Project): Attention[] {
  const asking = Object.values(project.sessions).filter(({ status }) => status === 'waiting')
  const held = Object.values(project.tasks).filter(({ status }) => status === 'blocked' || status === 'in_review')
  const all: Attention[] = [
    ...asking.map(({ id, name, status, needsYou, lastSeenAt }) => {
      const why = needsYou?.message ?? 'waits for you'
      return { kind: 'session' as const, id, name, status, why, since: needsYou?.since ?? lastSeenAt, mend: null }
    }),
    ...held.map(({ id, title, status, blocked, result, updatedAt }) => {
      const why = blocked?.reason ?? (result?.summary || 'wants to be looked at')
      return { kind: 'task' as const, id, name: title, status, why, since: blocked?.since ?? updatedAt, mend: null }
    }),
    ...waitingWithoutEnd(project),
  ]
  return all.sort((a, b) => a.since - b.since)
}

/** Tasks whose need was cancelled: nothing that happens by itself will ever let them start. */
function waitingWithoutEnd(project: Project): Attention[] {
  const open = Object.values(project.tasks).filter(({ status }) => status === 'todo' || status === 'in_progress')
  return open.flatMap((task) => {
    const gone = cancelledNeeds(project, task)
    if (gone.length === 0) return []
    const { id, title, status } = task
    const since = Math.max(...gone.map((need) => project.tasks[need]!.updatedAt)) // a cancelled need exists
    const why = `waits for ${gone.join(', ')}, which ${gone.length > 1 ? 'are' : 'is'} cancelled`
    return [{ kind: 'task' as const, id, name: title, status, why, since, mend: goOnWithout(task, gone) }]
  })
}

function working(project: Project): Working[] {
  const sessions = Object.keys(project.live).flatMap((id) => project.sessions[id as Session['id']] ?? []) // keys are ids
  const at = sessions.filter(({ status }) => status !== 'waiting')
  return at.map((session) => {
    const { id, name, status, tasks, startedAt, requestedAt } = session
    return { id, name, status, tasks, now: nowOf(project, session), since: startedAt ?? requestedAt }
  })
}

function nowOf(project: Project, session: Session): string {
  if (unreachableSince(project, session) !== undefined) return 'unreachable: its machine is away'
  return waitsFor(project, session) ?? doing(session)
}
