import * as z from 'zod'
import { renewLeases } from './clock.ts'
import type { EventsIn, Logged } from './declare.ts'
import type { HookEvent } from './hook-event.ts'
import { SessionId, unmanagedSessionId } from './ids.ts'
import type { Project, Session } from './model.ts'
import type { SessionEvent } from './session.ts'
import type { Context } from './task-access.ts'

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
  sentAt: z.number(),
  payload: z.unknown(),
})
type Heard = z.infer<typeof Heard>

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
  'hook:other': Heard,
}
export type HookLogEvent = EventsIn<typeof hookEvents>
type HookType = keyof typeof hookEvents

/** A hook event as the log's, and before it the session it comes from if nobody knew of that one. Never refuses. */
export function decideHook(project: Project, event: HookEvent, { by, now }: Context): (HookLogEvent | SessionEvent)[] {
  const known = sessionOf(project, event, by.session, by.spawner)
  const unmanaged = known || !event.agentSession ? undefined : unmanagedSessionId(event.agentSession)
  const session = known ?? unmanaged ?? null
  const heard = { type: `hook:${event.kind}` as HookType, data: heardFrom(event, session) } as HookLogEvent // every kind has its type above
  if (!unmanaged || project.sessions[unmanaged]) return [heard]
  return [{ type: 'session:created', data: { session: unmanagedSession(unmanaged, event, now) } }, heard]
}

/** What a key is bound to decides; only a spawner's word on whose event it is counts beside that. */
function sessionOf(project: Project, event: HookEvent, own?: SessionId, spawner?: string): SessionId | undefined {
  if (own) return own
  const named = event.session && project.sessions[event.session]
  return named && spawner && named.spawner === spawner ? named.id : undefined
}

function heardFrom(event: HookEvent, session: SessionId | null): Heard {
  const { agent, name, summary, at: sentAt, payload } = event
  return {
    ...{
      session,
      agent,
      agentSession: event.agentSession ?? null,
      name,
      tool: event.tool ?? null,
      toolUse: event.toolUse ?? null,
    },
    ...{ summary, ms: event.ms ?? null, needs: event.needs ?? null, end: event.end?.reason ?? null, sentAt, payload },
  }
}

function unmanagedSession(id: SessionId, event: HookEvent, now: number): Session {
  return {
    ...{
      id,
      name: `${event.agent} started by hand`,
      role: 'worker',
      agent: event.agent,
      profile: '',
      workspace: '',
      prompt: '',
    },
    ...{
      tasks: [],
      parent: null,
      target: null,
      spawner: null,
      managed: false,
      status: 'running',
      outcome: null,
      exitCode: null,
    },
    ...{ reason: null, agentSession: event.agentSession ?? null, needsYou: null, tool: null, tools: {}, usage: null },
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
  if (!session) return
  session.lastSeenAt = at
  if (data.agentSession) session.agentSession = data.agentSession
  countTool(session, type, data)
  if (session.status === 'ended') {
    if (!session.managed && type !== 'hook:session_end') revive(project, session)
    return
  }
  renewLeases(project, session, at)
  moveStatus(project, session, type, data, at)
}

const atWork = new Set<HookType>([
  'hook:prompt',
  'hook:tool_start',
  'hook:tool_use',
  'hook:tool_failure',
  'hook:permission',
  'hook:subagent_start',
])

function moveStatus(project: Project, session: Session, type: HookType, data: Heard, at: number): void {
  if (data.needs && data.needs.kind !== 'idle') {
    const since = session.needsYou?.since ?? at
    // The notification that follows says less than the request it follows: keep what is known of what is asked.
    const message = type === 'hook:notification' && session.needsYou ? session.needsYou.message : data.needs.message
    session.needsYou = { kind: data.needs.kind, message, since }
    session.status = 'waiting'
    return
  }
  session.needsYou = null
  if (type === 'hook:stop' || data.needs) session.status = 'idle'
  else if (session.status === 'waiting' || atWork.has(type)) session.status = 'running'
  if (type === 'hook:tool_start')
    session.tool = { name: data.tool ?? data.name, summary: data.summary, since: at, use: data.toolUse }
  else if (type === 'hook:stop' || type === 'hook:session_end' || endsTool(session, data)) session.tool = null
  if (type === 'hook:session_end' && !session.managed) endUnmanaged(project, session, at)
}

const endsTool = (session: Session, data: Heard) =>
  session.tool !== null && data.toolUse !== null && session.tool.use === data.toolUse

function countTool(session: Session, type: HookType, { tool, ms }: Heard): void {
  if (!tool || (type !== 'hook:tool_use' && type !== 'hook:tool_failure')) return
  const before = session.tools[tool] ?? { calls: 0, failures: 0, ms: 0, lastMs: 0 }
  const failures = before.failures + (type === 'hook:tool_failure' ? 1 : 0)
  session.tools[tool] = { calls: before.calls + 1, failures, ms: before.ms + (ms ?? 0), lastMs: ms ?? before.lastMs }
}

/** Nobody reports the end of a process that Maestro did not start; its own last hook is all there is. */
function endUnmanaged(project: Project, session: Session, at: number): void {
  session.status = 'ended'
  session.outcome = 'completed'
  session.endedAt = at
  delete project.live[session.id]
}

function revive(project: Project, session: Session): void {
  session.status = 'running'
  session.outcome = null
  session.endedAt = null
  project.live[session.id] = true
}
