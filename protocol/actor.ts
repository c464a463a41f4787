import type { SessionId, SpawnerId } from './ids.ts'
import type { Role } from './model.ts'

/** What a key may be for. A route names the one scope it needs; a key lists those it has. */
export const scopes = [
  'read',
  'task:write',
  'session:write',
  'session:spawn',
  'terminal:read',
  'terminal:write',
  'spawner',
  'hook:write',
  'key:manage',
  'project:write',
] as const
export type Scope = (typeof scopes)[number]

export const actorKinds = ['person', 'session', 'spawner', 'hook', 'system'] as const
export type ActorKind = (typeof actorKinds)[number]

/** Who asks, as the gate established it from the credential alone. Nothing a caller sends changes it. */
export type Actor = {
  kind: ActorKind
  /** The key's id: what revoking it looks for. */
  key: string
  name: string
  scopes: readonly Scope[]
  session?: SessionId
  spawner?: SpawnerId
}

export const system: Actor = { kind: 'system', key: '', name: 'maestro', scopes }

/** How the log names an actor: `sess_…`, `spn_…`, `person:name` or `maestro`. */
export function nameOf(actor: Actor): string {
  if (actor.session) return actor.session
  if (actor.spawner) return actor.spawner
  return actor.kind === 'system' ? actor.name : `${actor.kind}:${actor.name}`
}

const granted: Record<'person' | 'spawner' | 'session' | 'hook', readonly Scope[]> = {
  person: scopes.filter((scope) => scope !== 'spawner'),
  spawner: ['read', 'spawner', 'hook:write'],
  // An agent reads its project, reports, works on its tasks and may start children. It can never type, approve or manage keys.
  session: ['read', 'task:write', 'session:write', 'session:spawn', 'hook:write'],
  hook: ['hook:write'],
}

/** The scopes a new key of this kind has. */
export function scopesFor(kind: keyof typeof granted): readonly Scope[] {
  return granted[kind]
}

/** The scopes of the key that an agent in this role runs with: a worker works, and only what plans may start others. */
export function scopesForRole(role: Role): readonly Scope[] {
  return role === 'orchestrator' ? granted.session : granted.session.filter((scope) => scope !== 'session:spawn')
}
