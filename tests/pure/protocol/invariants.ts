import { cycleThrough } from '../../../protocol/graph.ts'
import type { SessionId, SpawnerId, TaskId } from '../../../protocol/ids.ts'
import type { Project, Session, Task } from '../../../protocol/model.ts'
import type { Entry } from '../../../protocol/project.ts'

/** Everything that must hold of a project whenever anybody looks, as sentences about what does not. */
export function broken(project: Project): string[] {
  const tasks = Object.values(project.tasks).flatMap((task) => brokenTask(project, task))
  const sessions = Object.values(project.sessions).flatMap((session) => brokenSession(project, session))
  return [...tasks, ...sessions, ...brokenLive(project)]
}

function brokenTask(project: Project, task: Task): string[] {
  const holder = task.assignee && project.sessions[task.assignee]
  const working = task.status === 'in_progress'
  const final = task.status === 'done' || task.status === 'cancelled'
  const finished = task.status === 'done' || task.status === 'in_review'
  const twice = task.subtasks.some(({ id }, i) => task.subtasks.findIndex((other) => other.id === id) !== i)
  return said(task.id, {
    'is in progress without a live session (I7)': working && !(task.assignee && project.live[task.assignee]),
    'is in progress without a lease of its session': working && task.lease?.session !== task.assignee,
    'has a lease while nobody works on it': !working && task.lease !== null,
    'is assigned to a session that does not exist': task.assignee !== null && !holder,
    'is assigned to a session that has ended': !finished && !!holder && holder.status === 'ended',
    'has a reason to be blocked while it is not, or none while it is':
      (task.blocked !== null) !== (task.status === 'blocked'),
    'has an end while it has not ended, or none though it has': (task.endedAt !== null) !== final,
    'needs something that does not exist': task.needs.some((need) => !project.tasks[need]),
    'waits for itself': task.needs.some((need) => cycleThrough(project, task.id as TaskId, need as TaskId)),
    'has two subtasks with one id': twice,
  })
}

function brokenSession(project: Project, session: Session): string[] {
  const over = session.status === 'ended'
  return said(session.id, {
    'is live though it has ended, or has ended though it is live': (project.live[session.id] === true) === over,
    'has an outcome while it has not ended, or none though it has': (session.outcome !== null) !== over,
    'has an end while it has not ended, or none though it has': (session.endedAt !== null) !== over,
    'has a reason for its end while it has not ended': session.reason !== null && !over,
    'needs somebody while it is not waiting, or waits for nobody':
      (session.needsYou !== null) !== (session.status === 'waiting'),
    'uses a tool though it has ended': over && session.tool !== null,
    'was given back, to be started elsewhere, while it is being stopped':
      session.status === 'spawning' && session.stopping !== null && session.spawner === null,
    'waits to be started and has started': session.status === 'spawning' && session.startedAt !== null,
    'has one task twice': new Set(session.tasks).size !== session.tasks.length,
    'counts what is no number': Object.values(session.tools).some((tool) => Object.values(tool).some(Number.isNaN)),
  })
}

function brokenLive(project: Project): string[] {
  const ids = Object.keys(project.live) as SessionId[] // its keys are session ids
  return ids.filter((id) => !project.sessions[id]).map((id) => `${id} is live and does not exist`)
}

function said(who: string, wrong: Record<string, boolean>): string[] {
  return Object.entries(wrong).flatMap(([what, is]) => (is ? [`${who} ${what}`] : []))
}

/** The sessions that two machines held at once, or that came to run twice (I8). */
export function startedTwice(log: Entry[]): SessionId[] {
  const holder = new Map<SessionId, SpawnerId | null>()
  const started = new Set<SessionId>()
  const wrong: SessionId[] = []
  for (const { type, data } of log) {
    if (type !== 'session:updated') continue
    const { session, changes } = data
    if (changes.spawner && holder.get(session)) wrong.push(session)
    if (changes.spawner !== undefined) holder.set(session, changes.spawner)
    if (changes.startedAt && started.has(session)) wrong.push(session)
    if (changes.startedAt) started.add(session)
  }
  return wrong
}

/** `value`, so that whoever changes anything in it fails at once. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
