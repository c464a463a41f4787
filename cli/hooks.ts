import type { Command } from 'commander'
import * as z from 'zod'
import type { Client } from '../client/client.ts'
import { readJson } from '../embedded/home.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { ago, count, facts } from './look.ts'
import { noun, written } from './noun.ts'

/** How agents report: the hooks in the user's own settings, and the spool that they write to. */
export function hooks(context: Context): Command {
  return noun('hooks', 'How agents that Maestro did not start report to it', [
    install(context),
    uninstall(context),
    status(context),
    test(context),
    flush(context),
  ])
}

/** Sessions that Maestro starts bring their hooks along; these are for those that people start by hand. */
const Installed = z.object({
  settings: z.string().describe('The file of the agent’s settings'),
  change: z.enum(['installed', 'removed', 'none']),
  backup: z.string().nullable().describe('The file as it was before'),
})

const options: [string, string][] = [['--settings <file>', 'The settings to change (default: ~/.claude/settings.json)']]
const given = ({ settings }: Record<string, unknown>) => settings as string | undefined // a text, by its option

const before = (backup: string | null) => (backup ? ` (before: ${backup})` : '')

function install(context: Context): Command {
  return written(
    context,
    'install',
    'Have Claude Code report to Maestro what people start by hand',
    {
      options: [...options, ['--only-sessions', 'Report only what runs in a session of Maestro']],
      examples: ['maestro hooks install', 'maestro hooks install --only-sessions'],
      output: Installed,
      who: 'owner',
    },
    async (_, chosen) => {
      const { changeSettings } = await import('./hook-settings.ts')
      const done = changeSettings(context, given(chosen), { all: chosen.onlySessions !== true })
      return found(
        done,
        ({ settings, change, backup }, { paint }) =>
          change === 'none'
            ? `${paint.dim('–')} ${settings} has them already`
            : `${paint.green('✓')} ${settings} has them now${before(backup)}`,
        ['maestro hooks test'],
      )
    },
  )
}

function uninstall(context: Context): Command {
  return written(
    context,
    'uninstall',
    'Take Maestro’s hooks out of Claude Code’s settings, and leave all else',
    { options, examples: ['maestro hooks uninstall'], output: Installed, who: 'owner' },
    async (_, chosen) => {
      const { changeSettings } = await import('./hook-settings.ts')
      return found(changeSettings(context, given(chosen), undefined), ({ settings, change, backup }, { paint }) =>
        change === 'none'
          ? `${paint.dim('–')} ${settings} has none of them`
          : `${paint.green('✓')} ${settings} is without them${before(backup)}`,
      )
    },
  )
}

const Status = z.object({
  settings: z.string(),
  installed: z
    .enum(['all', 'sessions', 'partly', 'no'])
    .describe('What reports: all, what Maestro started, or nothing'),
  spool: z.string(),
  waiting: z.number().int().describe('Events that are not sent yet'),
  bytes: z.number().int().describe('What they take up'),
  dropped: z.number().int().describe('Events that hooks could not keep, and that the log does not tell of yet'),
  setAside: z.number().int().describe('Events that nobody can read or take; their files are kept'),
  reader: z.enum(['daemon', 'flush']).nullable().describe('Who empties the spool just now'),
  lastSent: z.number().int().nullable().describe('When events were last sent from here (ms since 1970)'),
  troubles: z.array(z.string()),
})

function status(context: Context): Command {
  const words = {
    all: 'yes, for every session',
    sessions: 'yes, for sessions of Maestro',
    partly: 'in part, by another version',
    no: 'no',
  }
  return written(
    context,
    'status',
    'Whether the hooks are installed, and what they left in the spool',
    { options, examples: ['maestro hooks status'], output: Status, who: 'owner' },
    async (_, chosen) => {
      const { hookStatus } = await import('./hook-settings.ts')
      const data = await hookStatus(context, given(chosen))
      const mend = data.installed === 'partly' ? ['maestro hooks install'] : []
      return found(
        data,
        (data, look) =>
          facts(
            [
              ['installed', `${words[data.installed]} (${data.settings})`],
              ['spool', `${count(data.waiting, 'event')} waiting, ${size(data.bytes)} (${data.spool})`],
              ['emptied by', readers[data.reader ?? 'nobody']],
              ['last sent', data.lastSent === null ? 'never from here' : ago(data.lastSent, look.now)],
              ['not in the log', `${data.dropped} dropped and not told of yet, ${data.setAside} set aside`],
              ...data.troubles.map((trouble) => ['trouble', look.paint.red(trouble)] as const),
            ],
            look,
          ),
        mend,
      )
    },
  )
}

const readers = {
  daemon: 'the spawner, which runs here',
  flush: 'a flush that a hook has started',
  nobody: 'nobody now: the next hook starts a flush',
}
const size = (bytes: number) =>
  bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`

const Tested = z.object({ script: z.string(), ms: z.number(), exit: z.number(), spooled: z.boolean() })

function test(context: Context): Command {
  return written(
    context,
    'test',
    'Run a hook as the agent would, and see that its event arrives in the spool',
    { examples: ['maestro hooks test'], output: Tested, who: 'owner' },
    async () => {
      const { tryHook } = await import('./hook-settings.ts')
      const data = await tryHook()
      return found(
        data,
        ({ ms, script }, { paint }) => `${paint.green('✓')} The event of ${script} is in the spool after ${ms} ms`,
      )
    },
  )
}

/** This machine's own key where it has one: what it says of its sessions is believed. */
function flusher({ settings, server }: Context): Client {
  const { spawner: key } = readJson<{ spawner?: string }>(settings.home.keys) ?? {}
  const isOurs = settings.url === settings.chosenUrl?.replace(/\/+$/, '')
  return key && isOurs && !settings.env.MAESTRO_API_KEY ? server.with({ key }) : server
}

function lingering(given: unknown): number {
  const seconds = Number(given ?? 0)
  if (seconds >= 0 && seconds <= 3_600) return seconds * 1_000
  return refuse('invalid_input', `--linger takes seconds, 3600 at most, not ${given}`, { field: 'linger' })
}

const Flushed = z.object({
  sent: z.number().int(),
  left: z.number().int(),
  why: z.string().nullable().describe('Why some are left'),
  daemon: z.boolean().describe('A spawner runs here, and sends them by itself'),
  busy: z.boolean().describe('Another flush is at it'),
})

function flush(context: Context): Command {
  return written(
    context,
    'flush',
    'Send what waits in the spool, where no spawner runs that does',
    {
      options: [['--linger <seconds>', 'Go on until nothing has come for so long (default: send what is there)']],
      examples: ['maestro hooks flush', 'maestro hooks flush --linger 10'],
      output: Flushed,
      who: 'owner',
    },
    async (_, { linger }) => {
      const [{ flush }, { homeAt }, { hasSpawner }] = await Promise.all([
        import('../local-spawner/flush.ts'),
        import('../local-spawner/home.ts'),
        import('../local-spawner/lock.ts'),
      ])
      const home = homeAt(context.settings.home.root)
      const done = await flush(home, flusher(context), lingering(linger)).catch((error: unknown) => {
        if (error instanceof MaestroError && error.code === 'conflict') return undefined // somebody has the spool
        throw error
      })
      const daemon = done === undefined && hasSpawner(home)
      const data = { ...(done ?? { sent: 0, left: 0, why: null }), daemon, busy: done === undefined && !daemon }
      return found(data, ({ sent, left, why, daemon, busy }, { paint }) => {
        if (busy) return `${paint.dim('–')} A flush is under way, and sends them`
        if (daemon) return `${paint.dim('–')} A spawner runs here, and sends them by itself`
        const text = `${count(sent, 'event')} sent${left ? `, ${left} left: ${why}` : ''}`
        return `${left ? paint.yellow('▲') : paint.green('✓')} ${text}`
      })
    },
  )
}
