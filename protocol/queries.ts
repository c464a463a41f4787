import * as z from 'zod'
import type { queryAnswers } from './answers.ts'
import type { RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { readyTasks } from './graph.ts'
import { SessionId, TaskId } from './ids.ts'
import { Priority, type Project, type Session, SessionStatus, type Task, TaskStatus } from './model.ts'
import { theSession, theTask } from './task-access.ts'
import { taskGraph } from './task-graph.ts'
import { usageBy } from './usage.ts'
import { usageReport } from './usage-report.ts'

const page = {
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('How many at most'),
  cursor: z.string().max(200).optional().describe('Where the page before ended'),
}

/** What can be read of a project, answered from its state alone. */
export const queries = {
  'project.show': {
    summary: 'The whole project as it is now',
    method: 'GET',
    path: '',
    scope: 'read',
    input: z.object({}),
  },
  'task.list': {
    summary: 'Tasks, in the order of the board',
    method: 'GET',
    path: '/tasks',
    scope: 'read',
    input: z.object({
      ...page,
      status: TaskStatus.optional().describe('Only those with this status'),
      session: SessionId.optional().describe('Only those of this session'),
      ready: z.stringbool().optional().describe('Only those that could start now'),
      label: z.string().optional().describe('Only those with this label'),
      priority: Priority.optional().describe('Only those of this priority'),
      search: z.string().trim().max(200).optional().describe('Only those in which all these words are found'),
    }),
  },
  // Before 'task.show', whose path would take it for a task.
  'task.graph': {
    summary: 'What waits for what',
    method: 'GET',
    path: '/tasks/graph',
    scope: 'read',
    input: z.object({ task: TaskId.optional().describe('Only what this one needs, and what needs it') }),
  },
  'task.show': {
    summary: 'One task',
    method: 'GET',
    path: '/tasks/:task',
    scope: 'read',
    input: z.object({ task: TaskId }),
  },
  'subtask.list': {
    summary: 'The steps of a task',
    method: 'GET',
    path: '/tasks/:task/subtasks',
    scope: 'read',
    input: z.object({ task: TaskId }),
  },
  'session.list': {
    summary: 'Sessions, those that need somebody first',
    method: 'GET',
    path: '/sessions',
    scope: 'read',
    input: z.object({
      ...page,
      status: SessionStatus.optional().describe('Only those with this status'),
      task: TaskId.optional().describe('Only those on this task'),
    }),
  },
  'session.show': {
    summary: 'One session',
    method: 'GET',
    path: '/sessions/:session',
    scope: 'read',
    input: z.object({ session: SessionId }),
  },
  'usage.show': {
    summary: 'Tokens used, and an estimate of what they cost',
    method: 'GET',
    path: '/usage',
    scope: 'read',
    input: z.object({
      ...page,
      by: z.enum(usageBy).default('session').describe('What a row is'),
      session: SessionId.optional().describe('Only of this session'),
      task: TaskId.optional().describe('Only for this task; a session on several is split evenly between them'),
    }),
  },
  'spawner.list': {
    summary: 'Machines that start agents',
    method: 'GET',
    path: '/spawners',
    scope: 'read',
    input: z.object({}),
  },
} as const satisfies Table

export type Query = RequestsIn<typeof queries>
export type QueryType = keyof typeof queries
type Page<T> = { items: T[]; cursor: string | null }
export type Answer = { [K in QueryType]: z.output<(typeof queryAnswers)[K]> }

export function answer(project: Project, query: Query): Answer[QueryType] {
  switch (query.type) {
    case 'project.show':
      return project
    case 'task.list':
      return pageOf(tasksLike(project, query), query)
    case 'task.graph':
      return taskGraph(project, query.task && theTask(project, query.task).id)
    case 'task.show':
      return theTask(project, query.task)
    case 'subtask.list':
      return { items: theTask(project, query.task).subtasks }
    case 'session.list':
      return pageOf(sessionsLike(project, query), query)
    case 'session.show':
      return theSession(project, query.session)
    case 'usage.show': {
      if (query.session) theSession(project, query.session)
      if (query.task) theTask(project, query.task)
      const { items, ...report } = usageReport(project, query)
      return { ...report, ...pageOf(items, query) }
    }
    case 'spawner.list':
      return { items: Object.values(project.spawners) }
  }
}

function tasksLike(project: Project, asked: Query & { type: 'task.list' }): Task[] {
  const { status, session, ready, label, priority, search } = asked
  const words = search?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  const from = ready ? readyTasks(project) : Object.values(project.tasks).sort((a, b) => a.position - b.position)
  return from.filter(
    (task) =>
      (!status || task.status === status) &&
      (!session || task.assignee === session || (project.sessions[session]?.tasks.includes(task.id) ?? false)) &&
      (!label || task.labels.includes(label)) &&
      (!priority || task.priority === priority) &&
      hasAll(task, words),
  )
}

/** Everything a task says is searched: its texts, its words, its steps, its result. */
function hasAll(task: Task, words: string[]): boolean {
  if (words.length === 0) return true
  const { id, title, description, acceptance, labels, subtasks, result, note, blocked } = task
  const texts = [id, title, description, acceptance, ...labels, ...subtasks.map((one) => one.title)]
  texts.push(result?.summary ?? '', note?.text ?? '', blocked?.reason ?? '')
  const text = texts.join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}

const attention: Record<Session['status'], number> = { waiting: 0, running: 1, spawning: 2, idle: 3, ended: 4 }

function sessionsLike(project: Project, { status, task }: Query & { type: 'session.list' }): Session[] {
  const some = Object.values(project.sessions).filter(
    (one) => (!status || one.status === status) && (!task || one.tasks.includes(task)),
  )
  return some.sort((a, b) => attention[a.status] - attention[b.status] || b.requestedAt - a.requestedAt)
}

/** A cursor names the last item of the page before, so that a page is right even when others came or went. */
function pageOf<T extends { id: string }>(
  items: T[],
  { type, limit, cursor }: { type: QueryType; limit: number; cursor?: string | undefined },
): Page<T> {
  const start = cursor ? items.findIndex(({ id }) => id === cursor) + 1 : 0
  // From the start again, whoever asks for all pages would never come to an end.
  if (cursor && start === 0) {
    refuse('invalid_input', `${cursor} is not in this list any more: ask for the first page again`, {
      field: 'cursor',
      suggestion: `maestro ${type.replace('.', ' ')}`,
    })
  }
  const page = items.slice(start, start + limit)
  const more = start + limit < items.length
  return { items: page, cursor: more ? page.at(-1)!.id : null }
}
