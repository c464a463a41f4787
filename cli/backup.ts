import type { Command } from 'commander'
import * as z from 'zod'
import { ProjectId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'

const BackedUp = z.object({
  file: z.string().nullable(),
  projects: z.array(
    z.object({
      project: ProjectId,
      name: z.string(),
      since: z.number().int().describe('It begins after this entry; above 0, what is older was deleted: no restore'),
      entries: z.number().int(),
    }),
  ),
  entries: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string().describe('Of all that is before its last line, which says it too'),
})

const WHAT = `The system stays up: each project is written as it was at one moment, the moments of two projects may differ.
Keys are not in it: whoever reads the file gets in nowhere, and whoever changes it lets nobody in. After
\`maestro restore\` the new home has its own, and others need new ones (\`maestro key create\`). Nor is what is on the
machine alone: config, the policy of its spawner, terminals.`

/** `maestro backup`: all projects in one file. */
export function backup(context: Context): Command {
  return written(
    context,
    'backup',
    'Write all projects, with all their history, to a file for `maestro restore`',
    {
      options: [['--out <file>', 'Where to (default: standard output)']],
      about: WHAT,
      examples: ['maestro backup --out maestro.ndjson', 'maestro backup > maestro.ndjson'],
      output: BackedUp,
      who: 'person',
    },
    async (_, { out }) => (await import('./backup-projects.ts')).backupProjects(context, out),
  )
}
