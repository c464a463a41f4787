import { newPrints, printOf } from './changes.ts'
import { refuse } from './errors.ts'
import { cycleThrough, releasedBy, unmetNeeds } from './graph.ts'
import type { TaskId } from './ids.ts'
import type { Change, Project, Session, Task, TaskStep } from './model.ts'
import { type TaskEvent, updated } from './task-events.ts'
import { inProgress, words } from './task-rules.ts'

/** What a step is taken back from: the project as it is, the change the step is of, the time (ms). */
export type Since = { project: Project; change: Change; now: number }
type Step = Change['steps'][number]

/** The events that take back what `step` did to a task; refuses when something has built on it. */
export function taskBack(since: Since, step: TaskStep): TaskEvent[] {
  if (step.after === null) return [recreated(since, step)]
  const task = since.project.tasks[step.task] ?? builtOn(since, step, 'has been deleted since')
  checkSame(since, step, task, step.before === null ? { ...newPrints, ...step.after } : step.after)
  if (step.before === null) return remove(since, step, task)
  // Every field that is named here was picked with its value.
  return [restored(since, step, task, step.before as Partial<Task>)]
}

/** Refuses: something has built on what `step` did. Says how to go on: first that later change, if it can be taken back. */
export function builtOn({ project, change }: Since, step: Step, what: string, field?: string): never {
  const later = project.changes?.filter(({ seq, status }) => seq > change.seq && status === 'kept') ?? []
  const next = later.findLast(({ steps }) => steps.some((other) => bearsOn(other, step, field)))
  const isOwn = next?.by === change.by
  const who = next && !isOwn ? ` (${next.by} changed it last)` : ''
  const subject = step.on === 'subtask' ? `${step.subtask} of ${step.task}` : step.task
  const shows = project.tasks[step.task] ? `maestro task show ${step.task}` : 'maestro task list'
  refuse('conflict', `${subject} ${what}${who}`, { suggestion: isOwn ? `maestro undo --change ${next!.id}` : shows })
}

function bearsOn(other: Step, step: Step, field?: string): boolean {
  if (other.task !== step.task) return false
  if (other.on === 'subtask') return step.on === 'subtask' ? other.subtask === step.subtask : field === 'subtasks'
  return !field || !other.after || field in other.after
}

function checkSame(since: Since, step: TaskStep, task: Task, after: Record<string, string>): void {
  const field = Object.keys(after).find((name) => printOf(task[name as keyof Task]) !== after[name])
  if (!field) return
  if (field === 'status' || field === 'assignee') builtOn(since, step, `is now ${standing(task)}`, field)
  if (field === 'note') builtOn(since, step, `has a note of ${task.note?.by} since`)
  builtOn(since, step, `has ${said[field] ?? `other ${field}`} since`, field)
}

const said: Record<string, string> = {
  title: 'another title',
  description: 'another description',
  acceptance: 'another way to see that it is done',
  priority: 'another priority',
  position: 'another place',
  blocked: 'another reason to be blocked',
  result: 'another result',
  endedAt: 'another end',
}

const standing = ({ status, assignee }: Task) => `${words(status)}${assignee ? `, with ${assignee}` : ''}`

function remove(since: Since, step: TaskStep, task: Task): TaskEvent[] {
  const waiting = Object.values(since.project.tasks).find(({ needs }) => needs.includes(task.id))
  if (waiting) builtOn(since, step, `is needed by ${waiting.id} now`)
  return [{ type: 'task:deleted', data: { task: task.id } }]
}

function recreated(since: Since, step: TaskStep): TaskEvent {
  if (since.project.tasks[step.task]) builtOn(since, step, 'is another task now')
  // Of what is gone, all was kept.
  const task = step.before as Task
  checkNeeds(since, step, task.needs)
  const stands = asItWould(since, task)
  return { type: 'task:created', data: { task: { ...task, ...stands, updatedAt: since.now } } }
}

function restored(since: Since, step: TaskStep, task: Task, before: Partial<Task>): TaskEvent {
  const { project } = since
  const was = { ...task, ...before }
  if (before.needs) {
    checkNeeds(since, step, before.needs)
    checkNotBegun(since, step, task, was)
  }
  if (task.status === 'done' && was.status !== 'done') checkNothingStandsOn(since, step)
  const moves = 'status' in before || 'assignee' in before
  if (moves) checkNobodyAtIt(since, step, task, was)
  const event = updated(task, 'restored', { ...before, ...(moves && asItWould(since, was)) })
  const released = was.status === 'done' && task.status !== 'done' ? releasedBy(project, task.id) : []
  return released.length && event.type === 'task:updated' ? { ...event, data: { ...event.data, released } } : event
}

function checkNeeds(since: Since, step: TaskStep, needs: TaskId[]): void {
  for (const need of needs) {
    if (!since.project.tasks[need]) builtOn(since, step, `would need ${need}, which is gone`)
    const cycle = cycleThrough(since.project, step.task, need)
    if (cycle) builtOn(since, step, `would wait for itself: ${cycle.join(' → ')}`)
  }
}

/** Somebody works on it because it no longer had to wait. */
function checkNotBegun(since: Since, step: TaskStep, task: Task, was: Task): void {
  if (task.updatedAt === since.change.at || !isTaken(task)) return
  const [need] = unmetNeeds(since.project, was)
  if (need) builtOn(since, step, `is now ${standing(task)}, and would have to wait for ${need}`)
}

/** Whoever got it by this, and has said or done something on it since, would go on without it. */
function checkNobodyAtIt(since: Since, step: TaskStep, task: Task, was: Task): void {
  if (!task.assignee || task.assignee === was.assignee || task.updatedAt === since.change.at) return
  builtOn(since, step, `is in work with ${task.assignee}`)
}

/** What needs it may have been begun only because it was done. */
function checkNothingStandsOn(since: Since, step: TaskStep): void {
  const { at } = since.change
  const dependent = Object.values(since.project.tasks).find(
    (task) => task.needs.includes(step.task) && isTaken(task) && (task.endedAt ?? task.updatedAt) >= at,
  )
  if (dependent) builtOn(since, step, `was needed by ${dependent.id}, which is now ${standing(dependent)}`)
}

const isTaken = ({ status, assignee }: Task) =>
  status === 'in_progress' || status === 'in_review' || status === 'done' || assignee !== null

/** How a task stands that is again as it `was`: nobody holds it who has ended since, and whoever began since has begun. */
function asItWould({ project, change, now }: Since, was: Task): Partial<Task> {
  const free = { assignee: null, lease: null }
  const { status } = was
  if (status !== 'todo' && status !== 'in_progress' && status !== 'blocked') return { lease: null }
  const holder = was.assignee && project.sessions[was.assignee]
  if (!holder || holder.status === 'ended') return status === 'in_progress' ? { status: 'todo', ...free } : free
  if (status === 'in_progress' && hasAnotherSince({ project, change, now }, holder)) return { status: 'todo', ...free }
  const hasBegun = holder.startedAt !== null && holder.startedAt >= change.at && unmetNeeds(project, was).length === 0
  if (status === 'in_progress' || (status === 'todo' && hasBegun)) return inProgress(was, holder.id, now)
  return { lease: null }
}

/** A session that has taken up something else meanwhile would not come back to what it had. */
function hasAnotherSince({ project, change }: Since, { id, tasks }: Session): boolean {
  return tasks.some((other) => {
    const task = project.tasks[other]
    return task?.lease?.session === id && task.updatedAt > change.at
  })
}
