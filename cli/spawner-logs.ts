import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { spawnerLog } from '../embedded/log-file.ts'
import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { LogLine, logText, readLogLine } from './daemon-log.ts'
import { written } from './noun.ts'
import { wholeNumber } from './whole-number.ts'

const COMMAND = 'maestro spawner logs'

/** `maestro spawner logs`: what the daemon of this home has said, the newest last. */
export function spawnerLogs(context: Context): Command {
  return written(
    context,
    'logs',
    'What the daemon of this machine has said: a line of JSON each, or words at a terminal',
    {
      options: [['--lines <number>', 'How many, the newest (default: 50)']],
      examples: ['maestro spawner logs', 'maestro spawner logs --lines 500 --json'],
      about: 'What agents did: maestro logs.',
      output: LogLine,
      who: 'owner',
      stream: true,
    },
    (_, { lines }) => {
      const file = spawnerLog(context.settings.home)
      const most = lines === undefined ? 50 : wholeNumber('lines', String(lines), 1, COMMAND)
      if (!existsSync(file)) {
        refuse('spawner_not_found', 'No daemon has run with this home yet', { suggestion: 'maestro spawner start' })
      }
      const all = readFileSync(file, 'utf8').split('\n').filter(Boolean)
      for (const line of all.slice(-most)) say(context, readLogLine(line))
      return undefined // it has said all there is to say
    },
  )
}

function say(context: Context, line: LogLine): void {
  const asWords = context.io.terminal.out && !context.flags.json
  context.io.out(asWords ? `${logText(line, context.look())}\n` : `${JSON.stringify(line)}\n`)
}
