import type { Command } from 'commander'
import * as z from 'zod'
import { ProjectId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'

const Imported = z.object({
  file: z.string(),
  project: ProjectId.describe('The new one'),
  name: z.string(),
  from: ProjectId.describe('The one that the file was written of'),
  entries: z.number().int(),
  duplicate: z.boolean().describe('It had been imported before, and nothing was changed'),
})

const WHAT = `The file is read to its end and checked before anything is sent. The project gets an id of its own, so it can
stand beside the one it was written of; all else is as it was, each entry with its number, its time and who did it. What
ran there does not run here: its sessions end, as lost, and their tasks are free again. Interrupted, the same command
goes on where it was; the same file again changes nothing. A project that is not all there yet is in no list.`

/** `maestro import`: a project made of a file that `maestro export` wrote. */
export function importLog(context: Context): Command {
  return written(
    context,
    'import',
    'Make a project of a file that `maestro export` wrote, with all its history',
    {
      args: [['<file>', 'What maestro export wrote']],
      options: [['--name <name>', 'What to call it (default: as it was called)']],
      about: WHAT,
      examples: ['maestro import shop.ndjson', 'maestro import shop.ndjson --name "Shop, as it was in May"'],
      output: Imported,
      who: 'project:write',
    },
    async ([file], { name }) => {
      const { importProject } = await import('./import-project.ts')
      return importProject(context, file!, name === undefined ? undefined : String(name))
    },
  )
}
