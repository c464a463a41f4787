import type { Command } from 'commander'
import type * as z from 'zod'
import { projectRouteAnswers } from '../protocol/answers.ts'
import { type ProjectAnswer, projectRoutes } from '../protocol/directory.ts'
import { type Context, found } from './context.ts'
import { entryLine } from './entry-text.ts'
import { ownTask } from './own.ts'
import { verb } from './verb.ts'
import { visible } from './visible.ts'

type Page = ProjectAnswer['entry.list']

/** `maestro task timeline`: what happened to a task, the newest page of it, oldest first. */
export function timeline(context: Context): Command {
  const spec = projectRoutes['entry.list']
  const ask = async (input: z.output<typeof spec.input>): Promise<Page> =>
    (await context.project()).askProject('entry.list', input)
  return verb(context, spec, 'entry.list', ask, {
    verb: 'timeline',
    summary: 'What happened to a task: notes, changes, and the sessions that worked on it',
    args: ['task'],
    own: (context) => ownTask(context, 'maestro task timeline'),
    omit: ['session'],
    output: projectRouteAnswers['entry.list'],
    examples: ['maestro task timeline task_4hq1w8ze', 'maestro task timeline task_4hq1w8ze --before 4711 --json'],
    result: async ({ entries, more, begins }, { task, since }, context) => {
      const project = context.flags.json ? undefined : visible(await context.snapshot())
      const title = project?.tasks[task!]?.title // `own` or the position gave it
      const [first, last] = [entries[0]?.seq, entries.at(-1)?.seq]
      const place = since === undefined ? `--before ${first}` : `--since ${last}`
      return found(
        { entries, more, begins },
        ({ entries }, look) =>
          entries.map((entry) => entryLine(entry, project!, look, 'actor', title && `${title} · `)).join('\n'),
        more ? [`maestro task timeline ${task} ${place}`] : [],
      )
    },
  })
}
