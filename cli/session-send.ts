import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { SessionId } from '../protocol/ids.ts'
import type { Context } from './context.ts'
import { duration } from './duration.ts'
import { wholeId } from './id-prefix.ts'
import { written } from './noun.ts'

/** `maestro session send`: a prompt, typed into a session's terminal when its agent rests. */
export function sessionSend(context: Context): Command {
  return written(
    context,
    'send',
    'Type a prompt into a session, when its agent has finished its turn',
    {
      args: [
        ['<session>', 'The session'],
        ['<prompt>', 'What to say to it; - reads standard input'],
      ],
      options: [
        ['--now', 'At once, whatever the agent does and whoever else types'],
        ['--timeout <duration>', 'Give up after so long, like 90s or 10m (default: 10m)'],
      ],
      examples: [
        'maestro session send sess_9vk3n2aq "Also run the linter"',
        'maestro session send sess_9vk3n2aq - < prompt.md',
        'maestro session send sess_9vk3n2aq 1 --now',
      ],
      output: z.object({
        session: SessionId,
        sent: z.literal(true),
        taken: z.boolean().describe('The agent has said since that it works'),
      }),
      who: 'terminal:write',
    },
    async ([word, text], { now, timeout }) => {
      const prompt = text === '-' ? await context.io.stdin() : text!
      const ms = duration('timeout', String(timeout ?? '10m'))
      const session = SessionId.parse(await wholeId(context, 'sess', word!))
      const { send } = await import('./send.ts')
      return send(context, session, { prompt: typable(prompt), now: now === true, timeout: ms })
    },
  )
}

/** The prompt as keys may say it: what would steer the terminal, or end a paste early, is refused rather than typed. */
function typable(prompt: string): string {
  const text = prompt.replace(/\r\n?/g, '\n').trim()
  if (text === '') refuse('invalid_input', 'There is nothing to send', { field: 'prompt' })
  if (!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)) return text
  return refuse('invalid_input', 'A prompt cannot have control characters', { field: 'prompt' })
}
