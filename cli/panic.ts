import type { Command } from 'commander'
import * as z from 'zod'
import type { Client } from '../client/client.ts'
import { MaestroError } from '../protocol/errors.ts'
import { ProjectId, SessionId, type SpawnerId } from '../protocol/ids.ts'
import { type Context, found, type Result } from './context.ts'
import { count } from './look.ts'
import { written } from './noun.ts'
import { spawnerHere } from './spawner-here.ts'

/** What a server that is slow or away may add (ms) to a panic. All that is here is done by then. */
const SERVER_MS = 5_000

const Panic = z.object({
  ok: z.boolean().describe('Nothing that was started here runs any more'),
  over: z.boolean(),
  ended: z.array(SessionId).describe('Sessions that ran here'),
  left: z.array(z.number().int()).describe('Processes that could not be ended'),
  frozen: z.array(ProjectId).describe('Projects of this machine that are frozen on the server'),
  server: z.string().nullable().describe('Why the server was not told; null: it was, or need not be'),
})

/** `maestro panic`: everything that agents do on this machine ends now, and nothing begins, whatever the server says. */
export function panic(context: Context): Command {
  return written(
    context,
    'panic',
    'End every agent on this machine at once, and start none until it is over',
    {
      options: [
        ['--reason <text>', 'Why, for everybody to read'],
        ['--over', 'It is over: agents may be started here again'],
      ],
      about:
        'Needs no server and no daemon. Where the server can be reached, the projects of this machine are frozen too.',
      examples: ['maestro panic', 'maestro panic --reason "It deletes files"', 'maestro panic --over'],
      output: Panic,
      who: 'owner',
      verdict: true,
    },
    (_, { reason, over }) => (over ? calm(context) : strike(context, String(reason ?? ''))),
  )
}

async function strike(context: Context, reason: string): Promise<Result> {
  const [{ panic }, { homeAt }] = await Promise.all([
    import('../local-spawner/panic.ts'),
    import('../local-spawner/home.ts'),
  ])
  const { ended, left } = await panic(homeAt(context.settings.home.root), reason)
  const { frozen, server } = await freezeAll(context, reason ? `panic: ${reason}` : 'panic')
  const data = { ok: left.length === 0, over: false, ended, left, frozen, server }
  const next = left.length ? [`kill -9 ${left.join(' ')}`] : ['maestro panic --over']
  return {
    ...found(
      data,
      (_, { paint }) => {
        const lines = [
          `${paint.green('✓')} ${count(ended.length, 'session')} ended here; none is started until it is over`,
        ]
        if (left.length)
          lines.unshift(
            paint.red(`✗ ${count(left.length, 'process', 'processes')} cannot be ended: ${left.join(', ')}`),
          )
        if (server) lines.push(paint.yellow(`The server was not told: ${server}`))
        else lines.push(`${count(frozen.length, 'project')} frozen on the server`)
        return lines.join('\n')
      },
      next,
    ),
    exit: data.ok ? 0 : 1,
  }
}

async function calm(context: Context): Promise<Result> {
  const [{ endPanic }, { homeAt }] = await Promise.all([
    import('../local-spawner/panic.ts'),
    import('../local-spawner/home.ts'),
  ])
  const was = endPanic(homeAt(context.settings.home.root))
  const data = { ok: true, over: true, ended: [], left: [], frozen: [], server: null }
  const text = was ? 'Agents may be started here again; projects stay frozen' : 'There was no panic'
  return found(data, (_, { paint }) => `${was ? paint.green('✓') : paint.dim('–')} ${text}`, ['maestro project thaw'])
}

/** Never fails: what the server does not hear, this machine does all the same. */
async function freezeAll(context: Context, reason: string): Promise<{ frozen: ProjectId[]; server: string | null }> {
  try {
    context.hasten(SERVER_MS)
    const me = spawnerHere(context.settings.home)
    const { items } = await context.server.ask('project.list', {})
    const frozen = await Promise.all(
      items.map(({ id }) => freezeIfMine(context.server.with({ project: id }), me, reason)),
    )
    return { frozen: frozen.filter((id) => id !== undefined), server: null }
  } catch (error) {
    if (error instanceof MaestroError) return { frozen: [], server: error.message }
    throw error
  }
}

/** A project is this machine's where it has connected to it. */
async function freezeIfMine(client: Client, me: SpawnerId, reason: string): Promise<ProjectId | undefined> {
  const { items } = await client.query('spawner.list', {})
  if (!items.some(({ id }) => id === me)) return undefined
  await client.execute('project.freeze', { reason })
  return client.options.project
}
