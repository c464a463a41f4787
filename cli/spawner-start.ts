import type { Command } from 'commander'
import * as z from 'zod'
import { readKeys } from '../embedded/keys.ts'
import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { written } from './noun.ts'

/** `maestro spawner start`: this home's daemon, here, until it is interrupted. */
export function spawnerStart(context: Context): Command {
  return written(
    context,
    'start',
    'Let this machine start agents, and stay; `maestro up` does this too',
    {
      examples: ['maestro spawner start', 'maestro spawner start --url http://127.0.0.1:4747'],
      output: z.object({ ready: z.literal(true), pid: z.number().int(), name: z.string(), ms: z.number() }),
      who: 'owner',
      stream: true,
    },
    async () => {
      const { home } = context.settings
      if (!readKeys(home)?.spawner) {
        const why = `${home.root} has no key of a machine: \`maestro up\` makes one, for the machine that it runs on`
        const join = 'a further machine gets one by `maestro spawner join`, with what `maestro spawner invite` says'
        refuse('spawner_not_found', `${why}; ${join}`, { suggestion: 'maestro up' })
      }
      const { startSpawner } = await import('./spawner-run.ts')
      await startSpawner(context)
      return undefined // it has said all there is to say while it ran
    },
  )
}
