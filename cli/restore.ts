import type { Command } from 'commander'
import * as z from 'zod'
import { ProjectId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'

const Restored = z.object({
  file: z.string(),
  projects: z.array(
    z.object({
      project: ProjectId,
      name: z.string(),
      entries: z.number().int(),
      duplicate: z.boolean().describe('It had been restored before, and nothing was changed'),
    }),
  ),
  left: z
    .array(z.object({ project: ProjectId, name: z.string(), since: z.number().int() }))
    .describe('Not restored: their history had begun after an entry, as what was older was deleted'),
  entries: z.number().int(),
})

const WHAT = `The system must be up, in a home that has no projects yet: \`maestro up --home <folder>\`. The file is read to
its end and checked before anything is sent. Every project is what it was, its id too; only what ran there does not run
here: sessions end, as lost, and their tasks are free again. Interrupted, the same command goes on where it was.`

/** `maestro restore`: all projects of a file that `maestro backup` wrote. */
export function restore(context: Context): Command {
  return written(
    context,
    'restore',
    'Bring all projects of a file that `maestro backup` wrote to a server that has none',
    {
      args: [['<file>', 'What maestro backup wrote']],
      about: WHAT,
      examples: ['maestro restore maestro.ndjson'],
      output: Restored,
      who: 'project:write',
    },
    async ([file]) => (await import('./restore-projects.ts')).restoreProjects(context, file!),
  )
}
