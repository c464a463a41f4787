import { refuse } from './errors.ts'
import type { Project, Session } from './model.ts'
import { type Context, isAncestor } from './task-access.ts'

/** Of a session only the machine that has it tells how it is. */
export function checkSpawner(session: Session, { by }: Context): void {
  if (by.kind === 'system' || (by.spawner && by.spawner === session.spawner)) return
  const who = by.spawner ?? 'the machine of this key'
  refuse('forbidden', `${session.id} does not run on ${who}`, { suggestion: `maestro session show ${session.id}` })
}

/** An agent has a say in its own session, and in those that came of it. */
export function checkOwn(project: Project, session: Session, { by }: Context): void {
  if (!by.session || by.session === session.id || isAncestor(project, by.session, session.id)) return
  refuse('forbidden', `${session.id} is neither ${by.session} nor started by it`, { suggestion: 'maestro whoami' })
}

/** It was asked for as `command` does. What it took on later comes after the tasks that it was asked for. */
export function isSame(known: Session, command: Pick<Session, 'tasks' | 'profile'>): boolean {
  const tasks = [...new Set(command.tasks)]
  return known.managed && known.profile === command.profile && tasks.every((id, i) => known.tasks[i] === id)
}
