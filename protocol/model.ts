import * as z from 'zod'
import { ProjectId, SessionId, SpawnerId, SubtaskId, TaskId } from './ids.ts'
import { addModels, ModelUsage, noUsage, SessionUsage } from './usage.ts'

/** What is absent is `null`, never missing: a reader need not guess. Times are ms since 1970. */
const ms = z.number().int()

export const taskStatuses = ['todo', 'in_progress', 'blocked', 'in_review', 'done', 'cancelled'] as const
export const TaskStatus = z.enum(taskStatuses)
export const Priority = z.enum(['low', 'medium', 'high', 'urgent'])
export const SessionStatus = z.enum(['spawning', 'running', 'idle', 'waiting', 'ended'])
export const Outcome = z.enum(['completed', 'failed', 'stopped', 'lost'])
export const Role = z.enum(['worker', 'orchestrator'])

export const Subtask = z.object({
  id: SubtaskId,
  title: z.string(),
  status: z.enum(['todo', 'done']),
  doneBy: z.string().nullable(),
  doneAt: ms.nullable(),
})

export const Attempt = z.object({ session: SessionId, outcome: Outcome, reason: z.string().nullable(), at: ms })

export const Task = z.object({
  id: TaskId,
  title: z.string(),
  description: z.string(),
  acceptance: z.string().describe('How to see that it is done'),
  status: TaskStatus,
  priority: Priority,
  labels: z.array(z.string()),
  needs: z.array(TaskId).describe('Tasks that must be done first'),
  subtasks: z.array(Subtask),
  assignee: SessionId.nullable().describe('The session that works on it, or is about to'),
  lease: z.object({ session: SessionId, expiresAt: ms }).nullable(),
  blocked: z.object({ reason: z.string(), since: ms, by: z.string() }).nullable(),
  result: z.object({ summary: z.string(), links: z.array(z.string()), files: z.array(z.string()) }).nullable(),
  attempts: z.array(Attempt).describe('Sessions that ended without finishing it'),
  note: z.object({ text: z.string(), by: z.string(), at: ms }).nullable().describe('The newest line of its timeline'),
  createdBy: z.string(),
  createdAt: ms,
  updatedAt: ms,
  startedAt: ms.nullable(),
  endedAt: ms.nullable(),
  position: z.number(),
})

export const ToolUse = z.object({ calls: z.number(), failures: z.number(), ms: z.number(), lastMs: z.number() })

/** Hook events that never came into the log. */
export const Missed = z.object({
  dropped: z
    .number()
    .int()
    .describe('Hooks could not keep them: the spool or the disk was full, or they were too large'),
  setAside: z.number().int().describe('Nobody could read them, or the server cannot take them; their files are kept'),
})

/** A tool call that has begun and whose end has not been heard of. `sentAt` is by the source's clock. */
const OpenCall = z.object({
  use: z.string(),
  name: z.string(),
  summary: z.string(),
  subagent: z.string().nullable(),
  since: ms,
  sentAt: z.number(),
})

/** Where a session works, as its machine said before it started: never the path, which is the machine's own affair. */
export const Workplace = z.object({
  worktree: z.boolean().describe('A git worktree of its own; false: the folder of its workspace itself'),
  branch: z.string().max(300).nullable().describe('What was checked out there when it started; null: no branch'),
  note: z.string().max(500).nullable().describe('Why it has no worktree although it was to have one'),
})

const NeedsYou = z.object({
  kind: z.enum(['permission', 'question']),
  message: z.string(),
  since: ms,
  subagent: z.string().nullable().optional().describe('The part of the agent that asks; null: the agent itself'),
  use: z.string().nullable().optional().describe('The tool call it is about, where that is known'),
  sentAt: z.number().optional().describe('When it was asked, by the clock of its source'),
})

export const Session = z.object({
  id: SessionId,
  name: z.string(),
  role: Role,
  agent: z.string(),
  profile: z.string(),
  workspace: z.string(),
  prompt: z.string(),
  skills: z.array(z.string()).describe('What it is taught beside what its role brings'),
  tasks: z.array(TaskId),
  parent: SessionId.nullable(),
  resumes: SessionId.optional().describe('The ended session whose conversation it goes on with; absent: none'),
  target: SpawnerId.nullable().describe('The one spawner that may start it; null: any'),
  label: z.string().nullable().describe('What the machine that starts it must be labelled; null: anything'),
  spawner: SpawnerId.nullable(),
  managed: z.boolean().describe('Started by Maestro; false: only heard of'),
  status: SessionStatus,
  outcome: Outcome.nullable(),
  exitCode: z.number().int().nullable(),
  reason: z.string().nullable().describe('Why it ended'),
  agentSession: z.string().nullable().describe("The agent's own session id"),
  needsYou: NeedsYou.nullable(),
  tool: z.object({ name: z.string(), summary: z.string(), since: ms, use: z.string().nullable() }).nullable(),
  calls: z.array(OpenCall).optional().describe('Tool calls that have begun, oldest first; absent: none'),
  tools: z.record(z.string(), ToolUse),
  usage: SessionUsage.nullable(),
  progress: z.object({ text: z.string(), at: ms }).nullable(),
  stopping: z.object({ by: z.string(), at: ms }).nullable(),
  claim: z.object({ at: ms, tries: z.number().int() }).nullable(),
  requestedBy: z.string(),
  requestedAt: ms,
  startedAt: ms.nullable(),
  endedAt: ms.nullable(),
  lastSeenAt: ms,
  missed: Missed.optional().describe('Hook events of it that are not in the log; absent: none'),
  worktree: z
    .boolean()
    .optional()
    .describe('Whether it was asked for with a worktree of its own; absent: its machine decides'),
  place: Workplace.optional().describe('Where it works; absent: not in a git repository, or not said'),
})

export const Spawner = z.object({
  id: SpawnerId,
  name: z.string(),
  machine: z.string(),
  version: z.string(),
  profiles: z.array(z.object({ name: z.string(), agent: z.string() })),
  workspaces: z.array(z.string()),
  skills: z.array(z.string()).describe('What it can teach, by name'),
  capacity: z.number().int(),
  typing: z.boolean().describe('Whether its policy lets people type from elsewhere'),
  labels: z.array(z.string()).describe('What its own policy says that it is good for'),
  status: z.enum(['online', 'offline']),
  since: ms,
  connected: z.boolean().describe('It has been here; false: it was enrolled, and has never come'),
  ownName: z.string().nullable().describe('What it calls itself, where a person calls it otherwise'),
  draining: z.object({ by: z.string(), since: ms }).nullable().describe('It takes no new sessions; null: it does'),
  revoked: z.object({ by: z.string(), at: ms }).nullable().describe('Its key was ended; null: it is good'),
})

/** Between which two a subtask stands; null: it is the first, or the last. */
const Place = z.object({ previous: SubtaskId.nullable(), next: SubtaskId.nullable() })

const step = {
  action: z.string().describe('What was done, in the past tense'),
  task: TaskId,
  title: z.string().describe('Of the task or the subtask, before'),
  after: z.record(z.string(), z.string()).nullable().describe('Prints of what came of it; null: it is gone'),
}
export const TaskStep = z.object({
  ...step,
  on: z.literal('task'),
  before: Task.partial()
    .nullable()
    .describe('The fields that changed; all of a task that is gone; null: it was not there'),
  session: SessionId.nullable().describe('The session that came to know of the task by it'),
})
export const SubtaskStep = z.object({
  ...step,
  on: z.literal('subtask'),
  subtask: SubtaskId,
  before: Subtask.partial().nullable(),
  from: Place.nullable().describe('Where it was, if it moved or is gone'),
  to: Place.nullable(),
})

/** What one request of a person did to tasks: enough to take it back, and to see whether something has built on it. */
export const Change = z.object({
  id: z.string().describe("The request's"),
  seq: z.number().int(),
  by: z.string(),
  at: ms,
  status: z.enum(['kept', 'taken_back', 'too_large']),
  steps: z.array(z.union([TaskStep, SubtaskStep])),
  size: z.number().int().describe('Of its steps, in characters'),
})

/** Nothing is started and nothing typed until a person thaws the project. */
export const Frozen = z.object({ by: z.string(), at: ms, reason: z.string().describe('Empty: none was given') })

export const LostAfter = z
  .number()
  .int()
  .min(1)
  .max(30 * 86_400)
  .describe('For how many seconds a machine may be away before its sessions are lost; none: 300')

export const Project = z.object({
  id: ProjectId.nullable(),
  name: z.string(),
  createdAt: ms,
  retention: z.number().int().nullable().optional().describe('For how many days history is kept; none: for ever'),
  lostAfter: LostAfter.optional(),
  frozen: Frozen.nullable().optional().describe('Who has frozen it; none: nobody has'),
  tasks: z.record(TaskId, Task),
  sessions: z.record(SessionId, Session),
  spawners: z.record(SpawnerId, Spawner),
  live: z.record(SessionId, z.literal(true)).describe('Sessions that have not ended: what the clock looks at'),
  missed: Missed.optional().describe(
    'Hook events that are not in the log, those of no known session included; absent: none',
  ),
  changes: z.array(Change).optional().describe('What people did last to tasks, oldest first; absent: not kept yet'),
  usage: z
    .record(z.string(), ModelUsage)
    .optional()
    .describe('Tokens by model of all sessions there ever were; absent: not kept yet'),
  forgotten: z
    .record(SessionId, SessionUsage.shape.models)
    .optional()
    .describe('Tokens by model of the last sessions started by hand that were forgotten; absent: none'),
})

export type Subtask = z.infer<typeof Subtask>
export type Attempt = z.infer<typeof Attempt>
export type Task = z.infer<typeof Task>
export type TaskStatus = z.infer<typeof TaskStatus>
export type Priority = z.infer<typeof Priority>
export type Role = z.infer<typeof Role>
export type Session = z.infer<typeof Session>
export type SessionStatus = z.infer<typeof SessionStatus>
export type Outcome = z.infer<typeof Outcome>
export type OpenCall = z.infer<typeof OpenCall>
export type NeedsYou = z.infer<typeof NeedsYou>
export type Spawner = z.infer<typeof Spawner>
export type Workplace = z.infer<typeof Workplace>
export type Place = z.infer<typeof Place>
export type TaskStep = z.infer<typeof TaskStep>
export type SubtaskStep = z.infer<typeof SubtaskStep>
export type Change = z.infer<typeof Change>
export type Frozen = z.infer<typeof Frozen>
export type Project = z.infer<typeof Project>

/** A project as an earlier version kept it, with what has come to be known since. In place. */
export function withDefaults(project: Project): Project {
  for (const task of Object.values(project.tasks)) task.acceptance ??= ''
  for (const session of Object.values(project.sessions)) {
    session.skills ??= []
    session.label ??= null
    if (session.usage) session.usage.models ??= oldModels(session.usage)
  }
  project.usage ??= sumOf(Object.values(project.sessions))
  for (const spawner of Object.values(project.spawners)) fillIn(spawner)
  return project
}

/** What entries lack of the time before sessions had it. */
export const ofOld = { skills: [], label: null }

/** What is known of a machine, with what an earlier version did not ask. In place. */
export function fillIn(spawner: Spawner): Spawner {
  spawner.skills ??= []
  spawner.labels ??= []
  spawner.connected ??= true
  spawner.ownName ??= null
  spawner.draining ??= null
  spawner.revoked ??= null
  return spawner
}

/** Tokens were counted without saying of which model. */
const oldModels = ({ inputTokens, outputTokens }: SessionUsage) => ({
  unknown: { ...noUsage(), input: inputTokens, output: outputTokens },
})

function sumOf(sessions: Session[]): NonNullable<Project['usage']> {
  const sum = {}
  for (const { usage } of sessions) if (usage) addModels(sum, usage.models)
  return sum
}

/** Whether it is frozen, sessions that have not ended, and hook events that never came into the log. */
export const countsIn = ({ live, frozen, missed: { dropped, setAside } = { dropped: 0, setAside: 0 } }: Project) => ({
  frozen: frozen ? 1 : 0,
  live: Object.keys(live).length,
  dropped,
  setAside,
})

/** Made anew at each call: a project is evolved in place. */
export function emptyProject(): Project {
  return { id: null, name: '', createdAt: 0, tasks: {}, sessions: {}, spawners: {}, live: {}, changes: [], usage: {} }
}
