import type { Command } from 'commander'
import * as z from 'zod'
import { MaestroError } from '../protocol/errors.ts'
import { SessionId } from '../protocol/ids.ts'
import { Role, type Session, type Task } from '../protocol/model.ts'
import { NoSuchChoice } from '../protocol/validate.ts'
import type { Known } from '../skills/prime.ts'
import { type Context, found } from './context.ts'
import { keyPlaces } from './key-choice.ts'
import { written } from './noun.ts'

/** Nobody who is not in a session waits longer for it (ms), the start of the process included; the server is given so long at least. */
const PATIENCE = 850
const LEAST = 200
/** An agent that was just compacted has nothing else to go by: a busy machine is waited for (ms). */
const IN_SESSION = 5_000

const Primed = z.object({
  session: SessionId.nullable(),
  role: Role,
  lines: z.array(z.string()).describe('Who it is, its tasks, and how things stand'),
  commands: z.array(z.object({ when: z.string(), run: z.string() })).describe('The last one finishes'),
})

/** `maestro prime`: what a session should know, at any time, in 300 tokens at most. */
export function prime(context: Context): Command {
  return written(
    context,
    'prime',
    'What a session should know: who it is, its task, how things stand, the exact commands; outside a project nothing',
    {
      options: [['--role <role>', 'As an agent in this role is told (default: that of this session)']],
      examples: ['maestro prime', 'maestro prime --role orchestrator --json'],
      output: Primed.nullable(),
      who: 'anyone',
    },
    async (_, { role }) => {
      const known = await look(context, roleOf(context, role))
      if (!known) return found(null, () => '')
      const { primer, sayPrimer } = await import('../skills/prime.ts')
      const { lines, commands } = primer(known)
      const allowed = commands.filter(({ run }) => context.permits(run))
      const data = { session: known.session?.id ?? null, role: known.role, lines, commands: allowed }
      return found(data, sayPrimer)
    },
  )
}

function roleOf(context: Context, given: unknown): Role {
  if (given === undefined) return context.role ?? 'orchestrator' // a person may do all that one may
  const role = Role.safeParse(given)
  if (role.success) return role.data
  throw new NoSuchChoice('--role', String(given), Role.options)
}

/** What is known of whoever asks; nothing outside a project, whatever the reason: no key, no project, nobody answers. */
async function look(context: Context, role: Role): Promise<Known | undefined> {
  context.hasten(context.role ? IN_SESSION : timeLeft(context))
  try {
    return await ask(context, role)
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError'
    if (!isLate && !(error instanceof MaestroError)) throw error
    if (context.flags.verbose || context.io.env.MAESTRO_DEBUG) context.say(error.message)
    return undefined
  }
}

function timeLeft({ io: { now, began = now() } }: Context): number {
  return Math.max(LEAST, Math.round(PATIENCE - (now() - began)))
}

async function ask(context: Context, role: Role): Promise<Known | undefined> {
  if (keyPlaces(context.settings).length === 0) return undefined
  const id = context.session
  if (role === 'orchestrator' || !id) {
    const project = await context.snapshot()
    const session = id && project.sessions[id]
    const tasks = session ? session.tasks.flatMap((task) => project.tasks[task] ?? []) : []
    return { role, tasks, project, ...(session && { session }) }
  }
  // A worker needs its own alone, however large the project is.
  const project = await context.project()
  const [session, { items }] = await Promise.all([
    project.query('session.show', { session: id }),
    project.query('task.list', { session: id, limit: 100 }),
  ])
  return { role, session, tasks: inOrder(session, items) }
}

/** In the order in which it got them, not that of the board. */
function inOrder({ tasks }: Session, items: Task[]): Task[] {
  return tasks.flatMap((id) => items.find((task) => task.id === id) ?? [])
}
