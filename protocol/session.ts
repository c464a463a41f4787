import * as z from 'zod'
import { nameOf } from './actor.ts'
import type { EventsIn, Logged, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { checkThawed } from './freeze.ts'
import { SessionId, SpawnerId, TaskId } from './ids.ts'
import { Outcome, ofOld, type Project, Role, Session, Workplace } from './model.ts'
import { checkOwn, checkSpawner, isSame } from './session-access.ts'
import { changed, place, progress } from './session-notes.ts'
import { resume, resumeCommands } from './session-resume.ts'
import { checkBudget, checkTasks, mayStart, newSession, startTasks, tasksAfter } from './session-rules.ts'
import { type Context, taskFor, theSession } from './task-access.ts'
import { type TaskEvent, updated } from './task-events.ts'
import { keepUsage } from './usage.ts'

const one = { session: SessionId }
const word = z.string().regex(/^[\w][\w.-]{0,59}$/, 'a name has letters, digits, dots and dashes, 60 at most')
const post = <const P extends string, const S extends 'spawner' | 'session:write'>(verb: P, scope: S) =>
  ({ method: 'POST', path: `/sessions/:session/${verb}`, scope }) as const

export const sessionCommands = {
  'session.spawn': {
    summary: 'Ask for an agent to be started',
    method: 'POST',
    path: '/sessions/spawn',
    scope: 'session:spawn',
    input: z.object({
      ...one,
      tasks: z.array(TaskId).max(20).default([]).describe('What it is to work on'),
      profile: word
        .default('claude')
        .describe('A way to start an agent, named in the policy of the machine that runs it'),
      workspace: word.default('scratch').describe('A directory, named in the policy of the machine that runs it'),
      role: Role.default('worker').describe('What it is there for'),
      name: z.string().trim().max(100).default('').describe('What people call it'),
      prompt: z.string().max(20_000).default('').describe('What to say to it first'),
      skills: z
        .array(word)
        .max(20)
        .default([])
        .describe('A skill to teach it beside those of its role, named in the folder of the machine that runs it'),
      spawner: SpawnerId.nullable().default(null).describe('The machine to start it on; none: any that can'),
      worktree: z
        .boolean()
        .optional()
        .describe('Work in a git worktree of its own, or in the folder itself; neither: its machine decides'),
      label: word.nullable().default(null).describe('A label that the machine must have; none: any'),
    }),
  },
  ...resumeCommands,
  'session.claim': {
    summary: 'Take a requested session, so that no other spawner starts it',
    ...post('claim', 'spawner'),
    input: z.object({ ...one, spawner: SpawnerId }),
  },
  'session.place': {
    summary: 'Say where an agent is about to work',
    ...post('place', 'spawner'),
    input: z.object({ ...one, place: Workplace }),
  },
  'session.report': {
    summary: 'Say that an agent is at work',
    ...post('report', 'spawner'),
    input: z.object({ ...one, status: z.enum(['running', 'idle']) }),
  },
  'session.end': {
    summary: 'Say that an agent has ended, and how',
    ...post('end', 'spawner'),
    input: z.object({
      ...one,
      outcome: Outcome,
      exitCode: z.number().int().nullable().default(null),
      reason: z.string().max(2_000).nullable().default(null),
    }),
  },
  'session.stop': { summary: 'Ask for an agent to be stopped', ...post('stop', 'session:write'), input: z.object(one) },
  'session.progress': {
    summary: 'Say what a session has come to',
    ...post('progress', 'session:write'),
    input: z.object({ ...one, text: z.string().trim().min(1).max(10_000).describe('Progress, in a sentence') }),
  },
  'session.register': {
    summary: "Record the agent's own session id",
    ...post('register-claude-session', 'session:write'),
    input: z.object({
      ...one,
      agentSession: z.string().min(1).max(200).describe("The agent's own id, Claude's session_id"),
    }),
  },
} as const satisfies Table

/** What happened to a session, in the past tense. */
const Action = z.enum(['claimed', 'unclaimed', 'started', 'rested', 'stopping', 'progressed', 'registered', 'revived'])

export const sessionEvents = {
  'session:spawn_request': z.object({ session: Session }),
  'session:created': z.object({ session: Session }).describe('A session that Maestro did not start'),
  'session:updated': z.object({ ...one, action: Action, changes: Session.omit({ id: true }).partial() }),
  'session:ended': z.object({
    ...one,
    outcome: Outcome,
    exitCode: z.number().nullable(),
    reason: z.string().nullable(),
  }),
  'session:forgotten': z
    .object({ sessions: z.array(SessionId) })
    .describe('They ended long ago, and only history knows of them now'),
}

export type SessionCommand = RequestsIn<typeof sessionCommands>
export type SessionEvent = EventsIn<typeof sessionEvents>

export function decideSession(
  project: Project,
  command: SessionCommand,
  context: Context,
): (SessionEvent | TaskEvent)[] {
  if (command.type === 'session.spawn') return spawn(project, command, context)
  const session = theSession(project, command.session)
  const { by } = context
  switch (command.type) {
    case 'session.claim':
      if (by.spawner !== command.spawner) {
        refuse('forbidden', `Only ${command.spawner} can claim for itself`, { suggestion: 'maestro whoami' })
      }
      return claim(project, session, command.spawner, context)
    case 'session.resume':
      checkOwn(project, session, context)
      return resume(project, session, command, context)
    case 'session.place':
      checkSpawner(session, context)
      return place(session, command.place)
    case 'session.report':
      checkSpawner(session, context)
      return report(project, session, command.status, context)
    case 'session.end':
      checkSpawner(session, context)
      return endSession(project, session, command, context.now)
    case 'session.stop':
      checkOwn(project, session, context)
      return stop(project, session, context)
    case 'session.progress':
      checkOwn(project, session, context)
      return progress(project, session, command.text, context)
    case 'session.register':
      checkOwn(project, session, context)
      if (session.agentSession === command.agentSession) return []
      return [changed(session, 'registered', { agentSession: command.agentSession })]
  }
}

/** It was taken for ended, and is not. */
export function revive(session: Session, now: number): SessionEvent {
  const open = { outcome: null, exitCode: null, reason: null, endedAt: null }
  return changed(session, 'revived', { status: 'running', ...open, lastSeenAt: now })
}

function spawn(
  project: Project,
  command: SessionCommand & { type: 'session.spawn' },
  { by, now }: Context,
): (SessionEvent | TaskEvent)[] {
  const known = project.sessions[command.session]
  if (known) {
    if (isSame(known, command)) return []
    refuse('id_taken', `${command.session} is another session`, {
      field: 'session',
      suggestion: `maestro session show ${command.session}`,
    })
  }
  checkThawed(project, by)
  if (by.session) {
    checkBudget(project, by.session)
    for (const task of command.tasks) taskFor(project, task, by)
  }
  checkTarget(project, command.spawner)
  const tasks = checkTasks(project, command.tasks, by)
  const session = newSession(command, tasks, by.session ?? null, nameOf(by), now)
  const assigned = tasks.map((task) => updated(task, 'assigned', { assignee: session.id }))
  return [{ type: 'session:spawn_request', data: { session } }, ...assigned]
}

/** A machine that was never heard of may still come; one that is out may not. */
function checkTarget(project: Project, target: SpawnerId | null): void {
  const { name, revoked } = (target && project.spawners[target]) || {}
  if (revoked)
    refuse('conflict', `${name} was revoked by ${revoked.by}: nothing is started there any more`, {
      ...{ field: 'spawner', suggestion: 'maestro spawner list' },
    })
}

function claim(project: Project, session: Session, spawner: SpawnerId, { by, now }: Context): SessionEvent[] {
  checkThawed(project, by) // before all else: this is asked once more when its keys are
  if (session.spawner === spawner && session.status !== 'ended') return []
  if (session.status !== 'spawning' || session.spawner) {
    refuse('already_claimed', `${session.id} is ${session.spawner ? `taken by ${session.spawner}` : session.status}`, {
      suggestion: `maestro session show ${session.id}`,
    })
  }
  const { agent } = mayStart(project, session, spawner, now)
  return [changed(session, 'claimed', { spawner, agent, claim: { at: now, tries: (session.claim?.tries ?? 0) + 1 } })]
}

function report(
  project: Project,
  session: Session,
  status: 'running' | 'idle',
  { now }: Context,
): (SessionEvent | TaskEvent)[] {
  if (session.status === 'ended') {
    refuse('wrong_status', `${session.id} has ended`, { suggestion: `maestro session show ${session.id}` })
  }
  if (session.status === status) return []
  if (session.status === 'spawning') return started(project, session, status, now)
  return [changed(session, status === 'idle' ? 'rested' : 'started', { status, needsYou: null, lastSeenAt: now })]
}

/** A claimed session has come to run, and its tasks with it. */
export function started(
  project: Project,
  session: Session,
  status: 'running' | 'idle',
  now: number,
): (SessionEvent | TaskEvent)[] {
  const running = changed(session, 'started', { status, startedAt: now, lastSeenAt: now })
  return [running, ...startTasks(project, session, now)]
}

function stop(project: Project, session: Session, { by, now }: Context): (SessionEvent | TaskEvent)[] {
  if (session.status === 'ended' || session.stopping) return []
  const who = nameOf(by)
  if (session.status === 'spawning' && !session.spawner) {
    return endSession(
      project,
      session,
      { outcome: 'stopped', exitCode: null, reason: `stopped by ${who} before it started` },
      now,
    )
  }
  if (!session.managed)
    refuse('conflict', `${session.id} was not started by Maestro: stop it where it runs`, {
      suggestion: `maestro session show ${session.id}`,
    })
  return [changed(session, 'stopping', { stopping: { by: who, at: now } })]
}

type Ending = { outcome: Outcome; exitCode: number | null; reason: string | null }

/** The end of a session, and what becomes of its tasks. Nothing stays in progress without a live session. */
export function endSession(
  project: Project,
  session: Session,
  { outcome, exitCode, reason }: Ending,
  now: number,
): (SessionEvent | TaskEvent)[] {
  if (session.status === 'ended') return []
  const ended: SessionEvent = { type: 'session:ended', data: { session: session.id, outcome, exitCode, reason } }
  return [ended, ...tasksAfter(project, session, outcome, reason, now)]
}

export function evolveSession(project: Project, { type, data, at }: Logged<SessionEvent>): void {
  if (type === 'session:spawn_request' || type === 'session:created') {
    project.sessions[data.session.id] = { ...ofOld, ...data.session, tools: { ...data.session.tools } }
    project.live[data.session.id] = true
    return
  }
  if (type === 'session:forgotten') {
    for (const id of data.sessions) {
      const session = project.sessions[id]
      if (session) keepUsage(project, session)
      delete project.sessions[id]
    }
    return
  }
  const session = project.sessions[data.session]
  if (!session) return
  if (type === 'session:updated') {
    Object.assign(session, data.changes)
    if (data.changes.status && data.changes.status !== 'ended') project.live[session.id] = true
    return
  }
  session.status = 'ended'
  session.outcome = data.outcome
  session.exitCode = data.exitCode
  session.reason = data.reason
  session.endedAt = at
  Object.assign(session, { needsYou: null, tool: null, stopping: null })
  if (session.calls) session.calls = []
  delete project.live[session.id]
}
