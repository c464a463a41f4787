import { type Actor, nameOf } from './actor.ts'
import type { RequestsIn } from './declare.ts'
import { refuse } from './errors.ts'
import { releasedBy, waitingFor } from './graph.ts'
import type { SessionId } from './ids.ts'
import type { Project, Task } from './model.ts'
import { type Context, isAncestor, taskFor, theSession, theTask } from './task-access.ts'
import type { taskCommands } from './task-commands.ts'
import { createTasks } from './task-create.ts'
import { type TaskEvent, updated } from './task-events.ts'
import {
  checkNeeds,
  expectFree,
  expectReady,
  expectStatus,
  expectToDo,
  inProgress,
  isBusy,
  nextTask,
  resumed,
} from './task-rules.ts'

export type TaskCommand = RequestsIn<typeof taskCommands>

export function decideTask(project: Project, command: TaskCommand, context: Context): TaskEvent[] {
  if (command.type === 'task.create') return createTasks(project, [command], context)
  if (command.type === 'task.import') return createTasks(project, command.tasks, context, 'tasks')
  if (command.type === 'task.next') return next(project, command.session, context)
  if (command.type === 'task.claim') return claim(project, theTask(project, command.task), command.session, context)
  if (command.type === 'task.delete' && !project.tasks[command.task]) return [] // asked again after losing our answer

  const task = taskFor(project, command.task, context.by)
  const { now } = context
  switch (command.type) {
    case 'task.edit':
      return edit(project, task, command)
    case 'task.assign':
      return assign(project, task, command, context)
    case 'task.release':
      if (task.status === 'todo' && task.assignee === null) return []
      expectStatus(task, context.by, 'give it back', 'todo', 'in_progress')
      return [updated(task, 'released', { status: 'todo', assignee: null, lease: null })]
    case 'task.block':
      if (task.blocked?.reason === command.reason) return []
      expectStatus(task, context.by, 'block it', 'todo', 'in_progress', 'blocked')
      return [
        updated(task, 'blocked', {
          status: 'blocked',
          lease: null,
          blocked: { reason: command.reason, since: now, by: nameOf(context.by) },
        }),
      ]
    case 'task.unblock':
      if (task.status === 'todo' || task.status === 'in_progress') return []
      expectStatus(task, context.by, 'unblock it', 'blocked')
      return [updated(task, 'unblocked', { blocked: null, ...resumed(project, task, now) })]
    case 'task.review':
      if (task.status === 'in_review') return []
      expectStatus(task, context.by, 'hand it over', 'in_progress')
      return [updated(task, 'handed_over', { status: 'in_review', lease: null, result: resultOf(command) })]
    case 'task.complete':
      if (task.status === 'done') return []
      return complete(project, task, command, context)
    case 'task.reopen':
      if (task.status === 'todo') return []
      expectStatus(task, context.by, 'reopen it', 'in_review', 'done', 'cancelled')
      return [updated(task, 'reopened', { status: 'todo', assignee: null, lease: null, endedAt: null, result: null })]
    case 'task.cancel':
      if (task.status === 'cancelled') return []
      return cancel(project, task, command.reason, context)
    case 'task.delete':
      return remove(project, task, context)
    case 'task.note':
      return [{ type: 'task:note', data: { task: task.id, text: command.text, session: context.by.session ?? null } }]
  }
}

function edit(project: Project, task: Task, command: TaskCommand & { type: 'task.edit' }): TaskEvent[] {
  const { type: _, task: __, ...given } = command
  if (given.needs) checkNeeds(project, task.id, given.needs)
  const changed = Object.entries(given).filter(
    ([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(task[name as keyof Task]),
  )
  return changed.length === 0 ? [] : [updated(task, 'edited', Object.fromEntries(changed))]
}

/** A session that has a task keeps to it, so that asking again after a lost answer never takes a second. */
function next(project: Project, id: SessionId, context: Context): TaskEvent[] {
  return isBusy(project, theSession(project, id)) ? [] : claim(project, nextTask(project), id, context)
}

function claim(project: Project, task: Task, id: SessionId, { by, now }: Context): TaskEvent[] {
  if (by.kind === 'session' && by.session !== id) {
    refuse('forbidden', `${by.session} can only claim for itself`, { suggestion: `maestro task claim ${task.id}` })
  }
  const session = theSession(project, id)
  if (session.status === 'ended') refuse('wrong_status', `${id} has ended`, { suggestion: 'maestro session list' })
  if (task.status === 'in_progress' && task.assignee === id) return []
  expectFree(project, task, id, by)
  expectToDo(task, by)
  expectReady(project, task)
  return [updated(task, 'claimed', inProgress(task, id, now))]
}

/** Unlike a claim it may take the task from somebody; two who do so at once can each say from whom. */
function assign(
  project: Project,
  task: Task,
  { session: id, from }: TaskCommand & { type: 'task.assign' },
  { by, now }: Context,
): TaskEvent[] {
  const session = theSession(project, id)
  if (by.session && by.session !== id && !isAncestor(project, by.session, id)) {
    refuse('forbidden', `${id} is neither ${by.session} nor started by it`, { suggestion: 'maestro session list' })
  }
  if (session.status === 'ended') refuse('wrong_status', `${id} has ended`, { suggestion: 'maestro session list' })
  const waits = session.status === 'spawning' // it begins when the session runs, as what it was spawned on does
  if (task.assignee === id && task.status === (waits ? 'todo' : 'in_progress')) return []
  expectMayTake(project, task, by)
  if (from && task.assignee !== from) {
    const has = task.assignee ? `is ${task.assignee}'s` : "is nobody's"
    refuse('conflict', `${task.id} ${has}, not ${from}'s`, { suggestion: `maestro task show ${task.id}` })
  }
  expectStatus(task, by, 'give it to a session', 'todo', 'in_progress')
  expectReady(project, task)
  const changes = waits ? { status: 'todo' as const, assignee: id, lease: null } : inProgress(task, id, now)
  return [updated(task, waits ? 'assigned' : 'claimed', changes)]
}

/** An agent gives away what is its own or its children's; that it once made the task does not make it so. */
function expectMayTake(project: Project, { id, assignee }: Task, { session }: Actor): void {
  if (!session || !assignee || assignee === session || isAncestor(project, session, assignee)) return
  refuse('forbidden', `${assignee}, which has ${id}, is neither ${session} nor started by it`, {
    suggestion: `maestro task show ${id}`,
  })
}

function complete(
  project: Project,
  task: Task,
  command: TaskCommand & { type: 'task.complete' },
  { by, now }: Context,
): TaskEvent[] {
  // A person may tick off what was never started here; an agent must have worked on it, and what it handed over itself
  // is for somebody else to look at.
  if (task.status === 'in_review' && by.session && by.session === task.assignee) {
    refuse('wrong_status', `You handed ${task.id} over: somebody else looks at it and completes it`, {
      suggestion: `maestro task note ${task.id} "<what they should know>"`,
    })
  }
  if (by.session) expectStatus(task, by, 'complete it', 'in_progress', 'in_review')
  else expectStatus(task, by, 'complete it', 'todo', 'in_progress', 'in_review')
  expectReady(project, task)
  const event = updated(task, 'completed', {
    status: 'done',
    lease: null,
    endedAt: now,
    result: resultOf(command, task.result),
  })
  const released = releasedBy(project, task.id)
  return [released.length && event.type === 'task:updated' ? { ...event, data: { ...event.data, released } } : event]
}

function cancel(project: Project, task: Task, reason: string, { by, now }: Context): TaskEvent[] {
  expectStatus(task, by, 'cancel it', 'todo', 'in_progress', 'blocked')
  const result = reason ? { summary: reason, links: [], files: [] } : task.result
  const event = updated(task, 'cancelled', {
    status: 'cancelled',
    assignee: null,
    lease: null,
    blocked: null,
    endedAt: now,
    result,
  })
  const leftWaiting = waitingFor(project, task.id)
  return [
    leftWaiting.length && event.type === 'task:updated' ? { ...event, data: { ...event.data, leftWaiting } } : event,
  ]
}

function remove(project: Project, task: Task, { by }: Context): TaskEvent[] {
  if (task.assignee && project.sessions[task.assignee]?.status !== 'ended' && task.status !== 'done') {
    // An agent that works on it itself does not stop itself for that, and others are not its to stop.
    const isOver = task.status === 'cancelled' || task.status === 'in_review'
    const giveUp = isOver ? `maestro task show ${task.id}` : `maestro task cancel ${task.id}`
    const suggestion = by.session ? giveUp : `maestro session stop ${task.assignee}`
    refuse('conflict', `${task.assignee} works on ${task.id}`, { suggestion })
  }
  const waiting = Object.values(project.tasks).filter((other) => other.needs.includes(task.id))
  const freed = waiting.map((other) => updated(other, 'edited', { needs: other.needs.filter((id) => id !== task.id) }))
  return [...freed, { type: 'task:deleted', data: { task: task.id } }]
}

function resultOf(
  { summary, links, files }: NonNullable<Task['result']>,
  before: Task['result'] = null,
): Task['result'] {
  if (!summary && !links.length && !files.length) return before
  return { summary, links, files }
}
