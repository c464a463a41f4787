import type { Command } from 'commander'
import * as z from 'zod'
import { EntryFacts, projectRouteAnswers } from '../protocol/answers.ts'
import { projectRoutes } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { checked } from './checked.ts'
import type { Context } from './context.ts'
import { fieldsOf } from './field.ts'
import { written } from './noun.ts'
import { knownType, typeOption } from './watch.ts'

/** A page of the log: the newest `limit`, those before `before`, or those after `since`; only what it is about. */
export type Page = { limit: number; since?: number; before?: number; session?: string; task?: string }

const COMMAND = 'maestro logs'

/** `maestro logs`: what has happened in the project, a page at a time. */
export function logs(context: Context): Command {
  return written(
    context,
    'logs',
    'What has happened in the project, the newest page of it',
    {
      options: [
        ['--follow', 'Go on with what comes, until Ctrl-C'],
        ['--session <session>', 'Only what concerns this session'],
        ['--task <task>', 'Only what concerns this task'],
        typeOption(),
        ['--since <seq>', 'Only what came after this entry, the oldest first page of it'],
        ['--before <seq>', 'Only what came before this entry'],
        ['--limit <number>', 'How many at most (default: 100)'],
      ],
      about: `Looks back; maestro watch shows what comes from now on. With --follow it is both: a page, then as maestro watch, with
--json a line per entry. What one session did is in maestro session logs, what became of a task in maestro task timeline.`,
      examples: [
        'maestro logs',
        'maestro logs --type task: --type session:ended --limit 20',
        'maestro logs --before 4711 --json',
        'maestro logs --follow --session sess_9vk3n2aq',
      ],
      output: z.union([projectRouteAnswers['entry.list'], EntryFacts]),
      who: 'read',
    },
    async (_, { follow, type = [], ...range }) => {
      const { input } = projectRoutes['entry.list']
      const page = (await checked(context, input, fieldsOf(input), range, {})) as Page // by its schema
      const types = (type as string[]).map((prefix) => knownType(prefix, COMMAND)) // what may be repeated is a list
      if (follow && page.before !== undefined)
        refuse('invalid_input', 'What came before an entry is not followed', {
          ...{ field: 'before', suggestion: `${COMMAND} --before ${page.before}` },
        })
      const pages = await import('./logs-page.ts')
      return follow ? pages.followLogs(context, page, types) : pages.showLogs(context, page, types)
    },
  )
}
