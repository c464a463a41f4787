import * as z from 'zod'
import { nameOf } from './actor.ts'
import { liveSessions } from './clock.ts'
import type { EventsIn, Logged, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { SessionId, SpawnerId } from './ids.ts'
import { asKnown } from './machine-rules.ts'
import { fillIn, type Project, type Session, Spawner } from './model.ts'
import { endSession, revive, type SessionEvent } from './session.ts'
import { takeBack } from './session-rules.ts'
import type { Context } from './task-access.ts'
import type { TaskEvent } from './task-events.ts'

const name = z.string().trim().min(1).max(100)

const one = { spawner: SpawnerId.describe('The machine') }

export const spawnerCommands = {
  'spawner.online': {
    summary: 'Say that a machine is here, and what it may start',
    method: 'PUT',
    path: '/spawners/:spawner',
    scope: 'spawner',
    input: z.object({
      spawner: SpawnerId,
      name: name.describe('What people call the machine'),
      machine: name.describe('Its host name'),
      version: z.string().max(50),
      profiles: z.array(z.object({ name, agent: name })).max(50),
      workspaces: z.array(name).max(500),
      skills: z.array(name).max(500).default([]),
      capacity: z.number().int().min(0).max(1_000),
      typing: z.boolean().default(false),
      labels: z
        .array(name)
        .max(50)
        .optional()
        .describe('What its policy says that it is good for; absent: a daemon of before there were any'),
      alive: z.array(SessionId).max(1_000).default([]).describe('Sessions whose terminals it holds'),
    }),
  },
  'spawner.offline': {
    summary: 'Say that a machine goes away',
    method: 'POST',
    path: '/spawners/:spawner/offline',
    scope: 'spawner',
    input: z.object({ spawner: SpawnerId }),
  },
  'spawner.expect': {
    summary: 'Say that a machine was enrolled, and is to come',
    method: 'POST',
    path: '/spawners/:spawner/expect',
    scope: 'spawner',
    input: z.object({ spawner: SpawnerId, name }),
  },
  'spawner.rename': {
    summary: 'Call a machine otherwise than it calls itself',
    method: 'PATCH',
    path: '/spawners/:spawner',
    scope: 'project:write',
    input: z.object({ ...one, name: name.describe('What to call it') }),
  },
  'spawner.drain': {
    summary: 'Start nothing new on a machine; what runs there goes on',
    method: 'POST',
    path: '/spawners/:spawner/drain',
    scope: 'project:write',
    input: z.object(one),
  },
  'spawner.undrain': {
    summary: 'Start sessions on a machine again',
    method: 'POST',
    path: '/spawners/:spawner/undrain',
    scope: 'project:write',
    input: z.object(one),
  },
  'spawner.revoke': {
    summary: 'End the key of a machine, its connections, and what it runs as far as this project goes',
    method: 'POST',
    path: '/spawners/:spawner/revoke',
    scope: 'key:manage',
    input: z.object(one),
  },
} as const satisfies Table

const Action = z.enum(['renamed', 'drained', 'undrained', 'revoked'])

export const spawnerEvents = {
  'spawner:online': z.object({ spawner: Spawner }),
  'spawner:offline': z.object({ spawner: SpawnerId }),
  // Not `spawner`: by that name an older version takes every other entry for a machine that goes away.
  'spawner:expected': z.object({ machine: z.object({ id: SpawnerId, name: z.string() }) }),
  'spawner:updated': z.object({
    machine: SpawnerId,
    action: Action,
    changes: Spawner.pick({ name: true, ownName: true, draining: true, revoked: true }).partial(),
  }),
}

export type SpawnerCommand = RequestsIn<typeof spawnerCommands>
export type SpawnerEvent = EventsIn<typeof spawnerEvents>
type Decided = (SpawnerEvent | SessionEvent | TaskEvent)[]
type Asked<T extends SpawnerCommand['type']> = Extract<SpawnerCommand, { type: T }>

export function decideSpawner(project: Project, command: SpawnerCommand, context: Context): Decided {
  switch (command.type) {
    case 'spawner.online':
      checkSelf(command, context)
      return comeOnline(project, command, context.now)
    case 'spawner.offline':
      checkSelf(command, context)
      return project.spawners[command.spawner]?.status === 'online' ? [offline(command.spawner)] : []
    case 'spawner.expect': {
      checkSelf(command, context)
      const { spawner: id, name } = command
      return project.spawners[id] ? [] : [{ type: 'spawner:expected', data: { machine: { id, name } } }]
    }
    case 'spawner.rename':
      return rename(project, command)
    case 'spawner.drain':
    case 'spawner.undrain':
      return drain(project, command, context)
    case 'spawner.revoke':
      return revoke(project, command, context)
  }
}

function checkSelf({ spawner }: SpawnerCommand, { by }: Context): void {
  if (by.kind === 'system' || by.spawner === spawner) return
  refuse('forbidden', `This key is not that of ${spawner}`, { suggestion: 'maestro whoami' })
}

function comeOnline(project: Project, command: Asked<'spawner.online'>, now: number): Decided {
  const { type: _, spawner: id, alive, labels, ...said } = command
  const known = project.spawners[id]
  if (known?.revoked)
    refuse('forbidden', `${id} was revoked by ${known.revoked.by}`, { suggestion: 'maestro spawner list' })
  const facts = { ...said, labels: labels ?? [] }
  // A daemon that says nothing of labels knows nothing of given names either: it would say its own without end.
  const own = labels ? asKnown(known, facts) : { ...facts, ownName: null }
  const same = known?.status === 'online' && JSON.stringify({ ...known, ...own }) === JSON.stringify(known)
  const draining = known?.draining ?? null
  const spawner: Spawner = { id, ...own, status: 'online', since: now, connected: true, draining, revoked: null }
  const online: Decided = same ? [] : [{ type: 'spawner:online', data: { spawner } }]
  return [...online, ...revived(project, id, alive, now)]
}

/** The machine, if something may still become of it. */
function theMachine(project: Project, id: SpawnerId): Spawner {
  const suggestion = 'maestro spawner list'
  const known = project.spawners[id] ?? refuse('spawner_not_found', `There is no spawner ${id}`, { suggestion })
  if (known.revoked) refuse('wrong_status', `${known.name} was revoked by ${known.revoked.by}`, { suggestion })
  return known
}

function rename(project: Project, { spawner, name }: Asked<'spawner.rename'>): Decided {
  const machine = theMachine(project, spawner)
  if (machine.name === name) return []
  const other = Object.values(project.spawners).find((one) => one.id !== spawner && !one.revoked && one.name === name)
  if (other)
    refuse('conflict', `${other.id} is called ${name} already`, { field: 'name', suggestion: 'maestro spawner list' })
  const own = machine.ownName ?? machine.name
  return [changedTo(spawner, 'renamed', { name, ownName: own === name ? null : own })]
}

function drain(
  project: Project,
  { type, spawner }: Asked<'spawner.drain' | 'spawner.undrain'>,
  { by, now }: Context,
): Decided {
  const { draining } = theMachine(project, spawner)
  const wanted = type === 'spawner.drain'
  if (wanted === (draining !== null)) return []
  const change = wanted ? { by: nameOf(by), since: now } : null
  return [changedTo(spawner, wanted ? 'drained' : 'undrained', { draining: change })]
}

/** Nobody will hear of what runs there any more, so it is given up now rather than when its time is over. */
function revoke(project: Project, { spawner }: Asked<'spawner.revoke'>, { by, now }: Context): Decided {
  if (by.kind !== 'person') refuse('forbidden', 'Only a person may revoke a machine', { suggestion: 'maestro whoami' })
  if (project.spawners[spawner]?.revoked) return []
  const { name, status } = theMachine(project, spawner)
  const who = nameOf(by)
  const reason = `its machine ${name} was revoked by ${who}`
  const isItsOwn = ({ spawner: on, target }: Session) => on === spawner || (on === null && target === spawner)
  const held = liveSessions(project).filter(isItsOwn)
  return [
    ...(status === 'online' ? [offline(spawner)] : []),
    changedTo(spawner, 'revoked', { revoked: { by: who, at: now }, draining: null }),
    ...held.flatMap((session) => endSession(project, session, { outcome: 'lost', exitCode: null, reason }, now)),
  ]
}

const offline = (spawner: SpawnerId): SpawnerEvent => ({ type: 'spawner:offline', data: { spawner } })

function changedTo(
  machine: SpawnerId,
  action: z.infer<typeof Action>,
  changes: Partial<Pick<Spawner, 'name' | 'ownName' | 'draining' | 'revoked'>>,
): SpawnerEvent {
  return { type: 'spawner:updated', data: { machine, action, changes } }
}

/** Sessions given up as lost, whose machine is back with them alive. */
function revived(project: Project, spawner: SpawnerId, alive: SessionId[], now: number): (SessionEvent | TaskEvent)[] {
  const known = [...new Set(alive)].map((id) => project.sessions[id]).filter((session) => session !== undefined)
  const back = known.filter((session) => session.outcome === 'lost' && session.spawner === spawner)
  return back.flatMap((session) => [revive(session, now), ...takeBack(project, session, now)])
}

export function evolveSpawner(project: Project, { type, data, at }: Logged<SpawnerEvent>): void {
  switch (type) {
    case 'spawner:online':
      project.spawners[data.spawner.id] = fillIn({ ...data.spawner }) // older daemons did not say all of it
      return
    case 'spawner:expected':
      project.spawners[data.machine.id] ??= expected(data.machine, at)
      return
    case 'spawner:updated':
      Object.assign(project.spawners[data.machine] ?? {}, data.changes)
      return
    case 'spawner:offline': {
      const spawner = project.spawners[data.spawner]
      if (spawner) Object.assign(spawner, { status: 'offline', since: at })
    }
  }
}

/** A machine of which nothing is known but that it may come. */
function expected({ id, name }: Pick<Spawner, 'id' | 'name'>, at: number): Spawner {
  const nothing = { machine: '', version: '', profiles: [], workspaces: [], skills: [], labels: [] }
  const closed = { capacity: 0, typing: false, status: 'offline', connected: false } as const
  return { id, name, ...nothing, ...closed, since: at, ownName: null, draining: null, revoked: null }
}
