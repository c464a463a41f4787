import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { ProjectId } from '../protocol/ids.ts'
import { commands } from '../protocol/project.ts'
import { type Context, found } from './context.ts'
import { count } from './look.ts'
import { written } from './noun.ts'

const { input } = commands['project.edit']
const Edited = z.object({
  project: ProjectId,
  name: z.string(),
  retention: z.number().int().nullable().describe('Days; null: for ever'),
})

/** `maestro project edit`: its name, and how long its history is kept. */
export function projectEdit(context: Context): Command {
  return written(
    context,
    'edit',
    'Change what a project is called, or how long its history is kept',
    {
      options: [
        ['--name <name>', 'What people call it'],
        ['--retention <days>', 'For how many days history is kept; forever: it is never deleted'],
      ],
      about: 'What is older is deleted for good; how often tools were used stays.',
      examples: ['maestro project edit --name "Date library"', 'maestro project edit --retention 90'],
      output: Edited,
      who: 'project:write',
    },
    async (_, { name, retention }) => {
      const client = await context.project()
      await client.execute('project.edit', changesOf(name, retention))
      const now = await client.query('project.show', {})
      return found({ project: now.id!, name: now.name, retention: now.retention ?? null }, (edited, { paint }) => {
        const kept = edited.retention === null ? 'for ever' : count(edited.retention, 'day')
        return `${paint.green('✓')} ${edited.name}: history is kept ${kept}`
      })
    },
  )
}

function changesOf(name: unknown, retention: unknown): z.output<typeof input> {
  if (name === undefined && retention === undefined)
    refuse('invalid_input', 'Nothing is to be changed', { suggestion: 'maestro project edit --help' })
  const days = retention === 'forever' ? null : Number(retention)
  const parsed = input.safeParse({ name, ...(retention !== undefined && { retention: days }) })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = String(issue!.path[0])
  const wrong = field === 'retention' ? 'is a number of days from 1 to 36500, or forever' : `: ${issue!.message}`
  refuse('invalid_input', `--${field} ${wrong}`, { field })
}
