import * as z from 'zod'
import { type Actor, nameOf } from './actor.ts'
import type { RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import type { Frozen, Project } from './model.ts'
import type { Context } from './task-access.ts'

export const freezeCommands = {
  'project.freeze': {
    summary: 'Start no agents and type into none until the project is thawed; what runs goes on',
    method: 'POST',
    path: '/freeze',
    scope: 'project:write',
    input: z.object({ reason: z.string().trim().max(500).default('').describe('Why, for everybody to read') }),
  },
  'project.thaw': {
    summary: 'End a freeze',
    method: 'POST',
    path: '/thaw',
    scope: 'project:write',
    input: z.object({}),
  },
} as const satisfies Table

export type FreezeCommand = RequestsIn<typeof freezeCommands>
type FreezeEvent = { type: 'project:updated'; data: { changes: { frozen: Frozen | null } } }

/** Frozen twice is frozen once: who did it first, and why, stays. */
export function decideFreeze(project: Project, command: FreezeCommand, { by, now }: Context): FreezeEvent[] {
  if (by.kind !== 'person')
    refuse('forbidden', 'Only a person may freeze or thaw a project', { suggestion: 'maestro whoami' })
  const isFrozen = Boolean(project.frozen)
  if (isFrozen === (command.type === 'project.freeze')) return []
  return [frozenTo(command.type === 'project.freeze' ? { by: nameOf(by), at: now, reason: command.reason } : null)]
}

const frozenTo = (frozen: Frozen | null): FreezeEvent => ({ type: 'project:updated', data: { changes: { frozen } } })

/** Refuses what a freeze forbids. */
export function checkThawed(project: Project, by: Actor): void {
  if (!project.frozen) return
  // An agent cannot thaw: it says what it waits for, where whoever can sees it.
  const suggestion = by.session ? 'maestro update "Waiting: the project is frozen"' : 'maestro project thaw'
  refuse('frozen', `${frozenInWords(project.frozen)}: nothing is started or typed until it is thawed`, { suggestion })
}

/** `The project was frozen by person:ann (too many of them)` */
export function frozenInWords({ by, reason }: Frozen): string {
  return `The project was frozen by ${by.replace(/^person:/, '')}${reason && ` (${reason})`}`
}
