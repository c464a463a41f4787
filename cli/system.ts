import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { ProjectId, SessionId, TaskId } from '../protocol/ids.ts'
import { type Context, found } from './context.ts'
import { written } from './noun.ts'

/** The one line that says that it is up. */
const Ready = z.object({
  ready: z.literal(true),
  url: z.string(),
  signIn: z.string().describe('A link that signs a browser in, once'),
  pid: z.number().int(),
  ms: z.number().describe('How long it took'),
})
const Down = z.object({ stopped: z.boolean(), pid: z.number().int().nullable(), home: z.string() })
const Opened = z.object({ url: z.string(), expiresAt: z.number(), opened: z.boolean() })
const Demo = z.object({ project: ProjectId, task: TaskId, session: SessionId })

/** `maestro up`: the whole system on this machine, until it is interrupted. */
export function up(context: Context): Command {
  return written(
    context,
    'up',
    'Start the system on this machine, and stay',
    {
      options: [
        ['--port <number>', 'Where to listen; when it is taken, the next free one'],
        ['--no-open', 'Do not show the browser'],
        ['--no-spawner', 'Run no agents on this machine'],
      ],
      examples: ['maestro up', 'maestro up --port 5000 --no-open --json'],
      output: Ready,
      who: 'owner',
      stream: true,
    },
    async (_, { port, open, spawner }) => {
      const { json, home } = context.flags
      const { up } = await import('../embedded/up.ts')
      context.io.takeInterrupts()
      await up({
        open: open === true,
        spawner: spawner === true,
        ...(port !== undefined && { port: portOf(String(port)) }),
        ...(json && { json }),
        ...(home && { home }),
      })
      return undefined // it has said all there is to say while it ran
    },
  )
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  refuse('invalid_input', `--port must be a number up to 65535, not ${text}`, {
    field: 'port',
    suggestion: 'maestro up --port 4747',
  })
}

/** `maestro down`: stops what `maestro up` started with the same home. */
export function down(context: Context): Command {
  const summary = 'Stop the system on this machine; agents go on in their terminals'
  return written(context, 'down', summary, { examples: ['maestro down'], output: Down, who: 'owner' }, async () => {
    const { down } = await import('../embedded/down.ts')
    const { home } = context.settings
    const owner = await down(home)
    return found({ stopped: owner !== undefined, pid: owner?.pid ?? null, home: home.root }, (data, { paint }) =>
      data.stopped ? `${paint.green('✓')} Stopped (process ${data.pid})` : `Nothing runs with ${data.home}`,
    )
  })
}

/** `maestro open`: a link that signs a browser in, once. */
export function open(context: Context): Command {
  return written(
    context,
    'open',
    'Sign a browser in with a new link',
    {
      options: [['--no-open', 'Only say the link']],
      examples: ['maestro open', 'maestro open --no-open'],
      output: Opened,
      who: 'key:manage',
    },
    async (_, { open: show }) => {
      const { url, expiresAt } = await signInLink(context)
      const opened = show === true && !context.flags.json && (await openHere(context, url))
      return found({ url, expiresAt, opened }, ({ url }) => url)
    },
  )
}

/** `maestro demo`: the built-in agent at work, which needs no account. */
export function demo(context: Context): Command {
  const summary = 'Show the built-in demo agent at work'
  return written(
    context,
    'demo',
    summary,
    { examples: ['maestro demo', 'maestro demo --project "Date library"'], output: Demo, who: 'owner' },
    async () => {
      const { startDemo } = await import('../client/demo.ts')
      const client = context.flags.project ? await context.project() : context.server
      const demo = await startDemo(client)
      const next = [`maestro session show ${demo.session} --project ${demo.project}`, 'maestro open']
      const text = `The demo agent ${demo.session} is asked for on ${demo.task}`
      return found(demo, (_, { paint }) => `${paint.green('✓')} ${text}`, next)
    },
  )
}

/** A link that signs one browser in, once. */
export async function signInLink({ server, settings }: Context): Promise<{ url: string; expiresAt: number }> {
  const { token, expiresAt } = await server.ask('link.create', {})
  return { url: `${settings.url}/sign-in#t=${token}`, expiresAt }
}

/** Shows a page in the browser of this machine; answers whether it has one. */
export async function openHere({ io }: Context, url: string): Promise<boolean> {
  const { hasDesktop, openBrowser } = await import('../embedded/browser.ts')
  if (!hasDesktop(io.env)) return false
  openBrowser(url)
  return true
}
