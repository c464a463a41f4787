import type { Command } from 'commander'
import * as z from 'zod'
import { lostMs } from '../protocol/clock.ts'
import { refuse } from '../protocol/errors.ts'
import { ProjectId } from '../protocol/ids.ts'
import { commands } from '../protocol/project.ts'
import { type Context, found } from './context.ts'
import { duration, shortDuration } from './duration.ts'
import { count } from './look.ts'
import { written } from './noun.ts'

const { input } = commands['project.edit']
const Edited = z.object({
  project: ProjectId,
  name: z.string(),
  retention: z.number().int().nullable().describe('Days; null: for ever'),
  lostAfter: z.number().int().describe('Seconds that a machine may be away before its sessions are lost'),
})

/** `maestro project edit`: its name, how long its history is kept, when sessions are given up. */
export function projectEdit(context: Context): Command {
  return written(
    context,
    'edit',
    commands['project.edit'].summary,
    {
      options: [
        ['--name <name>', 'What people call it'],
        ['--retention <days>', 'For how many days history is kept; forever: it is never deleted'],
        ['--lost-after <duration>', 'Give sessions up whose machine is away for so long, like 90s or 2h (default: 5m)'],
      ],
      about: 'What is older is deleted for good; how often tools were used stays.',
      examples: [
        'maestro project edit --name "Date library"',
        'maestro project edit --retention 90',
        'maestro project edit --lost-after 30m',
      ],
      output: Edited,
      who: 'project:write',
    },
    async (_, { name, retention, lostAfter }) => {
      const client = await context.project()
      await client.execute('project.edit', changesOf(name, retention, lostAfter))
      const now = await client.query('project.show', {})
      const lost = lostMs(now) / 1_000
      const facts = { project: now.id!, name: now.name, retention: now.retention ?? null, lostAfter: lost }
      return found(facts, (edited, { paint }) => {
        const kept = edited.retention === null ? 'for ever' : count(edited.retention, 'day')
        const lost = shortDuration(edited.lostAfter * 1_000)
        return `${paint.green('✓')} ${edited.name}: history is kept ${kept}; a session is lost when its machine is away for ${lost}`
      })
    },
  )
}

function changesOf(name: unknown, retention: unknown, lostAfter: unknown): z.output<typeof input> {
  if (name === undefined && retention === undefined && lostAfter === undefined)
    refuse('invalid_input', 'Nothing is to be changed', { suggestion: 'maestro project edit --help' })
  const days = retention === 'forever' ? null : Number(retention)
  const parsed = input.safeParse({
    name,
    ...(retention !== undefined && { retention: days }),
    ...(lostAfter !== undefined && { lostAfter: Math.round(duration('lost-after', String(lostAfter)) / 1_000) }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = String(issue!.path[0])
  const wrong = limits[field]
  refuse('invalid_input', wrong ?? `--${field}: ${issue!.message}`, { field })
}

const limits: Record<string, string> = {
  retention: '--retention is a number of days from 1 to 36500, or forever',
  lostAfter: '--lost-after is a duration from 1s to 30d',
}
