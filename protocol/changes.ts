import type { Logged } from './declare.ts'
import { hashOf, type SubtaskId } from './ids.ts'
import type { Change, Place, Project, Subtask, SubtaskStep, Task } from './model.ts'
import type { SubtaskEvent } from './subtask.ts'
import type { TaskEvent } from './task-events.ts'

/** So many changes of people can be taken back, and so many characters of what was before are kept for it. */
const MAX_CHANGES = 50
const MAX_CHARACTERS = 200_000

type Step = Change['steps'][number]
type Entry = { id: string; seq: number; at: number; by: string; type: string }
type TaskEntry = Extract<Logged<TaskEvent | SubtaskEvent>, Changing>

/** These follow from others, or never change. */
const silent = new Set(['id', 'lease', 'createdBy', 'createdAt', 'updatedAt'])

type Changing = { type: `${'' | 'sub'}task:${'created' | 'updated' | 'deleted'}` }

/** Does it change tasks? A note only tells of them. */
export function changesTasks<E extends { type: string }>(event: E): event is Extract<E, Changing> {
  return /^(sub)?task:(created|updated|deleted)$/.test(event.type)
}

/**
 * Is this part of a change that a person may take back? A request's first entry has its id, the others are numbered after
 * it. One that began with something else, as starting a session does, is not kept: half of it would be taken back.
 */
export function isKept<E extends Entry>(project: Project, entry: E): entry is Extract<E, Changing> {
  if (!entry.by.startsWith('person:') || !changesTasks(entry)) return false
  const newest = project.changes?.at(-1)
  return !entry.id.includes('.') || (newest !== undefined && entry.id.startsWith(`${newest.id}.`))
}

/** What `entry` is about to do, and what was before; nothing when what it is about is gone. */
export function stepOf(project: Project, entry: TaskEntry): Step | undefined {
  if (entry.type === 'task:created') {
    const { task } = entry.data
    const own = Object.entries(printsOf(task)).filter(([name, print]) => print !== newPrints[name])
    return { ...taskStep('created', task), before: null, after: Object.fromEntries(own), session: null }
  }
  const task = project.tasks[entry.data.task]
  if (!task) return undefined
  if (entry.type === 'task:deleted') return { ...taskStep('deleted', task), before: task, after: null, session: null }
  if (entry.type === 'task:updated') {
    const { action, changes } = entry.data
    const session = changes.assignee ? project.sessions[changes.assignee] : undefined
    const isNews = session !== undefined && !session.tasks.includes(task.id)
    const step = { ...taskStep(action, task), before: pick(task, changes), after: printsOf(changes) }
    return { ...step, session: isNews ? session.id : null }
  }
  return subtaskStepOf(task, entry)
}

function subtaskStepOf(task: Task, { type, data }: Logged<SubtaskEvent>): Step | undefined {
  if (type === 'subtask:created') {
    const { subtask } = data
    return { ...subtaskStep('created', task, subtask), before: null, after: printsOf(subtask), from: null, to: null }
  }
  const subtask = task.subtasks.find(({ id }) => id === data.subtask)
  if (!subtask) return undefined
  const from = placeOf(task, subtask.id)
  if (type === 'subtask:deleted') {
    return { ...subtaskStep('deleted', task, subtask), before: { ...subtask }, after: null, from, to: null }
  }
  const { changes, before } = data
  const moved = before !== undefined
  const action = changes.status ? (changes.status === 'done' ? 'completed' : 'reopened') : moved ? 'moved' : 'edited'
  const step = { ...subtaskStep(action, task, subtask), before: pick(subtask, changes), after: printsOf(changes) }
  return { ...step, from: moved ? from : null, to: null }
}

const taskStep = (action: string, { id, title }: Task) => ({ on: 'task' as const, action, task: id, title })
const subtaskStep = (action: string, task: Task, { id, title }: Subtask) => ({
  ...{ on: 'subtask' as const, action, task: task.id, subtask: id, title },
})

/** Keeps `step` of `entry`, which has just been applied, with those of the same request. */
export function keep(project: Project, entry: Entry, step: Step): void {
  project.changes ??= [] // a snapshot may be older than this list
  const { changes } = project
  const { id, seq, by, at } = entry
  if (!id.includes('.')) changes.push({ id, seq, by, at, status: 'kept', steps: [], size: 0 })
  const change = changes.at(-1)!
  if (change.status !== 'kept') return
  const whole = step.on === 'subtask' && step.from && step.after ? { ...step, to: placeIn(project, step) } : step
  change.steps.push(whole)
  change.size += JSON.stringify(whole).length
  if (change.size > MAX_CHARACTERS) empty(change, 'too_large')
  while (changes.length > MAX_CHANGES || sizeOf(changes) > MAX_CHARACTERS) changes.shift()
}

/** It has been taken back: it stays known, so that asking for it again is asking once. */
export function forget(project: Project, id: string): void {
  const change = project.changes?.find((one) => one.id === id)
  if (!change) return
  for (const step of change.steps) {
    const session = step.on === 'task' && step.session && project.sessions[step.session]
    if (session) session.tasks = session.tasks.filter((task) => task !== step.task)
  }
  empty(change, 'taken_back')
}

function empty(change: Change, status: Change['status']): void {
  change.status = status
  change.steps = []
  change.size = 0
}

const sizeOf = (changes: Change[]) => changes.reduce((sum, { size }) => sum + size, 0)

const placeIn = (project: Project, { task, subtask }: SubtaskStep) => placeOf(project.tasks[task]!, subtask)

/** Where a subtask stands among the others of its task. */
export function placeOf({ subtasks }: Task, subtask: SubtaskId): Place {
  const at = subtasks.findIndex(({ id }) => id === subtask)
  return { previous: subtasks[at - 1]?.id ?? null, next: subtasks[at + 1]?.id ?? null }
}

/** A value as short text, to see later whether it is still the same. */
export function printOf(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= 40 ? text : `${text.length}:${hashOf(text).toString(36)}`
}

/** The prints of a task that nobody has said anything about: not worth keeping five hundred times for a plan. */
export const newPrints = printsOf({
  ...{ description: '', acceptance: '', status: 'todo', priority: 'medium', labels: [], needs: [], subtasks: [] },
  ...{ assignee: null, blocked: null, result: null, attempts: [], note: null, startedAt: null, endedAt: null },
})

function printsOf(values: object): Record<string, string> {
  const told = Object.entries(values).filter(([name, value]) => value !== undefined && !silent.has(name))
  return Object.fromEntries(told.map(([name, value]) => [name, printOf(value)]))
}

/** What `from` says now of the fields that `changes` names. */
function pick<T extends object>(from: T, changes: object): Partial<T> {
  const names = Object.keys(changes).filter((name) => !silent.has(name)) as (keyof T)[] // the names of its own fields
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<T>
}
