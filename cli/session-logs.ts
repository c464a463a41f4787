import type { Command } from 'commander'
import * as z from 'zod'
import { projectRouteAnswers } from '../protocol/answers.ts'
import { projectRoutes } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { SessionId } from '../protocol/ids.ts'
import { checked } from './checked.ts'
import type { Context } from './context.ts'
import { fieldsOf } from './field.ts'
import { written } from './noun.ts'

/** A page of a session's log: the newest `limit`, those before `before`, or those after `since`. */
export type Page = { session: SessionId; limit: number; since?: number; before?: number }

/** What `--terminal` answers with. */
const Terminal = z.object({
  session: SessionId,
  cols: z.number().int(),
  rows: z.number().int(),
  exit: z.object({ code: z.number().int().nullable(), signal: z.string().nullable() }).nullable(),
  text: z.string().describe('What it shows, and what has scrolled away above that'),
})

/** `maestro session logs`: what a session did, in lines; or what its terminal shows, as text. */
export function sessionLogs(context: Context): Command {
  return written(
    context,
    'logs',
    'What a session did, line by line, or what is in its terminal',
    {
      args: [['<session>', 'The session']],
      options: [
        ['--follow', 'Go on with what comes, until the session has ended'],
        ['--terminal', 'What its terminal shows, and what has scrolled away, as text'],
        ['--since <seq>', 'Only what came after this entry'],
        ['--before <seq>', 'Only what came before this entry'],
        ['--limit <number>', 'How many at most (default: 100)'],
      ],
      examples: [
        'maestro session logs sess_9vk3n2aq',
        'maestro session logs sess_9vk3n2aq --follow --json',
        'maestro session logs sess_9vk3n2aq --terminal',
      ],
      output: z.union([projectRouteAnswers['entry.list'], Terminal]),
      who: 'read',
    },
    async ([session], { follow, terminal, ...range }) => {
      if (follow && terminal) {
        refuse('invalid_input', 'A terminal is followed by attaching to it', {
          field: 'follow',
          suggestion: `maestro session attach ${session}`,
        })
      }
      const { input } = projectRoutes['entry.list']
      const page = (await checked(context, input, fieldsOf(input), { ...range, session }, {})) as Page // by its schema, and `session` is given
      if (terminal) return (await import('./terminal-text.ts')).terminalText(context, page.session)
      const logs = await import('./session-log.ts')
      return follow ? logs.follow(context, page) : logs.show(context, page)
    },
  )
}
