import type { Command } from 'commander'
import * as z from 'zod'
import { readKeys } from '../embedded/keys.ts'
import { refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { written } from './noun.ts'

const Installed = z.object({
  file: z.string().describe('What tells the system to start it'),
  change: z.enum(['installed', 'removed', 'none']),
  starts: z.string().describe('The command that it starts'),
})

/** `maestro spawner install`: the system starts Maestro with this user, and again when it fails. */
export function spawnerInstall(context: Context): Command {
  return written(
    context,
    'install',
    'Have the system start Maestro with you (systemd, launchd); agents outlive its restarts',
    {
      options: [['--remove', 'Not any more']],
      examples: ['maestro spawner install', 'maestro spawner install --remove'],
      output: Installed,
      who: 'owner',
    },
    async (_, { remove }) => {
      const autostart = await import('./autostart.ts')
      const { io, settings } = context
      const keys = readKeys(settings.home)
      const of = keys?.spawner && !keys.secret ? 'machine' : 'server' // only a home with a server has a secret
      const unit = autostart.serviceFor(process.platform, io.env, settings.home.root, of)
      if (!unit) {
        refuse('invalid_input', `There is no service file for ${process.platform} yet: systemd and launchd only`, {
          suggestion: 'maestro up',
        })
      }
      const change = remove ? autostart.removeService(unit) : autostart.writeService(unit)
      const text = { installed: 'is written', removed: 'is removed', none: remove ? 'was not there' : 'was so already' }
      return found(
        { file: unit.file, change, starts: unit.starts.join(' ') },
        ({ file, change }, { paint }) => `${paint.green('✓')} ${file} ${text[change]}`,
        remove ? unit.stop : unit.start,
      )
    },
  )
}
