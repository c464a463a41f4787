import * as z from 'zod'
import type { EventsIn, Logged, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { SessionId, SpawnerId } from './ids.ts'
import { type Project, Spawner } from './model.ts'
import { revive, type SessionEvent } from './session.ts'
import { takeBack } from './session-rules.ts'
import type { Context } from './task-access.ts'
import type { TaskEvent } from './task-events.ts'

const name = z.string().trim().min(1).max(100)

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
} as const satisfies Table

export const spawnerEvents = {
  'spawner:online': z.object({ spawner: Spawner }),
  'spawner:offline': z.object({ spawner: SpawnerId }),
}

export type SpawnerCommand = RequestsIn<typeof spawnerCommands>
export type SpawnerEvent = EventsIn<typeof spawnerEvents>

export function decideSpawner(
  project: Project,
  command: SpawnerCommand,
  { by, now }: Context,
): (SpawnerEvent | SessionEvent | TaskEvent)[] {
  if (by.kind !== 'system' && by.spawner !== command.spawner)
    refuse('forbidden', `This key is not that of ${command.spawner}`, { suggestion: 'maestro whoami' })
  const known = project.spawners[command.spawner]
  if (command.type === 'spawner.offline') {
    return known?.status === 'online' ? [{ type: 'spawner:offline', data: { spawner: command.spawner } }] : []
  }
  const { type: _, spawner: id, alive, ...facts } = command
  const same = known?.status === 'online' && JSON.stringify({ ...known, ...facts }) === JSON.stringify(known)
  const online: SpawnerEvent[] = same
    ? []
    : [{ type: 'spawner:online', data: { spawner: { id, ...facts, status: 'online', since: now } } }]
  return [...online, ...revived(project, id, alive, now)]
}

/** Sessions given up as lost, whose machine is back with them alive. */
function revived(project: Project, spawner: SpawnerId, alive: SessionId[], now: number): (SessionEvent | TaskEvent)[] {
  const known = [...new Set(alive)].map((id) => project.sessions[id]).filter((session) => session !== undefined)
  const back = known.filter((session) => session.outcome === 'lost' && session.spawner === spawner)
  return back.flatMap((session) => [revive(session, now), ...takeBack(project, session, now)])
}

export function evolveSpawner(project: Project, { type, data, at }: Logged<SpawnerEvent>): void {
  if (type === 'spawner:online') {
    project.spawners[data.spawner.id] = { ...{ skills: [] }, ...data.spawner } // older daemons said nothing of them
    return
  }
  const spawner = project.spawners[data.spawner]
  if (!spawner) return
  spawner.status = 'offline'
  spawner.since = at
}
