import { isReady, unmetNeeds } from './graph.ts'
import type { SessionId, TaskId } from './ids.ts'
import type { Project, Session, SessionStatus, Task, TaskStatus } from './model.ts'
import { waitsFor, whyNot } from './session-rules.ts'
import { isAncestor, owns } from './task-access.ts'

/** What somebody may wait for. */
export const untils = ['done', 'ended', 'needs-you'] as const
export type Until = (typeof untils)[number]

/** How a task or a session stands to what is waited for. */
export type Standing = {
  id: string
  kind: 'task' | 'session'
  name: string
  status: TaskStatus | SessionStatus | 'deleted'
  /** `met`: it has come to that. `stuck`: it will not by itself. `pending`: it still may. */
  is: 'met' | 'stuck' | 'pending'
  reason: string
  /** What helps, or shows more. */
  next: string | null
}

/** Who waits, and when (ms since 1970). */
export type Waiter = { now: number; me: SessionId | undefined }

/** Rest and absence count when they have lasted so long (ms): a machine may be starting anew, an agent about to go on. */
export const GRACE_MS = 15_000

type Judged = Pick<Standing, 'is' | 'reason'> & { next?: string }

/** How `id`, a task's or a session's, stands to `until`. Looks at how things are, never at what happened. */
export function standing(project: Project, id: TaskId | SessionId, until: Until, waiter: Waiter): Standing {
  if (isTaskId(id)) {
    const task = project.tasks[id]
    const judged = task ? judgeTask(project, task, until, waiter) : gone(until)
    return {
      ...{ id, kind: 'task', name: task?.title ?? '', status: task?.status ?? 'deleted' },
      ...judged,
      next: judged.next ?? null,
    }
  }
  const session = project.sessions[id]
  const judged = session ? judgeSession(project, session, until, waiter) : gone(until)
  return {
    ...{ id, kind: 'session', name: session?.name ?? '', status: session?.status ?? 'deleted' },
    ...judged,
    next: judged.next ?? null,
  }
}

/**
 * What all of them come to. With `any` one is enough. Whatever is stuck ends the wait, for somebody must act; only who
 * waits to be needed goes on until there is nobody left who might.
 */
export function verdict(standings: readonly Standing[], until: Until, any: boolean): Standing['is'] {
  const count = (is: Standing['is']) => standings.filter((one) => one.is === is).length
  if (until === 'needs-you') return count('met') > 0 ? 'met' : count('pending') > 0 ? 'pending' : 'stuck'
  if (any ? count('met') > 0 : count('met') === standings.length) return 'met'
  return count('stuck') > 0 ? 'stuck' : standings.length > 0 ? 'pending' : 'met'
}

/** What there is to wait for when nothing is named: whatever is at work, an agent's own children or everybody's. */
export function atWorkFor(project: Project, until: Until, me: SessionId | undefined): (TaskId | SessionId)[] {
  const live = Object.keys(project.live) as SessionId[] // the keys of `live` are session ids by its schema
  const sessions = live.filter((id) => id !== me && (!me || isAncestor(project, me, id)))
  if (until !== 'needs-you') return sessions
  const held = Object.values(project.tasks).filter(({ status }) => status === 'blocked' || status === 'in_review')
  return [...sessions, ...held.filter((task) => !me || owns(project, me, task)).map(({ id }) => id)]
}

const isTaskId = (id: TaskId | SessionId): id is TaskId => id.startsWith('task_')
const gone = (until: Until): Judged => ({ is: until === 'ended' ? 'met' : 'stuck', reason: 'it was deleted' })
const pending = (reason: string): Judged => ({ is: 'pending', reason })
const met = (reason: string): Judged => ({ is: 'met', reason })
const stuck = (reason: string, next: string): Judged => ({ is: 'stuck', reason, next })

function judgeTask(project: Project, task: Task, until: Until, waiter: Waiter): Judged {
  if (until === 'done') return taskDone(project, task, waiter)
  const holder = holderOf(project, task)
  if (until === 'ended') {
    if (!holder) return met(task.assignee ? `${task.assignee} has ended` : 'nobody works on it')
    return judgeSession(project, holder, 'ended', waiter)
  }
  if (task.status === 'blocked') return { ...met(blockedText(task)), next: `maestro task show ${task.id}` }
  if (task.status === 'in_review') return { ...met('it wants to be looked at'), next: `maestro task show ${task.id}` }
  if (task.status === 'done' || task.status === 'cancelled') return stuck(`it is ${task.status}`, 'maestro status')
  if (!holder) return pending('nobody works on it')
  return judgeSession(project, holder, 'needs-you', waiter)
}

function taskDone(project: Project, task: Task, waiter: Waiter): Judged {
  const own = taskAlone(project, task, waiter)
  if (task.status !== 'todo' || task.assignee || isReady(project, task)) return own
  const held = needsOf(project, task).find((need) => taskAlone(project, need, waiter).is === 'stuck')
  if (!held) return own
  const why = taskAlone(project, held, waiter)
  return stuck(`it waits for ${held.id}: ${why.reason}`, why.next ?? `maestro task show ${held.id}`)
}

/** Whether a task is done or may still get there, what it needs aside. */
function taskAlone(project: Project, task: Task, waiter: Waiter): Judged {
  const { id } = task
  switch (task.status) {
    case 'done':
      return met('it is done')
    case 'cancelled':
      return stuck('it is cancelled', `maestro task reopen ${id}`)
    case 'blocked':
      return stuck(blockedText(task), `maestro task show ${id}`)
    case 'in_review':
      return stuck('it is in review: somebody looks at it and completes it', `maestro task show ${id}`)
    case 'in_progress': {
      const holder = holderOf(project, task)
      return holder ? heldBy(project, holder, waiter) : pending('nobody holds it any more')
    }
    case 'todo':
      return taskToDo(project, task, waiter)
  }
}

function taskToDo(project: Project, task: Task, waiter: Waiter): Judged {
  const holder = holderOf(project, task)
  if (holder) return heldBy(project, holder, waiter)
  const needs = unmetNeeds(project, task)
  if (needs.length) return pending(`it waits for ${needs.join(', ')}`)
  const last = task.attempts.at(-1)
  if (last) {
    const how = `${last.session} ${last.outcome}${last.reason ? ` (${last.reason})` : ''}`
    return stuck(`${how}, and nobody works on it`, spawnOn(task))
  }
  return mayBeTaken(project, waiter.me)
    ? pending('nobody has taken it yet')
    : stuck('nobody works on it', spawnOn(task))
}

/** Somebody who is at work may take another task when he is through with his own. */
function mayBeTaken(project: Project, me: SessionId | undefined): boolean {
  const live = Object.keys(project.live) as SessionId[] // the keys of `live` are session ids by its schema
  const others = live.filter((id) => id !== me && (!me || !isAncestor(project, id, me)))
  return others.some((id) => {
    const session = project.sessions[id]
    return session?.managed && (session.status === 'running' || session.status === 'spawning')
  })
}

/** Whether whoever has a task gets on with it. */
function heldBy(project: Project, holder: Session, waiter: Waiter): Judged {
  const { id } = holder
  if (holder.status === 'waiting') return pending(asks(holder))
  if (holder.status === 'spawning') return starting(project, holder, waiter)
  if (isResting(holder, waiter)) return stuck(`${id} is idle and has not finished it`, `maestro session show ${id}`)
  return pending(`${id} works on it`)
}

function starting(project: Project, session: Session, waiter: Waiter): Judged {
  const why = `${session.id} waits to start: ${waitsFor(project, session)}`
  return cannotStart(project, session, waiter) ? stuck(why, 'maestro spawner list') : pending(why)
}

function judgeSession(project: Project, session: Session, until: Until, waiter: Waiter): Judged {
  if (until === 'done') return sessionDone(project, session, waiter)
  if (session.status === 'ended') {
    return until === 'ended' ? met(ending(session)) : stuck('it has ended', `maestro session show ${session.id}`)
  }
  if (session.status === 'spawning') {
    const judged = starting(project, session, waiter)
    return until === 'needs-you' && judged.is === 'stuck' ? { ...judged, is: 'met' } : judged
  }
  if (until === 'ended') return pending(session.status === 'idle' ? 'it rests until somebody stops it' : 'it works')
  // It is answered in its terminal, where no agent may type: whoever leads can only look.
  const look = waiter.me ? `maestro session show ${session.id}` : 'maestro open'
  if (session.status === 'waiting') return { ...met(asks(session)), next: look }
  const task = isResting(session, waiter) ? unfinished(project, session) : undefined
  if (!task) return pending(session.status === 'idle' ? 'it rests' : 'it works')
  return { ...met(`${session.id} is idle and has not finished ${task.id}`), next: `maestro session show ${session.id}` }
}

/** A session is done when its tasks are, and it has ended well or has come to rest. */
function sessionDone(project: Project, session: Session, waiter: Waiter): Judged {
  const { id, status, outcome } = session
  const open = tasksOf(project, session).find((task) => task.status !== 'done')
  const next = !open
    ? `maestro session show ${id}`
    : isReady(project, open)
      ? spawnOn(open)
      : `maestro task show ${open.id}`
  if (status === 'spawning') return starting(project, session, waiter)
  if (status === 'waiting') return pending(asks(session))
  if (status === 'ended' && outcome !== 'completed') return stuck(`it ended: ${ending(session)}`, next)
  if (status === 'running') return pending(open ? `it works on ${open.id}` : 'it works')
  if (!open) return met(status === 'ended' ? 'it has ended' : 'it rests, and what it was to do is done')
  if (status === 'idle' && !isResting(session, waiter)) return pending('it rests')
  return stuck(`it ${status === 'ended' ? 'has ended' : 'is idle'}, and ${open.id} is ${words(open.status)}`, next)
}

/** The session that has the task, if it has not ended. */
function holderOf(project: Project, { assignee }: Task): Session | undefined {
  const session = assignee ? project.sessions[assignee] : undefined
  return session?.status === 'ended' ? undefined : session
}

/** Everything that `task` still waits for, near or far. */
function needsOf(project: Project, task: Task): Task[] {
  const found = new Set<Task>()
  const add = (one: Task) => {
    for (const id of unmetNeeds(project, one)) found.add(project.tasks[id]!) // only what there is counts as unmet
  }
  add(task)
  for (const need of found) add(need) // a set may grow while it is gone through
  return [...found]
}

const isResting = ({ status, lastSeenAt }: Session, { now }: Waiter) =>
  status === 'idle' && now - lastSeenAt >= GRACE_MS

function unfinished(project: Project, session: Session): Task | undefined {
  return tasksOf(project, session).find(({ status, assignee }) => status === 'in_progress' && assignee === session.id)
}

function tasksOf(project: Project, { tasks }: Session): Task[] {
  return tasks.map((id) => project.tasks[id]).filter((task) => task !== undefined)
}

/** No machine that is there could ever take it, and that is not news of this moment. */
function cannotStart(project: Project, session: Session, { now }: Waiter): boolean {
  if (session.spawner) return false
  const machines = Object.values(project.spawners)
  const since = Math.max(session.requestedAt, ...machines.map((machine) => machine.since))
  // A place becomes free by itself; where there is none at all, it does not.
  const roomy = machines.map((machine) => ({ ...machine, capacity: machine.capacity && Number.POSITIVE_INFINITY }))
  return now - since >= GRACE_MS && roomy.every((machine) => whyNot(project, session, machine) !== undefined)
}

const asks = ({ id, needsYou }: Session) => `${id} waits for a person: ${needsYou?.message ?? 'it asks something'}`
const blockedText = ({ blocked }: Task) => `it is blocked: ${blocked?.reason ?? 'nobody said why'}`
const ending = ({ outcome, reason }: Session) => `${outcome ?? 'lost'}${reason ? ` (${reason})` : ''}`
const spawnOn = ({ id }: Task) => `maestro session spawn ${id}`
const words = (status: TaskStatus) => status.replace('_', ' ')
