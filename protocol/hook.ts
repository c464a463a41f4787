import * as z from 'zod'
import type { Actor } from './actor.ts'
import { liveSessions, renewLeases } from './clock.ts'
import type { EventsIn, Logged } from './declare.ts'
import { Gap, type HookEvent } from './hook-event.ts'
import { moveStatus, msOf } from './hook-status.ts'
import { SessionId, unmanagedSessionId } from './ids.ts'
import type { Project, Session } from './model.ts'
import { endSession, revive, type SessionEvent, started } from './session.ts'
import type { Context } from './task-access.ts'
import type { TaskEvent } from './task-events.ts'
import { evolveUsage, HookUsage, MOST_NAMES, type Models, nameIn, usageOf } from './usage.ts'

/** What the log keeps of a hook event. `sentAt` is the source's clock (ms); the entry's own `at` is the server's. */
const Heard = z.object({
  session: SessionId.nullable(),
  agent: z.string(),
  agentSession: z.string().nullable(),
  name: z.string(),
  tool: z.string().nullable(),
  toolUse: z.string().nullable(),
  summary: z.string(),
  ms: z.number().nullable(),
  needs: z.object({ kind: z.enum(['permission', 'question', 'idle']), message: z.string() }).nullable(),
  end: z.string().nullable(),
  gap: Gap.optional(),
  sentAt: z.number(),
  payload: z.unknown(),
  // Few events have these; those that have not leave them out.
  subagent: z.string().optional().describe('The part of the agent it is about, where that is not the agent itself'),
  usage: HookUsage.optional(),
})
export type Heard = z.infer<typeof Heard>

export const hookEvents = {
  'hook:session_start': Heard,
  'hook:prompt': Heard,
  'hook:tool_start': Heard,
  'hook:tool_use': Heard,
  'hook:tool_failure': Heard,
  'hook:notification': Heard,
  'hook:permission': Heard,
  'hook:stop': Heard,
  'hook:subagent_start': Heard,
  'hook:subagent_stop': Heard,
  'hook:compact': Heard,
  'hook:session_end': Heard,
  'hook:gap': Heard,
  'hook:usage': Heard,
  'hook:other': Heard,
}
export type HookLogEvent = EventsIn<typeof hookEvents>
export type HookType = keyof typeof hookEvents

type Heeded = HookLogEvent | SessionEvent | TaskEvent

/** A hook event as the log's, with what it tells of its session before and after. Never refuses. */
export function decideHook(project: Project, event: HookEvent, { by, now }: Context): Heeded[] {
  const id = sessionOf(project, event, by) ?? unmanagedOf(project, event)
  const known = id ? project.sessions[id] : undefined
  const heard = { type: `hook:${event.kind}` as HookType, data: heardFrom(event, id, known) } as HookLogEvent // every kind has its type above
  if (!id || event.kind === 'gap') return [heard] // that something is missing is no sign of life
  if (known) return [...begun(project, known, event, now), heard, ...over(project, known, event, now)]
  if (by.session) return [heard] // a key of a session that nobody asked for
  const session = unmanagedSession(id, event, now, project.forgotten?.[id])
  return [{ type: 'session:created', data: { session } }, heard, ...over(project, session, event, now)]
}

/** Whoever is heard of runs, even when the word that it started was lost, or it seemed to have ended. */
function begun(project: Project, session: Session, event: HookEvent, now: number): Heeded[] {
  if (event.kind === 'usage') return []
  if (session.status === 'spawning' && session.spawner) return started(project, session, 'running', now)
  const back = session.status === 'ended' && !session.managed && event.kind !== 'session_end'
  return back ? [revive(session, now)] : []
}

/** Nobody reports the end of a process that Maestro did not start; its own last hook is all there is. */
function over(project: Project, session: Session, event: HookEvent, now: number): Heeded[] {
  if (session.managed || event.kind !== 'session_end') return []
  const ending = { outcome: 'completed' as const, exitCode: null, reason: event.end?.reason ?? null }
  return endSession(project, session, ending, now)
}

/**
 * What a key is bound to decides. A spawner's word counts for its own sessions, and for one whose claim ran out while it
 * was away; others are known by the agent's own id, as it was registered for a session that is live.
 */
function sessionOf(project: Project, event: HookEvent, { session, spawner }: Actor): SessionId | undefined {
  if (session) return session
  const named = event.session && project.sessions[event.session]
  if (named && spawner && (named.spawner === spawner || isFree(named))) return named.id
  const { agentSession } = event
  const mine = (one: Session) => one.agentSession === agentSession && (!spawner || one.spawner === spawner)
  return agentSession ? liveSessions(project).find((one) => one.managed && mine(one))?.id : undefined
}

const isFree = ({ status, spawner }: Session) => status === 'spawning' && spawner === null

/** A session that nobody spawned. The agent's own id is only its word: it never leads to a session that Maestro started. */
function unmanagedOf(project: Project, { session, agentSession }: HookEvent): SessionId | null {
  if (!agentSession) return null
  if (session && project.sessions[session]?.managed) return null // somebody did, whoever has it now
  const id = unmanagedSessionId(agentSession)
  return project.sessions[id]?.managed ? null : id
}

function heardFrom(event: HookEvent, session: SessionId | null, known: Session | undefined): Heard {
  const { agent, name, summary, at: sentAt, payload, subagent, usage } = event
  return {
    ...{
      session,
      agent,
      agentSession: event.agentSession ?? null,
      name,
      tool: event.tool ?? null,
      toolUse: event.toolUse ?? null,
    },
    ...{
      summary,
      ms: event.ms ?? msOf(known, event),
      needs: event.needs ?? null,
      end: event.end?.reason ?? null,
      sentAt,
    },
    payload: payload ?? null,
    ...(event.gap && { gap: event.gap }),
    ...(subagent && { subagent }),
    ...(usage && { usage }),
  }
}

/** `used`: the tokens that it had come to when it was forgotten. */
function unmanagedSession(id: SessionId, event: HookEvent, now: number, used: Models | undefined): Session {
  return {
    ...{
      id,
      name: `${event.agent} started by hand`,
      role: 'worker',
      agent: event.agent,
      profile: '',
      workspace: '',
      prompt: '',
      skills: [],
    },
    ...{
      tasks: [],
      parent: null,
      target: null,
      label: null,
      spawner: null,
      managed: false,
      status: 'running',
      outcome: null,
      exitCode: null,
    },
    ...{ reason: null, agentSession: event.agentSession ?? null, needsYou: null, tool: null, tools: {} },
    usage: used ? usageOf(used) : null,
    ...{
      progress: null,
      stopping: null,
      claim: null,
      requestedBy: 'hook',
      requestedAt: now,
      startedAt: now,
      endedAt: null,
      lastSeenAt: now,
    },
  }
}

export function evolveHook(project: Project, { type, data, at }: Logged<HookLogEvent>): void {
  const session = data.session && project.sessions[data.session]
  if (type === 'hook:gap') {
    addMissed(project, data.gap)
    if (session) addMissed(session, data.gap)
    return
  }
  if (!session) return
  if (data.usage) evolveUsage(project, session, data.usage)
  if (type === 'hook:usage') return // told by whoever counts, not by the agent: it may rest, or have ended
  session.lastSeenAt = at
  if (data.agentSession) session.agentSession = data.agentSession
  countTool(session, type, data)
  // Nobody has claimed it (any more): it stays to be claimed, whatever its process says.
  if (session.status === 'ended' || session.status === 'spawning') return
  renewLeases(project, session, at)
  moveStatus(session, type, data, at)
}

function addMissed(where: Project | Session, gap: Gap | undefined): void {
  const { dropped, setAside } = where.missed ?? { dropped: 0, setAside: 0 }
  const events = gap?.events ?? 1
  where.missed =
    gap?.what === 'set_aside' ? { dropped, setAside: setAside + events } : { dropped: dropped + events, setAside }
}

function countTool(session: Session, type: HookType, { tool, ms }: Heard): void {
  if (!tool || (type !== 'hook:tool_use' && type !== 'hook:tool_failure')) return
  if (tool === '__proto__') return // the one name that a record cannot hold
  const name = nameIn(session.tools, tool, MOST_NAMES)
  const before = Object.hasOwn(session.tools, name) ? session.tools[name]! : { calls: 0, failures: 0, ms: 0, lastMs: 0 }
  const failures = before.failures + (type === 'hook:tool_failure' ? 1 : 0)
  session.tools[name] = { calls: before.calls + 1, failures, ms: before.ms + (ms ?? 0), lastMs: ms ?? before.lastMs }
}
