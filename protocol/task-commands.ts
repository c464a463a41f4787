import * as z from 'zod'
import type { Table } from './declare.ts'
import { SessionId, SubtaskId, TaskId } from './ids.ts'
import { Priority } from './model.ts'

/** How many of each there may be. */
export const most = { labels: 50, needs: 100, subtasks: 200, tasks: 500 }

const title = z.string().trim().min(1, 'a task needs a title').max(300).describe('What is to be done, in one line')
const description = z.string().max(50_000).describe('What is to be done, at length')
const acceptance = z
  .string()
  .max(10_000)
  .describe('How to see that it is done: what must be true, which command must pass')
const labels = z.array(z.string().trim().min(1).max(50)).max(most.labels).describe('Words to find it by')
const needs = z.array(TaskId).max(most.needs).describe('Tasks that must be done first')
const reason = z.string().trim().min(1, 'say why, in a sentence').max(2_000)
const result = {
  summary: z.string().max(10_000).default('').describe('What was done'),
  links: z.array(z.string().max(2_000)).max(50).default([]).describe('Where to see it'),
  files: z.array(z.string().max(1_000)).max(1_000).default([]).describe('Files touched'),
}
const post = <const P extends string>(verb: P) =>
  ({ method: 'POST', path: `/tasks/:task/${verb}`, scope: 'task:write' }) as const

const newTask = z.object({
  task: TaskId,
  title,
  description: description.default(''),
  acceptance: acceptance.default(''),
  priority: Priority.default('medium').describe('How soon it matters'),
  labels: labels.default([]),
  needs: needs.default([]),
  subtasks: z
    .array(z.object({ subtask: SubtaskId, title: z.string().trim().min(1).max(300) }))
    .max(most.subtasks)
    .default([])
    .describe('Its steps, in order'),
})

export const taskCommands = {
  'task.create': {
    summary: 'Add a task to the project',
    method: 'POST',
    path: '/tasks',
    scope: 'task:write',
    input: newTask,
  },
  'task.import': {
    summary: 'Add many tasks at once: all of them, or none',
    method: 'POST',
    path: '/tasks/import',
    scope: 'task:write',
    input: z.object({ tasks: z.array(newTask).min(1).max(most.tasks).describe('They may need each other') }),
  },
  'task.edit': {
    summary: 'Change what a task says',
    method: 'PATCH',
    path: '/tasks/:task',
    scope: 'task:write',
    input: z.object({
      task: TaskId,
      title: title.optional(),
      description: description.optional(),
      acceptance: acceptance.optional(),
      priority: Priority.optional().describe('How soon it matters'),
      labels: labels.optional(),
      needs: needs.optional(),
      position: z.number().optional().describe('Its place on the board, smaller first'),
    }),
  },
  'task.claim': {
    summary: 'Take a ready task for a session; one winner',
    ...post('claim'),
    input: z.object({ task: TaskId, session: SessionId.describe('The session that will work on it') }),
  },
  'task.next': {
    summary: 'Take the best ready task for a session',
    method: 'POST',
    path: '/tasks/next',
    scope: 'task:write',
    input: z.object({ session: SessionId.describe('The session that will work on it') }),
  },
  'task.assign': {
    summary: 'Give a task to another session, whoever has it now',
    ...post('assign'),
    input: z.object({
      task: TaskId,
      session: SessionId.describe('The session that is to work on it'),
      from: SessionId.optional().describe('Only if this session has it now'),
    }),
  },
  'task.release': { summary: 'Give a task back', ...post('release'), input: z.object({ task: TaskId }) },
  'task.block': {
    summary: 'Say that a task cannot go on, and why',
    ...post('block'),
    input: z.object({ task: TaskId, reason: reason.describe('What is in the way') }),
  },
  'task.unblock': {
    summary: 'Say that a blocked task can go on',
    ...post('unblock'),
    input: z.object({ task: TaskId }),
  },
  'task.review': {
    summary: 'Hand a task to a person to look at',
    ...post('review'),
    input: z.object({ task: TaskId, ...result }),
  },
  'task.complete': {
    summary: 'Finish a task; what waited for it becomes ready',
    ...post('complete'),
    input: z.object({ task: TaskId, ...result }),
  },
  'task.reopen': { summary: 'Take a task up again', ...post('reopen'), input: z.object({ task: TaskId }) },
  'task.cancel': {
    summary: 'Give a task up',
    ...post('cancel'),
    input: z.object({ task: TaskId, reason: z.string().max(2_000).default('').describe('Why') }),
  },
  'task.delete': {
    summary: 'Remove a task that nobody works on',
    method: 'DELETE',
    path: '/tasks/:task',
    scope: 'task:write',
    input: z.object({ task: TaskId }),
  },
  'task.note': {
    summary: "Add a line to a task's timeline",
    ...post('notes'),
    input: z.object({ task: TaskId, text: z.string().trim().min(1).max(10_000).describe('Progress, or a remark') }),
  },
} as const satisfies Table
