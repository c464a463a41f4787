import type { Command } from 'commander'
import * as z from 'zod'
import { ProjectId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'
import { wholeNumber } from './whole-number.ts'

const Exported = z.object({
  file: z.string().nullable(),
  project: ProjectId,
  name: z.string(),
  since: z.number().int(),
  head: z.number().int().describe('Its last entry'),
  entries: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string().describe('Of all that is before its last line, which says it too'),
})

const FORMAT = `A line of JSON per entry, as \`maestro watch --json\` has them. The first line says what it is, the last how many
entries there are and the SHA-256 of all before it, so that a file which was cut off or changed is not taken for whole.
It has what agents did, as the log keeps it: give it only to whom you would let read the project.`

/** `maestro export`: the log of a project as a file that can be read anywhere, and brought in again. */
export function exportLog(context: Context): Command {
  return written(
    context,
    'export',
    'Write the log of a project to a file, for `maestro import` or for tools of your own',
    {
      options: [
        ['--out <file>', 'Where to (default: standard output)'],
        ['--since <seq>', 'Only what came after this entry; what lacks the beginning cannot be imported'],
      ],
      about: FORMAT,
      examples: [
        'maestro export --out shop.ndjson',
        'maestro export --project "Date library" > dates.ndjson',
        'maestro export --out new.ndjson --since 4711 --json',
      ],
      output: Exported,
      who: 'read',
    },
    async (_, { out, since = '0' }) => {
      const from = wholeNumber('since', String(since), 0, 'maestro export')
      const { exportProject } = await import('./export-project.ts')
      return exportProject(context, out, from)
    },
  )
}
