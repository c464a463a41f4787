import * as z from 'zod'
import { SessionId, TaskId } from './ids.ts'
import { Session } from './model.ts'

// What is answered of history, as schemas: see answers.ts.

const ms = z.number().int()

export const historyAnswers = {
  'history.search': z.object({
    items: z.array(
      z.object({
        seq: z.number().int().describe('Its place in the log'),
        at: ms,
        by: z.string(),
        type: z.string(),
        text: z.string().describe('The part of it in which the words are'),
        session: SessionId.nullable(),
        task: TaskId.nullable(),
      }),
    ),
    before: z.number().int().nullable().describe('Where the next page begins; null: there is none'),
  }),
  'history.sessions': z.object({ items: z.array(Session), cursor: z.string().nullable() }),
  'history.tools': z.object({
    from: z.string(),
    to: z.string(),
    items: z.array(
      z.object({
        day: z.string(),
        agent: z.string(),
        tool: z.string(),
        calls: z.number().int(),
        failures: z.number().int(),
        ms: z.number().int().describe('How long all calls took together'),
      }),
    ),
  }),
}
