import * as z from 'zod'
import { nameOf } from './actor.ts'
import type { EventsIn, Logged, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { SubtaskId, TaskId } from './ids.ts'
import { type Project, Subtask } from './model.ts'
import { type Context, taskFor } from './task-access.ts'

const title = z.string().trim().min(1).max(300).describe('What is to be done')
const one = { task: TaskId, subtask: SubtaskId }
export const MAX_SUBTASKS = 200

export const subtaskCommands = {
  'subtask.create': {
    summary: 'Add a step to a task',
    method: 'POST',
    path: '/tasks/:task/subtasks',
    scope: 'task:write',
    input: z.object({ ...one, title }),
  },
  'subtask.edit': {
    summary: 'Change the title of a subtask',
    method: 'PATCH',
    path: '/tasks/:task/subtasks/:subtask',
    scope: 'task:write',
    input: z.object({ ...one, title }),
  },
  'subtask.complete': {
    summary: 'Mark a subtask as done',
    method: 'POST',
    path: '/tasks/:task/subtasks/:subtask/complete',
    scope: 'task:write',
    input: z.object(one),
  },
  'subtask.reopen': {
    summary: 'Mark a subtask as not done',
    method: 'POST',
    path: '/tasks/:task/subtasks/:subtask/reopen',
    scope: 'task:write',
    input: z.object(one),
  },
  'subtask.move': {
    summary: 'Move a subtask before another, or to the end',
    method: 'POST',
    path: '/tasks/:task/subtasks/:subtask/move',
    scope: 'task:write',
    input: z.object({
      ...one,
      before: SubtaskId.nullable().default(null).describe('The subtask it goes before; none: the end'),
    }),
  },
  'subtask.delete': {
    summary: 'Remove a subtask',
    method: 'DELETE',
    path: '/tasks/:task/subtasks/:subtask',
    scope: 'task:write',
    input: z.object(one),
  },
} as const satisfies Table

export const subtaskEvents = {
  'subtask:created': z.object({ task: TaskId, subtask: Subtask }),
  'subtask:updated': z.object({
    ...one,
    changes: Subtask.omit({ id: true }).partial(),
    before: SubtaskId.nullable().optional().describe('Where it moved to; absent: it stayed'),
  }),
  'subtask:deleted': z.object(one),
}

export type SubtaskCommand = RequestsIn<typeof subtaskCommands>
export type SubtaskEvent = EventsIn<typeof subtaskEvents>

export function decideSubtask(project: Project, command: SubtaskCommand, context: Context): SubtaskEvent[] {
  const task = taskFor(project, command.task, context.by)
  const at = task.subtasks.findIndex((subtask) => subtask.id === command.subtask)
  if (command.type === 'subtask.create') {
    if (task.subtasks[at]?.title === command.title) return []
    if (at >= 0)
      refuse('id_taken', `${command.subtask} is another subtask of ${task.id}`, {
        field: 'subtask',
        suggestion: `maestro subtask list ${task.id}`,
      })
    if (task.subtasks.length >= MAX_SUBTASKS)
      refuse('conflict', `${task.id} has ${MAX_SUBTASKS} subtasks, which is the limit`, {
        suggestion: 'maestro task create "<the rest of it>"',
      })
    const subtask = { id: command.subtask, title: command.title, status: 'todo' as const, doneBy: null, doneAt: null }
    return [{ type: 'subtask:created', data: { task: task.id, subtask } }]
  }
  const subtask = task.subtasks[at]
  if (!subtask) {
    if (command.type === 'subtask.delete') return [] // asked again after losing our answer
    refuse('subtask_not_found', `${task.id} has no subtask ${command.subtask}`, {
      suggestion: `maestro subtask list ${task.id}`,
      validValues: task.subtasks.map(({ id }) => id),
    })
  }
  const ids = { task: task.id, subtask: subtask.id }
  const update = (changes: Partial<Omit<Subtask, 'id'>>): SubtaskEvent[] => [
    { type: 'subtask:updated', data: { ...ids, changes } },
  ]
  switch (command.type) {
    case 'subtask.edit':
      return subtask.title === command.title ? [] : update({ title: command.title })
    case 'subtask.complete':
      return subtask.status === 'done'
        ? []
        : update({ status: 'done', doneBy: nameOf(context.by), doneAt: context.now })
    case 'subtask.reopen':
      return subtask.status === 'todo' ? [] : update({ status: 'todo', doneBy: null, doneAt: null })
    case 'subtask.move': {
      const { before } = command
      if (before === subtask.id || (task.subtasks[at + 1]?.id ?? null) === before) return []
      if (before && !task.subtasks.some(({ id }) => id === before)) {
        refuse('subtask_not_found', `${task.id} has no subtask ${before}`, {
          field: 'before',
          suggestion: `maestro subtask list ${task.id}`,
          validValues: task.subtasks.map(({ id }) => id),
        })
      }
      return [{ type: 'subtask:updated', data: { ...ids, changes: {}, before } }]
    }
    case 'subtask.delete':
      return [{ type: 'subtask:deleted', data: ids }]
  }
}

export function evolveSubtask(project: Project, { type, data, at }: Logged<SubtaskEvent>): void {
  const task = project.tasks[data.task]
  if (!task) return // deleted since; the log still tells of its subtasks
  task.updatedAt = at
  if (type === 'subtask:created') {
    task.subtasks.push({ ...data.subtask })
    return
  }
  const index = task.subtasks.findIndex(({ id }) => id === data.subtask)
  const subtask = task.subtasks[index]
  if (!subtask) return
  if (type === 'subtask:deleted') {
    task.subtasks.splice(index, 1)
    return
  }
  Object.assign(subtask, data.changes)
  if (data.before === undefined) return
  task.subtasks.splice(index, 1)
  const to = data.before ? task.subtasks.findIndex(({ id }) => id === data.before) : -1
  task.subtasks.splice(to < 0 ? task.subtasks.length : to, 0, subtask)
}
