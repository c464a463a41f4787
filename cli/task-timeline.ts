import type { Command } from 'commander'
import { projectRoutes } from '../protocol/directory.ts'
import { type Context, found } from './context.ts'
import { entryLine } from './entry-text.ts'
import { ownTask } from './own.ts'
import { verb } from './verb.ts'
import { visible } from './visible.ts'

/** `maestro task timeline`: what happened to a task, the newest page of it, oldest first. */
export function timeline(context: Context): Command {
  const spec = projectRoutes['entry.list']
  return verb(context, spec, 'entry.list', async (input) => (await context.project()).askProject('entry.list', input), {
    verb: 'timeline',
    summary: 'What happened to a task: notes, changes, and the sessions that worked on it',
    args: ['task'],
    own: (context) => ownTask(context, 'maestro task timeline'),
    omit: ['session'],
    examples: ['maestro task timeline task_4hq1w8ze', 'maestro task timeline task_4hq1w8ze --before 4711 --json'],
    result: async ({ entries, more }, { task, since }, context) => {
      const project = context.flags.json ? undefined : visible(await context.snapshot())
      const title = project?.tasks[task!]?.title // `own` or the position gave it
      const [first, last] = [entries[0]?.seq, entries.at(-1)?.seq]
      const place = since === undefined ? `--before ${first}` : `--since ${last}`
      return found(
        { entries, more },
        ({ entries }, look) =>
          entries.map((entry) => entryLine(entry, project!, look, 'actor', title && `${title} · `)).join('\n'),
        more ? [`maestro task timeline ${task} ${place}`] : [],
      )
    },
  })
}
