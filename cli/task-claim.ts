import type { Command } from 'commander'
import * as z from 'zod'
import { Done as Answer } from '../protocol/answers.ts'
import { refuse } from '../protocol/errors.ts'
import { type SessionId, TaskId } from '../protocol/ids.ts'
import { Task } from '../protocol/model.ts'
import type { Entry } from '../protocol/project.ts'
import { type Context, found, type Result } from './context.ts'
import { optionOf } from './option.ts'
import { changed, said } from './outcome.ts'
import { ownSession, ownTask } from './own.ts'
import { taskPage } from './task-text.ts'
import { change } from './verb.ts'

/** The task, and when it was taken by this what that brought about. */
const Taken = z.object({ task: TaskId, details: Task, ...Answer.partial().shape })

type Done = { entries: Entry[]; duplicate: boolean }

/** The verbs by which a session takes a task, gives it back, or is given one. */
export function taskClaims(context: Context): Command[] {
  return [start(context), claim(context), next(context), release(context), assign(context)]
}

const forSession = (context: Context, { session, task }: Record<string, unknown>) => ({
  session: ownSession(context, session, {
    message: 'Only a session can take a task, and this does not run in one',
    suggestion: typeof task === 'string' ? `maestro session spawn ${task}` : 'maestro task next',
  }),
})

function start(context: Context): Command {
  return change(context, 'task.claim', {
    verb: 'start',
    summary: 'Begin the task that this session is for',
    args: ['task'],
    own: (context) => ownTask(context, 'maestro task start'),
    fill: forSession,
    output: Taken,
    examples: ['maestro task start', 'maestro task start task_4hq1w8ze'],
    result: (done, { task }, context) => taken(context, done, task),
  })
}

function claim(context: Context): Command {
  return change(context, 'task.claim', {
    args: ['task'],
    fill: forSession,
    output: Taken,
    examples: ['maestro task claim task_4hq1w8ze'],
    result: (done, { task }, context) => taken(context, done, task),
  })
}

function next(context: Context): Command {
  return change(context, 'task.next', {
    summary: 'Show the best ready task, and with --claim take it',
    options: [optionOf('--claim', 'Take it for the session that this runs in')],
    // Reading must not change anything, so without --claim nothing is taken.
    instead: async (context, { claim }) => (claim ? undefined : best(context)),
    fill: forSession,
    output: Taken,
    examples: ['maestro task next', 'maestro task next --claim'],
    result: async (done, { session }, context) =>
      taken(context, done, takenIn(done.entries) ?? (await heldBy(context, session))),
  })
}

async function best(context: Context): Promise<Result> {
  const project = await context.project()
  const { items: ready } = await project.query('task.list', { ready: 'true', limit: 1 })
  const [first] = ready
  if (first) {
    const next = [context.session ? 'maestro task next --claim' : `maestro session spawn ${first.id}`]
    return found({ task: first.id, details: first }, ({ details }, look) => taskPage(details, look), next)
  }
  const { items: busy } = await project.query('task.list', { status: 'in_progress', limit: 1 })
  if (busy.length) {
    refuse('all_claimed', 'Every task that could start has somebody working on it', {
      suggestion: 'maestro task list --status in_progress',
    })
  }
  refuse('none_ready', 'No task is ready', { suggestion: 'maestro task list' })
}

function release(context: Context): Command {
  return change(context, 'task.release', {
    args: ['task'],
    own: (context) => ownTask(context, 'maestro task release'),
    examples: ['maestro task release task_4hq1w8ze'],
    result: (done, { task }) =>
      changed(done, { task }, (look, isNew) => said(`${task} is free again`, look, isNew, 'it was before')),
  })
}

function assign(context: Context): Command {
  return change(context, 'task.assign', {
    args: ['task', 'session'],
    examples: [
      'maestro task assign task_4hq1w8ze sess_9vk3n2aq',
      'maestro task assign task_4hq1w8ze sess_9vk3n2aq --from sess_7m2k9xwp',
    ],
    result: (done, { task, session }) =>
      changed(
        done,
        { task, session },
        (look, isNew) => said(`${task} is for ${session}`, look, isNew, 'it was before'),
        [`maestro session show ${session}`],
      ),
  })
}

async function taken(context: Context, { entries, duplicate }: Done, id: TaskId): Promise<Result> {
  const details = await (await context.project()).query('task.show', { task: id })
  const next = [`maestro task complete ${id} --summary "…"`]
  return found({ task: id, details, entries, duplicate }, ({ details }, look) => taskPage(details, look), next)
}

function takenIn(entries: Entry[]): TaskId | undefined {
  for (const entry of entries)
    if (entry.type === 'task:updated' && entry.data.action === 'claimed') return entry.data.task
  return undefined
}

/** What it holds, when asking twice was asking once and the answer tells of no change. */
async function heldBy(context: Context, session: SessionId): Promise<TaskId> {
  const { items } = await (await context.project()).query('task.list', { session, status: 'in_progress' })
  return items.at(-1)?.id ?? refuse('none_ready', 'No task is ready', { suggestion: 'maestro task list' })
}
