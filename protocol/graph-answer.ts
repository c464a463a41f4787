import * as z from 'zod'
import { SessionId, TaskId } from './ids.ts'
import { Priority, TaskStatus } from './model.ts'

// Beside the rules that make it, not among them: a browser takes the rules and can do without what checks their answer.

const ids = z.array(TaskId)

const GraphNode = z.object({
  id: TaskId,
  title: z.string(),
  status: TaskStatus,
  priority: Priority,
  assignee: SessionId.nullable(),
  needs: ids,
  waitsFor: ids.describe('What it needs that is not done'),
  ready: z.boolean().describe('It could start now'),
  level: z.number().int().describe('How many steps lie before it'),
  critical: z.boolean().describe('It is on the critical path'),
  stuck: ids.describe('Why it waits without end: needs that are cancelled, or stuck themselves'),
})

/** Tasks by what waits for what. */
export const TaskGraph = z.object({
  nodes: z.array(GraphNode).describe('In order'),
  order: ids.describe('Each after all it needs, the most urgent first'),
  ready: ids.describe('What could start now, the best first'),
  criticalPath: ids.describe('The longest chain of what is not finished: no plan is done sooner'),
})
export type GraphNode = z.infer<typeof GraphNode>
export type TaskGraph = z.infer<typeof TaskGraph>
