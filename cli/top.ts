import type { Command } from 'commander'
import * as z from 'zod'
import type { Context } from './context.ts'
import { written } from './noun.ts'
import { wholeTerminal } from './session-attach.ts'

/** `maestro top`: the fleet on the whole screen, live. */
export function top(context: Context): Command {
  return written(
    context,
    'top',
    'The fleet on the whole screen, live',
    {
      examples: ['maestro top', 'maestro top --project Shop'],
      output: z.never().describe('It is for people at a terminal'),
      who: 'person',
      stream: true,
    },
    async () => {
      const tty = wholeTerminal(context, 'top', context.flags.json ? 'maestro watch --json' : 'maestro status')
      const { showTop } = await import('./top-screen.ts')
      return showTop(context, tty)
    },
  )
}
