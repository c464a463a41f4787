import type * as z from 'zod'
import { type ErrorCode, refuse } from '../protocol/errors.ts'
import { ProjectId, SessionId, SpawnerId, SubtaskId, TaskId } from '../protocol/ids.ts'
import type { Project, Spawner } from '../protocol/model.ts'
import { nearest } from '../protocol/nearest.ts'
import { mayBeginId, validateId, validateRequired } from '../protocol/validate.ts'
import type { Context } from './context.ts'
import { findProject } from './project-choice.ts'

type Named = { id: string; name: string }
type Kind = {
  noun: string
  id: z.ZodType
  missing: ErrorCode
  list: string
}

const kinds = {
  task: { noun: 'task', id: TaskId, missing: 'task_not_found', list: 'maestro task list' },
  sub: { noun: 'subtask', id: SubtaskId, missing: 'subtask_not_found', list: 'maestro subtask list' },
  sess: { noun: 'session', id: SessionId, missing: 'session_not_found', list: 'maestro session list' },
  spn: { noun: 'spawner', id: SpawnerId, missing: 'spawner_not_found', list: 'maestro spawner list' },
  proj: { noun: 'project', id: ProjectId, missing: 'project_not_found', list: 'maestro project list' },
} as const satisfies Record<string, Kind>
export type IdKind = keyof typeof kinds

export function isIdKind(text: unknown): text is IdKind {
  return typeof text === 'string' && text in kinds
}

/** Whether `text` was meant as the id of such a thing, whole or not. */
export function looksLikeId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${kind}_`)
}

/** The whole id that `text` begins, with or without its prefix; `task` narrows subtasks to those of one task. */
export async function wholeId(context: Context, kind: IdKind, text: string, task?: string): Promise<string> {
  if (kinds[kind].id.safeParse(text).success) return text
  checkBeginning(kind, text)
  if (kind === 'proj') return findProject(context, text)
  if (kind === 'spn') return machineNamed(Object.values((await context.snapshot()).spawners), text)
  return idAmong(kind, text, known(await context.snapshot(), kind, task), kind === 'sub' ? stepsOf(task) : undefined)
}

const stepsOf = (task: string | undefined) => (task ? `maestro subtask list ${task}` : 'maestro task list')

/**
 * Refuses what no id of this kind can begin with, before anybody is asked. A word without a prefix may be the name of the
 * thing, by which its id is found.
 */
export function checkBeginning(kind: IdKind, text: string): void {
  const { noun, id, list } = kinds[kind]
  validateRequired(text, noun, 'That', { suggestion: list })
  const isLikeId = /^\W*[a-z]+[_-][0-9a-z]+\W*$/i.test(text)
  if (kind !== 'proj' && kind !== 'spn' && isLikeId && !mayBeginId(text, kind))
    validateId(id, kind, text, noun, { suggestion: list })
}

/** The id among `items` that `text` begins. Refuses when none does or several do; `list` shows which there are. */
export function idAmong(kind: IdKind, text: string, items: Named[], list: string = kinds[kind].list): string {
  const { noun, missing } = kinds[kind]
  const start = text.startsWith(`${kind}_`) ? text : `${kind}_${text}`
  const found = items.filter(({ id }) => id.startsWith(start.toLowerCase()))
  if (found.length === 1) return found[0]!.id
  if (found.length > 1) {
    const candidates = found.map(({ id, name }) => `${id} (${name})`)
    refuse('ambiguous_id', `${text} begins ${found.length} ${noun}s: ${candidates.slice(0, 5).join(', ')}`, {
      field: noun,
      suggestion: list,
      validValues: found.map(({ id }) => id),
    })
  }
  const near =
    nearest(
      start,
      items.map(({ id }) => id),
    ) ?? byName(text, items)
  refuse(missing, `There is no ${noun} ${text}${near ? `; did you mean ${near}?` : ''}`, {
    field: noun,
    suggestion: list,
    ...(near && { validValues: [near] }),
  })
}

/** Machines go by their names too: people give them for that. One that was revoked no longer does. */
function machineNamed(machines: Spawner[], text: string): string {
  const named = machines.filter(({ name, revoked }) => !revoked && name.toLowerCase() === text.toLowerCase())
  if (named.length === 0) return idAmong('spn', text, machines)
  if (named.length === 1) return named[0]!.id
  const ids = named.map(({ id }) => id)
  refuse('ambiguous_id', `${named.length} machines are called ${text}: ${ids.join(', ')}`, {
    ...{ field: 'spawner', suggestion: 'maestro spawner list', validValues: ids },
  })
}

function byName(text: string, items: Named[]): string | undefined {
  const name = nearest(
    text,
    items.map((item) => item.name),
  )
  return items.find((item) => item.name === name)?.id
}

function known(project: Project, kind: Exclude<IdKind, 'proj'>, task: string | undefined): Named[] {
  const tasks = Object.values(project.tasks)
  if (kind === 'task') return tasks.map(({ id, title }) => ({ id, name: title }))
  if (kind === 'sess') return Object.values(project.sessions)
  if (kind === 'spn') return Object.values(project.spawners)
  const some = tasks.filter(({ id }) => !task || id === task)
  return some.flatMap(({ subtasks }) => subtasks.map(({ id, title }) => ({ id, name: title })))
}
