import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { SessionId } from '../protocol/ids.ts'
import type { Context, Tty } from './context.ts'
import { wholeId } from './id-prefix.ts'
import { written } from './noun.ts'

/** `maestro session attach`: a session's terminal, here. */
export function sessionAttach(context: Context): Command {
  return written(
    context,
    'attach',
    "A session's terminal, here: to look at, and with control to type into",
    {
      args: [['<session>', 'The session']],
      options: [['--control', 'Take control at once: what you type goes to the agent']],
      examples: ['maestro session attach sess_9vk3n2aq', 'maestro session attach sess_9vk3n2aq --control'],
      output: z.never().describe('It is for people at a terminal'),
      who: 'terminal:read',
      stream: true,
    },
    async ([word], { control }) => {
      const tty = wholeTerminal(context, 'session attach', `maestro session logs ${word} --terminal`)
      const session = SessionId.parse(await wholeId(context, 'sess', word!))
      const { attach } = await import('./attach.ts')
      return attach(context, tty, session, control === true)
    },
  )
}

/** The terminal for a command that needs all of it; refuses where there is none, or where a program reads. */
export function wholeTerminal({ io, flags }: Context, command: string, suggestion: string): Tty {
  if (flags.json)
    refuse('invalid_input', `\`maestro ${command}\` is for people at a terminal, not for --json`, {
      field: 'json',
      suggestion,
    })
  return io.tty ?? refuse('invalid_input', `\`maestro ${command}\` needs a terminal, and this is none`, { suggestion })
}
