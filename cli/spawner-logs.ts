import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import * as z from 'zod'
import { spawnerLog } from '../embedded/log-file.ts'
import { refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { LogLine, logText, readLogLine } from './daemon-log.ts'
import { written } from './noun.ts'
import { wholeNumber } from './whole-number.ts'

const Said = z.object({ file: z.string(), items: z.array(LogLine).describe('The newest last') })

/** `maestro spawner logs`: what the daemon of this home has said. */
export function spawnerLogs(context: Context): Command {
  return written(
    context,
    'logs',
    'What the daemon of this machine has said, the newest last',
    {
      options: [['--lines <number>', 'How many, the newest (default: 50)']],
      examples: ['maestro spawner logs', 'maestro spawner logs --lines 500 --json'],
      about: 'What agents did: maestro logs.',
      output: Said,
      who: 'owner',
    },
    (_, { lines }) => {
      const file = spawnerLog(context.settings.home)
      const most = lines === undefined ? 50 : wholeNumber('lines', String(lines), 1, 'maestro spawner logs')
      if (!existsSync(file)) {
        refuse('spawner_not_found', 'No daemon has run with this home yet', { suggestion: 'maestro spawner start' })
      }
      const said = readFileSync(file, 'utf8').split('\n').filter(Boolean)
      return found({ file, items: said.slice(-most).map(readLogLine) }, ({ items }, look) =>
        items.length ? items.map((line) => logText(line, look)).join('\n') : 'It has said nothing yet',
      )
    },
  )
}
