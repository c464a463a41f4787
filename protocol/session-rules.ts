import type { Actor } from './actor.ts'
import { refuse } from './errors.ts'
import { frozenInWords } from './freeze.ts'
import { isReady, unmetNeeds } from './graph.ts'
import type { SessionId, SpawnerId, TaskId } from './ids.ts'
import { isTooOld, lasting, moment, OLDEST_SPAWNER, oneOf } from './machine-rules.ts'
import type { Attempt, Outcome, Project, Role, Session, Spawner, Task, Workplace } from './model.ts'
import { isAncestor, theTask } from './task-access.ts'
import { type TaskEvent, updated } from './task-events.ts'
import { expectReady, expectStatus, inProgress } from './task-rules.ts'

/** An agent that starts agents that start agents must come to an end by itself: each answers for all below it. */
const MAX_DEPTH = 3
const MAX_LIVE_CHILDREN = 20
/** After this many sessions that did not finish it, a task waits for a person. */
export const MAX_ATTEMPTS = 3

export function checkBudget(project: Project, parent: SessionId): void {
  const suggestion = 'maestro session list'
  const line = [parent]
  for (let id = project.sessions[parent]?.parent; id; id = project.sessions[id]?.parent) line.push(id)
  if (line.length >= MAX_DEPTH) {
    const message = `Sessions may start sessions ${MAX_DEPTH} deep, and ${parent} is at the bottom`
    refuse('budget_exhausted', message, { suggestion })
  }
  const live = Object.keys(project.live) as SessionId[] // the keys of `live` are session ids by its schema
  for (const id of line) {
    const children = live.filter((one) => isAncestor(project, id, one)).length
    if (children < MAX_LIVE_CHILDREN) continue
    refuse('budget_exhausted', `${id} has ${children} sessions at work, which is its limit`, { suggestion })
  }
}

/** The tasks, if a session may be started on them: free, and waiting for nothing. */
export function checkTasks(project: Project, ids: TaskId[], by: Actor): Task[] {
  return [...new Set(ids)].map((id) => {
    const task = theTask(project, id)
    expectStatus(task, by, 'start a session on it', 'todo')
    if (task.assignee) {
      refuse('already_claimed', `${id} is taken by ${task.assignee}`, {
        suggestion: `maestro session show ${task.assignee}`,
      })
    }
    expectReady(project, task)
    return task
  })
}

type Given = {
  session: SessionId
  profile: string
  workspace: string
  role: Role
  name: string
  prompt: string
  skills: string[]
  spawner: SpawnerId | null
  worktree?: boolean | undefined
  label?: string | null
}

export function newSession(given: Given, tasks: Task[], parent: SessionId | null, by: string, now: number): Session {
  const { session: id, profile, workspace, role, prompt, spawner: target, label = null } = given
  return {
    ...{
      id,
      name: given.name || tasks[0]?.title || `${profile} session`,
      role,
      agent: profile,
      profile,
      workspace,
      prompt,
      skills: [...new Set(given.skills)],
    },
    ...{ tasks: tasks.map((task) => task.id), parent, target, label, spawner: null, managed: true },
    ...{ status: 'spawning', outcome: null, exitCode: null, reason: null, agentSession: null, needsYou: null },
    ...{ tool: null, tools: {}, usage: null, progress: null, stopping: null, claim: null },
    ...{ requestedBy: by, requestedAt: now, startedAt: null, endedAt: null, lastSeenAt: now },
    ...(given.worktree !== undefined && { worktree: given.worktree }),
  }
}

/** Where a session works, for people. */
export function worksIn({ worktree, branch, note }: Workplace): string {
  if (worktree) return `a worktree of its own${branch ? `, branch ${branch}` : ''}`
  const at = branch ? `, on ${branch} when it started` : ''
  return `the folder itself${at}${note ? ` (no worktree: ${note})` : ''}`
}

/** For so long (ms) after it was asked for, a session that any machine may start is left to the one with the most room. */
const CHOICE_MS = 2_000

/** The profile by which `spawner` would start `session`; refuses if it cannot now, or another is to be asked first. */
export function mayStart(
  project: Project,
  session: Session,
  spawner: SpawnerId,
  now: number,
): Spawner['profiles'][number] {
  const machine =
    project.spawners[spawner] ??
    refuse('spawner_not_found', `There is no spawner ${spawner}`, { suggestion: 'maestro spawner list' })
  const suggestion = `maestro session show ${session.id}`
  const why = whyNot(project, session, machine, now)
  if (why) refuse('at_capacity', why, { suggestion })
  const roomier = now - session.requestedAt < CHOICE_MS && roomierThan(project, session, machine)
  if (roomier) refuse('conflict', `${roomier.name} has more room for ${session.id}`, { suggestion })
  return machine.profiles.find(({ name }) => name === session.profile)! // or `whyNot` had said so
}

function roomierThan(project: Project, session: Session, machine: Spawner): Spawner | undefined {
  const room = roomOf(project, machine)
  const others = Object.values(project.spawners).filter(({ id }) => id !== machine.id)
  return others.find((one) => roomOf(project, one) > room && whyNot(project, session, one) === undefined)
}

/** How many more sessions of this project a machine may take. */
const roomOf = (project: Project, { id, capacity }: Spawner) => capacity - atWork(project, id)

/** Why `machine` cannot start `session` now, for people; nothing when it can. With `now` (ms) it says for how long, else since when. */
export function whyNot(project: Project, session: Session, machine: Spawner, now?: number): string | undefined {
  const { id, name, labels, draining, profiles, workspaces, version, capacity } = machine
  if (session.target && session.target !== id)
    return `it is meant for ${project.spawners[session.target]?.name ?? session.target}`
  if (machine.revoked) return `${name} was revoked by ${machine.revoked.by}`
  if (machine.connected === false) return `${name} has never connected`
  if (machine.status === 'offline')
    return `${name} has been offline ${now === undefined ? `since ${moment(machine.since)}` : `for ${lasting(now - machine.since)}`}`
  if (isTooOld(version)) return `${name} runs Maestro ${version}, which is too old: ${OLDEST_SPAWNER} is needed`
  const former = session.resumes && project.sessions[session.resumes]
  if (former && former.status !== 'ended')
    return `${former.id}, whose conversation it is to go on with, is back at work`
  if (session.label && !labels?.includes(session.label))
    return `${name} lacks the label ${session.label} (${oneOf(labels ?? [])})`
  if (draining) return `${name} is draining: it takes nothing new`
  if (!profiles.some(({ name }) => name === session.profile))
    return `${name} has no profile ${session.profile} (${oneOf(profiles.map((one) => one.name))})`
  if (!workspaces.includes(session.workspace))
    return `${name} has no workspace ${session.workspace} (${oneOf(workspaces)})`
  // Old snapshots know of no skills, neither wanted nor there.
  const missing = session.skills?.find((skill) => !machine.skills?.includes(skill))
  if (missing) return `${name} has no skill ${missing}`
  const busy = atWork(project, id)
  return busy >= capacity ? `${name} is at capacity: ${busy} of ${capacity}` : undefined
}

/** How many live sessions a spawner holds. */
export function atWork(project: Project, spawner: SpawnerId): number {
  let count = 0
  for (const id of Object.keys(project.live)) if (project.sessions[id as SessionId]?.spawner === spawner) count++
  return count
}

/** So many machines are named one by one where none can start a session. */
const NAMED = 6

/** Why a requested session has not started yet, for people; nothing when it is not waiting. `now` (ms): it says for how long. */
export function waitsFor(project: Project, session: Session, now?: number): string | undefined {
  if (session.status !== 'spawning') return undefined
  if (session.spawner) return `${project.spawners[session.spawner]?.name ?? session.spawner} is starting it`
  if (project.frozen) return frozenInWords(project.frozen)
  const { target } = session
  if (target && !project.spawners[target]) return `it is meant for ${target}, which has never connected`
  const machines = Object.values(project.spawners).filter((one) => (target ? one.id === target : !one.revoked))
  if (machines.length === 0) return 'no machine has ever connected to this project'
  const reasons = machines.map((machine) => whyNot(project, session, machine, now))
  if (reasons.includes(undefined)) return `${target ? machines[0]!.name : 'a machine'} is about to take it`
  const more = reasons.length - NAMED
  return reasons.slice(0, NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** Since when (ms) nobody can reach a live session, because its machine is away. */
export function unreachableSince(project: Project, session: Session): number | undefined {
  const machine = session.spawner ? project.spawners[session.spawner] : undefined
  return session.status !== 'ended' && machine?.status === 'offline' ? machine.since : undefined
}

/** Its session runs: the tasks it was asked to do are in progress now. */
export function startTasks(project: Project, session: Session, now: number): TaskEvent[] {
  const mine = session.tasks.map((id) => project.tasks[id]).filter((task) => task !== undefined)
  const waiting = mine.filter(
    (task) => task.status === 'todo' && (task.assignee === session.id || task.assignee === null),
  )
  const free = waiting.filter((task) => unmetNeeds(project, task).length === 0)
  return free.map((task) => updated(task, 'claimed', inProgress(task, session.id, now)))
}

/** It is back: what was put back only because it seemed lost, and nobody has taken since, is its again. */
export function takeBack(project: Project, session: Session, now: number): TaskEvent[] {
  const mine = session.tasks.map((id) => project.tasks[id]).filter((task) => task !== undefined)
  const free = mine.filter((task) => isReady(project, task) && task.attempts.at(-1)?.session === session.id)
  return free.map((task) =>
    updated(task, 'claimed', { ...inProgress(task, session.id, now), attempts: task.attempts.slice(0, -1) }),
  )
}

export function tasksAfter(
  project: Project,
  session: Session,
  outcome: Outcome,
  reason: string | null,
  now: number,
): TaskEvent[] {
  const held = Object.values(project.tasks).filter((task) => task.assignee === session.id)
  return held.flatMap((task) => taskAfter(task, session, outcome, reason, now) ?? [])
}

function taskAfter(
  task: Task,
  session: Session,
  outcome: Outcome,
  reason: string | null,
  now: number,
): TaskEvent | undefined {
  const free = { assignee: null, lease: null }
  if (task.status === 'blocked') return updated(task, 'released', free)
  if (task.status !== 'in_progress' && task.status !== 'todo') return undefined
  if (task.status === 'in_progress' && outcome === 'completed')
    return updated(task, 'handed_over', { status: 'in_review', lease: null })
  if (task.status === 'todo' && (outcome === 'completed' || outcome === 'stopped'))
    return updated(task, 'released', free)
  const attempts = [...task.attempts, { session: session.id, outcome, reason, at: now }]
  if (attempts.length < MAX_ATTEMPTS) return updated(task, 'attempted', { status: 'todo', ...free, attempts })
  const blocked = {
    reason: `${attempts.length} attempts ended: ${attempts.map(describe).join('; ')}`,
    since: now,
    by: 'maestro',
  }
  return updated(task, 'attempted', { status: 'blocked', ...free, attempts, blocked })
}

function describe({ session, outcome, reason }: Attempt): string {
  return `${session} ${outcome}${reason ? ` (${reason})` : ''}`
}
