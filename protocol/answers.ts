import * as z from 'zod'
import { actorKinds, scopes } from './actor.ts'
import { historyAnswers } from './history-answers.ts'
import { ProjectId, SessionId, SpawnerId, TaskId } from './ids.ts'
import { Priority, Project, Session, Spawner, Subtask, Task, TaskStatus } from './model.ts'
import { ModelUsage, usageBy } from './usage.ts'

// What is answered, as schemas: OpenAPI and the CLI's own schema are read off these. The browser needs only their types.

const ms = z.number().int()
const cursor = z.string().nullable().describe('Where the next page begins; null: there is none')
const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), cursor })
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

/** One line of the log, as the wire has it. What its `data` holds follows from its type (protocol/project.ts). */
export const EntryFacts = z.object({
  seq: z.number().int().describe('Its place in the log, without gaps'),
  id: z.string(),
  at: ms.describe('ms since 1970'),
  by: z.string().describe('Who: a session, a spawner, person:name or maestro'),
  type: z.string().describe('noun:verb'),
  event: z.string().describe('The same as type'),
  data: z.record(z.string(), z.unknown()),
})

/** What a change answers with. */
export const Done = z.object({
  entries: z.array(EntryFacts).describe('What it brought about; empty when everything was so already'),
  duplicate: z.boolean().describe('The same request was answered before, and this is that answer'),
})

export const ProjectFacts = z.object({
  id: ProjectId,
  name: z.string(),
  createdAt: ms,
  needsYou: z.number().int().describe('Sessions that wait for somebody'),
  running: z.number().int(),
})

/** A key as its owner may see it: everything but the secret. */
export const KeyFacts = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  project: ProjectId.nullable(),
  scopes: z.array(z.enum(scopes)).readonly(),
  createdAt: ms,
  expiresAt: ms.nullable(),
  lastUsedAt: ms.nullable(),
  revokedAt: ms.nullable(),
})

export const Whoami = z.object({
  kind: z.enum(actorKinds),
  name: z.string(),
  key: z.string().describe('The id of the key, not its secret'),
  scopes: z.array(z.enum(scopes)).readonly(),
  project: ProjectId.nullable(),
  session: SessionId.nullable(),
  spawner: SpawnerId.nullable(),
  version: z.string(),
  mode: z.string(),
})

/** How far an import has come. */
export const Taken = z.object({
  head: z.number().int().describe('The last entry that is there'),
  whole: z.boolean().describe('All of it is there, and the project with it'),
  name: z.string(),
})

/** What became of one reported event; each of the three means that the reporter may forget it. */
export const HookResult = z.object({
  id: z.string(),
  result: z.enum(['stored', 'duplicate', 'quarantined']),
  message: z.string().optional(),
})

const taskIds = z.array(TaskId)

export const GraphNode = z.object({
  id: TaskId,
  title: z.string(),
  status: TaskStatus,
  priority: Priority,
  assignee: SessionId.nullable(),
  needs: taskIds,
  waitsFor: taskIds.describe('What it needs that is not done'),
  ready: z.boolean().describe('It could start now'),
  level: z.number().int().describe('How many steps lie before it'),
  critical: z.boolean().describe('It is on the critical path'),
  stuck: taskIds.describe('Why it waits without end: needs that are cancelled, or stuck themselves'),
})

/** Tasks by what waits for what. */
export const TaskGraph = z.object({
  nodes: z.array(GraphNode).describe('In order'),
  order: taskIds.describe('Each after all it needs, the most urgent first'),
  ready: taskIds.describe('What could start now, the best first'),
  criticalPath: taskIds.describe('The longest chain of what is not finished: no plan is done sooner'),
})
export type GraphNode = z.infer<typeof GraphNode>
export type TaskGraph = z.infer<typeof TaskGraph>

/** Tokens of one thing, and what they are estimated to cost. */
const Spent = z.object({
  tokens: ModelUsage,
  cost: z.number().nullable().describe('US dollars, an estimate; null: no price is known'),
  unpriced: z.record(z.string(), z.number()).describe('Tokens by model whose price is not known: not in the cost'),
})

const UsageRow = Spent.extend({
  id: z.string().describe('Of the session or the task, or the name of the model; none: work on no task'),
  name: z.string(),
  models: z.array(z.string()),
})

const PriceSource = z.object({ of: z.string(), url: z.string(), date: z.string() })

/** What sessions, tasks or models have used, with an estimate of what it cost. */
export const UsageReport = z.object({
  by: z.enum(usageBy),
  items: z.array(UsageRow).describe('The most expensive first'),
  total: Spent.describe('Of all there ever was in the project, or of what was asked for'),
  cursor,
  prices: z
    .object({ date: z.string(), sources: z.array(PriceSource) })
    .describe('The table that the estimate is made with'),
})

/** The answers to what only reads a project, by the names in protocol/queries.ts. */
export const queryAnswers = {
  'project.show': Project,
  'task.list': pageOf(Task),
  'task.graph': TaskGraph,
  'task.show': Task,
  'subtask.list': listOf(Subtask),
  'session.list': pageOf(Session),
  'session.show': Session,
  'usage.show': UsageReport,
  'spawner.list': listOf(Spawner),
}

/** The Worker's own answers, by the names in protocol/directory.ts. */
export const directoryAnswers = {
  whoami: Whoami,
  'sign-in': z.object({ key: z.string(), name: z.string(), expiresAt: ms }),
  'link.create': z.object({ token: z.string(), expiresAt: ms }),
  'project.list': listOf(ProjectFacts),
  'project.new': z.object({ project: ProjectId }),
  'project.import': Taken,
  'key.list': listOf(KeyFacts),
  'key.create': KeyFacts.extend({ key: z.string().describe('The secret, shown this once') }),
  'key.revoke': z.object({ closed: z.number().int().describe('Connections that ended with it') }),
  'enrolment.show': z.object({
    project: ProjectId,
    projectName: z.string(),
    invitedBy: z.string(),
    name: z.string().nullable().describe('What the machine is to be called; null: what it calls itself'),
    expiresAt: ms,
    version: z.string().describe('Of Maestro, on the server'),
  }),
  'enrolment.use': z.object({
    key: z.string().describe('The key of the machine, shown this once'),
    spawner: SpawnerId,
    project: ProjectId,
    expiresAt: ms,
  }),
  'hook.event': z.object({ results: z.array(HookResult) }),
  metrics: z.string(),
  openapi: z.record(z.string(), z.unknown()),
}

export const projectRouteAnswers = {
  ticket: z.object({ ticket: z.string(), expiresAt: ms }),
  'spawner.invite': z.object({
    key: z.string().describe('Good once, shown this once'),
    id: z.string().describe('Of the key: `maestro key revoke` ends it unused'),
    expiresAt: ms,
  }),
  'session.keys': z.object({ session: z.string(), hook: z.string() }),
  'entry.list': z.object({
    entries: z.array(EntryFacts),
    more: z.boolean(),
    begins: z
      .number()
      .int()
      .describe('The oldest entry there is; those before it were deleted by the retention of the project'),
  }),
  ...historyAnswers,
  'log.show': z.object({
    head: z.number().int().describe('The last entry'),
    begins: z.number().int().describe('The oldest entry there is'),
    epoch: z.string().describe('Another log of the same project has another'),
  }),
}
