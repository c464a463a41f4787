import * as z from 'zod'
import { forget, isKept, keep, stepOf } from './changes.ts'
import { decideClock, strandedTasks } from './clock.ts'
import type { EventsIn, Logged, RequestsIn, Table } from './declare.ts'
import { refuse } from './errors.ts'
import { decideFreeze, freezeCommands } from './freeze.ts'
import { decideHook, evolveHook, type HookLogEvent, hookEvents } from './hook.ts'
import type { HookEvent } from './hook-event.ts'
import { ProjectId } from './ids.ts'
import { emptyProject, Frozen, LostAfter, type Project } from './model.ts'
import { decideSession, evolveSession, type SessionEvent, sessionCommands, sessionEvents } from './session.ts'
import { decideSpawner, evolveSpawner, type SpawnerEvent, spawnerCommands, spawnerEvents } from './spawner.ts'
import { decideSubtask, evolveSubtask, type SubtaskEvent, subtaskCommands, subtaskEvents } from './subtask.ts'
import { decideTask } from './task.ts'
import { type Context, checkLive } from './task-access.ts'
import { taskCommands } from './task-commands.ts'
import { evolveTask, type TaskEvent, taskEvents } from './task-events.ts'
import { decideUndo, type UndoEvent, undoCommands, undoEvents } from './undo.ts'

const name = z.string().trim().min(1, 'a project needs a name').max(100).describe('What people call it')

const retention = z
  .number()
  .int()
  .min(1)
  .max(36_500)
  .nullable()
  .describe('For how many days history is kept; null: for ever')

export const projectCommands = {
  'project.create': {
    summary: 'Start a project',
    method: 'POST',
    path: '/create',
    scope: 'project:write',
    input: z.object({ project: ProjectId, name }),
  },
  'project.edit': {
    summary: 'Change what a project is called, how long its history is kept, or when sessions are lost',
    method: 'PATCH',
    path: '',
    scope: 'project:write',
    input: z.object({ name: name.optional(), retention: retention.optional(), lostAfter: LostAfter.optional() }),
  },
  ...freezeCommands,
} as const satisfies Table

export const projectEvents = {
  'project:created': z.object({ project: ProjectId, name: z.string() }),
  'project:updated': z.object({
    changes: z
      .object({ name: z.string(), retention: z.number().nullable(), lostAfter: z.number(), frozen: Frozen.nullable() })
      .partial(),
  }),
}
type ProjectCommand = RequestsIn<typeof projectCommands>
type ProjectEvent = EventsIn<typeof projectEvents>

/** The one table of what may be asked of a project. */
export const commands = {
  ...projectCommands,
  ...taskCommands,
  ...undoCommands,
  ...subtaskCommands,
  ...sessionCommands,
  ...spawnerCommands,
}
/** Commands without a route of their own: the directory asks for these on behalf of its caller. */
export const internalCommands: ReadonlySet<string> = new Set<CommandType>(['project.create', 'spawner.expect'])
/** The one table of what can have happened in a project. */
export const events = {
  ...projectEvents,
  ...taskEvents,
  ...undoEvents,
  ...subtaskEvents,
  ...sessionEvents,
  ...spawnerEvents,
  ...hookEvents,
}

export type CommandType = keyof typeof commands
export type Command = RequestsIn<typeof commands>
export type Event = ProjectEvent | TaskEvent | UndoEvent | SubtaskEvent | SessionEvent | SpawnerEvent | HookLogEvent
export type EventType = Event['type']
/** What a caller writes: defaults not yet filled in. */
export type Input<T extends CommandType> = z.input<(typeof commands)[T]['input']>
/** One line of the log. */
export type Entry = Logged<Event>

/** What `command` would change, given `project`. Throws a MaestroError if it may not happen; changes nothing. */
export function decide(project: Project, command: Command, context: Context): Event[] {
  checkLive(project, context.by)
  if (command.type === 'project.create') return create(project, command)
  if (!project.id) refuse('project_not_found', 'There is no such project', { suggestion: 'maestro project list' })
  if (command.type === 'task.undo') return decideUndo(project, command, context)
  if (is('task', command)) return decideTask(project, command, context)
  if (is('subtask', command)) return decideSubtask(project, command, context)
  if (is('session', command)) return decideSession(project, command, context)
  if (is('spawner', command)) return decideSpawner(project, command, context)
  if (command.type === 'project.edit') return edit(project, command)
  return decideFreeze(project, command, context)
}

/** What time alone, and anything a missed message left behind, change by `now` (ms). */
export function decideTick(project: Project, now: number): Event[] {
  return [...decideClock(project, now), ...strandedTasks(project)]
}

/** What a hook event adds to the log. Never refuses: what an agent did has happened. */
export function decideHeard(project: Project, event: HookEvent, context: Context): Event[] {
  return decideHook(project, event, context)
}

function create(project: Project, command: ProjectCommand & { type: 'project.create' }): ProjectEvent[] {
  if (project.id === command.project && project.name === command.name) return []
  if (project.id)
    refuse('id_taken', `${command.project} is another project`, {
      field: 'project',
      suggestion: 'maestro project list',
    })
  return [{ type: 'project:created', data: { project: command.project, name: command.name } }]
}

function edit(project: Project, asked: ProjectCommand & { type: 'project.edit' }): ProjectEvent[] {
  const { name, retention, lostAfter } = asked
  const changes = {
    ...(name !== undefined && name !== project.name && { name }),
    ...(retention !== undefined && retention !== (project.retention ?? null) && { retention }),
    ...(lostAfter && lostAfter !== project.lostAfter && { lostAfter }),
  }
  return Object.keys(changes).length ? [{ type: 'project:updated', data: { changes } }] : []
}

/** Applies a fact to `project`, in place, at a cost that does not grow with the project. Never fails: it has happened. */
export function evolve(project: Project, entry: Entry): void {
  const step = isKept(project, entry) ? stepOf(project, entry) : undefined
  apply(project, entry)
  if (step) keep(project, entry, step)
}

function apply(project: Project, entry: Entry): void {
  if (entry.type === 'task:undone') forget(project, entry.data.change)
  else if (has('task', entry)) evolveTask(project, entry)
  else if (has('subtask', entry)) evolveSubtask(project, entry)
  else if (has('session', entry)) evolveSession(project, entry)
  else if (has('spawner', entry)) evolveSpawner(project, entry)
  else if (has('hook', entry)) evolveHook(project, entry)
  else if (entry.type === 'project:updated') Object.assign(project, entry.data.changes)
  else if (entry.type === 'project:created') {
    project.id = entry.data.project
    project.name = entry.data.name
    project.createdAt = entry.at
  }
}

export function replay(entries: Iterable<Entry>, project: Project = emptyProject()): Project {
  for (const entry of entries) evolve(project, entry)
  return project
}

/** `input` as the command it must be; throws a ZodError if it is not. */
export function parseCommand(type: CommandType, input: unknown): Command {
  // The table's own schema for `type` has just made the rest.
  return { type, ...commands[type].input.parse(input) } as Command
}

function is<N extends string, M extends { type: string }>(
  noun: N,
  command: M,
): command is Extract<M, { type: `${N}.${string}` }> {
  return command.type.startsWith(noun) && command.type[noun.length] === '.'
}

function has<N extends string, M extends { type: string }>(
  noun: N,
  entry: M,
): entry is Extract<M, { type: `${N}:${string}` }> {
  return entry.type.startsWith(noun) && entry.type[noun.length] === ':'
}
