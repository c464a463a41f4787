import * as z from 'zod'
import type { Table } from './declare.ts'
import { refuse } from './errors.ts'
import { events } from './project.ts'

const day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'a day is written like 2026-11-27')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'there is no such day')
const limit = z.coerce.number().int().min(1).max(100).default(50).describe('How many at most')

/** What is asked of what happened, however long ago. */
export const historyRoutes = {
  'history.search': {
    summary: 'Find words in what agents did, were asked, reported and planned, the newest first',
    method: 'GET',
    path: '/history/search',
    scope: 'read',
    input: z.object({
      text: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .describe('Words that must all be there; one of 3 letters or more may be the beginning of one'),
      before: z.coerce.number().int().min(1).optional().describe('Only what came before this entry'),
      limit,
    }),
  },
  'history.sessions': {
    summary: 'Sessions that have ended, the last to end first',
    method: 'GET',
    path: '/history/sessions',
    scope: 'read',
    input: z.object({ limit, cursor: z.string().max(200).optional().describe('Where the page before ended') }),
  },
  'history.tools': {
    summary: 'How often tools were used, by day (UTC) and agent',
    method: 'GET',
    path: '/history/tools',
    scope: 'read',
    input: z.object({
      from: day.optional().describe('The first day, like 2026-11-01'),
      to: day.optional().describe('The last day'),
    }),
  },
} as const satisfies Table

/** The types of entries that `prefix` stands for: `hook`, `hook:tool` or `task:created`. */
export function typesLike(prefix: string): string[] {
  const known = Object.keys(events)
  const types = known.filter((type) => type.startsWith(prefix))
  if (types.length) return types
  const nounOf = (type: string) => type.split(':')[0]!
  const isNoun = known.some((type) => nounOf(type) === nounOf(prefix))
  refuse('invalid_input', `There are no entries of type ${prefix}`, {
    field: 'type',
    validValues: isNoun ? known : [...new Set(known.map(nounOf))],
  })
}
