import type { Command } from 'commander'
import { EntryFacts } from '../protocol/answers.ts'
import { refuse } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'
import { events } from '../protocol/project.ts'
import type { Context } from './context.ts'
import { wholeId } from './id-prefix.ts'
import { written } from './noun.ts'
import { optionOf, repeated } from './option.ts'
import { wholeNumber } from './whole-number.ts'

const COMMAND = 'maestro watch'

/** What is to be shown of the log, and from where (undefined: from now) to where. */
export type Wanted = {
  since: number | undefined
  until: number | undefined
  limit: number | undefined
  session: string | undefined
  task: string | undefined
  types: string[]
}

/** `maestro watch`: what happens, as it happens. */
export function watch(context: Context): Command {
  const command = written(
    context,
    'watch',
    'What happens, as it happens: a line of JSON per entry, or words at a terminal',
    {
      options: [
        ['--since <seq>', 'Where to begin: after this entry, `0` from the first, `now` with what comes (default: now)'],
        ['--session <session>', 'Only what concerns this session'],
        ['--task <task>', 'Only what concerns this task'],
        ['--limit <number>', 'End after so many'],
        ['--until-seq <seq>', 'End when the log has come to this entry'],
      ],
      examples: [
        'maestro watch',
        'maestro watch --since 4711 --type task: --type session:ended',
        'maestro watch --session sess_9vk3n2aq --json',
      ],
      about: 'What has happened before now: maestro logs.',
      output: EntryFacts,
      who: 'read',
      stream: true,
    },
    async (_, options) => {
      const { session, task, type = [], since, limit, untilSeq } = options as Options // as they are declared here
      const wanted: Wanted = {
        since: since === undefined || since === 'now' ? undefined : wholeNumber('since', since, 0, COMMAND),
        until: untilSeq === undefined ? undefined : wholeNumber('until-seq', untilSeq, 0, COMMAND),
        limit: limit === undefined ? undefined : wholeNumber('limit', limit, 1, COMMAND),
        session: session && (await wholeId(context, 'sess', session)),
        task: task && (await wholeId(context, 'task', task)),
        types: type.map((prefix) => knownType(prefix, COMMAND)),
      }
      const { watchLog } = await import('./watch-log.ts')
      return watchLog(context, wanted)
    },
  )
  return command.addOption(typeOption())
}

export const typeOption = () =>
  repeated(optionOf('--type <prefix>', 'Only entries whose type begins so (may be repeated): task:, hook:tool'))

type Options = Partial<Record<'session' | 'task' | 'since' | 'limit' | 'untilSeq', string>> & { type?: string[] }

/** The beginning of some type of entry; `command` is who asks. */
export function knownType(prefix: string, command: string): string {
  const types = Object.keys(events)
  if (types.some((type) => type.startsWith(prefix))) return prefix
  const nouns = [...new Set(types.map((type) => `${type.split(':')[0]}:`))]
  const meant = nearest(prefix, [...types, ...nouns])
  refuse('invalid_input', `No entry has a type that begins with ${prefix}${meant ? `; did you mean ${meant}?` : ''}`, {
    field: 'type',
    validValues: nouns,
    ...(meant && { suggestion: `${command} --type ${meant}` }),
  })
}
