import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { type SessionId, SessionId as SessionIds, type TaskId, TaskId as TaskIds } from '../protocol/ids.ts'
import { Session, SessionStatus, Task, taskStatuses } from '../protocol/model.ts'
import { type Until, untils } from '../protocol/waiting.ts'
import type { Context, Result } from './context.ts'
import { duration } from './duration.ts'
import { idAmong, looksLikeId } from './id-prefix.ts'
import { written } from './noun.ts'
import { choiceOf } from './option.ts'
import { examples } from './verb.ts'

/** What is waited for: `ids` to come to `until`, all of them or `any`, at most `timeout` ms. */
export type Waited = { ids: (TaskId | SessionId)[]; until: Until; any: boolean; timeout: number | undefined }

/** What each came to, in the answer of a wait and in its refusal. */
const Came = z.object({
  until: z.enum(untils),
  met: z.boolean().describe('Whether it came about'),
  reason: z.string(),
  items: z.array(
    z.object({
      ...{ id: z.string(), kind: z.enum(['task', 'session']), name: z.string() },
      status: z.enum([...taskStatuses, ...SessionStatus.options, 'deleted']),
      is: z.enum(['met', 'stuck', 'pending']).describe('stuck: it cannot come about by itself'),
      reason: z.string(),
      next: z.string().nullable().describe('A command that helps, or shows more'),
      outcome: Session.shape.outcome.describe('How a session ended'),
      result: Task.shape.result.describe('What a task came to'),
    }),
  ),
})

const help = `
Until:
  done       a task is done; a session has ended well or rests, and its tasks are done
  ended      a session has ended, however it did; of a task: whoever worked on it has
  needs-you  one of them waits for a person: a question, a task that is blocked or in review,
             a session at rest with its task unfinished, one that no machine can start

Without ids it waits for every session at work, an agent for those that it started.
It ends with 0 when that has come about; with 5 as soon as it cannot come about by itself any more (cancelled, blocked,
in review, given back with nobody on it, failed); with 7 when the time is up. It says which, why, and what to do next.
It looks at how things are, so asking again is always right: what has come about already ends it at once.`

const options: [string, string][] = [
  ['--timeout <duration>', 'Give up after so long, like 90s or 10m (default: never; for agents 100s)'],
  ['--any', 'One of them is enough'],
  ['--all', 'All of them (the default)'],
]

/** `maestro wait`: until tasks or sessions have come to something. */
export function wait(context: Context): Command {
  const command = written(
    context,
    'wait',
    'Wait until tasks are done, sessions have ended, or somebody is needed',
    {
      args: [['[ids...]', 'Tasks and sessions; none: all sessions at work']],
      options,
      examples: [],
      output: Came,
      who: 'read',
    },
    ([ids], given) => begin(context, (ids ?? []) as unknown as string[], given), // the one argument takes many
  )
  explain(command, [
    'maestro wait task_4hq1w8ze task_7f2mz0ka --until done --timeout 10m',
    'maestro wait --any sess_9vk3n2aq sess_2b7hq0xd --until ended --json',
    'maestro wait --until needs-you',
  ])
  return command
}

/** `maestro session wait`: the same for one session. */
export function sessionWait(context: Context): Command {
  const command = written(
    context,
    'wait',
    'Wait until a session is done, has ended, or needs somebody',
    {
      args: [['<session>', 'The session']],
      options: options.slice(0, 1),
      examples: [],
      output: Came,
      who: 'read',
    },
    ([id], given) => begin(context, [id!], given, 'sess'),
  )
  explain(command, ['maestro session wait sess_9vk3n2aq --until ended --timeout 10m'])
  return command
}

function explain(command: Command, lines: string[]): void {
  command.addOption(choiceOf('--until <what>', 'What to wait for: done, ended or needs-you (default: done)', untils))
  command.addHelpText('after', help)
  examples(command, lines)
}

/** An agent's shell ends what takes longer than two minutes, and then nobody says why. */
const AGENT_MS = 100_000

async function begin(
  context: Context,
  words: string[],
  given: Record<string, unknown>,
  only?: 'sess',
): Promise<Result> {
  const { until = 'done', timeout, any, all } = given as { until?: Until; timeout?: string; any?: true; all?: true }
  if (any && all) refuse('invalid_input', '--any and --all cannot both be meant', { field: 'any' })
  const fallback = context.session ? AGENT_MS : undefined
  const ms = timeout === undefined ? fallback : duration('timeout', timeout)
  const ids = await Promise.all(words.flatMap((word) => word.split(',')).map((word) => idOf(context, word, only)))
  const waited: Waited = { ids: [...new Set(ids)], until, any: any === true, timeout: ms }
  const { waitFor } = await import('./wait-live.ts')
  return waitFor(context, waited)
}

async function idOf(context: Context, word: string, only?: 'sess'): Promise<TaskId | SessionId> {
  const project = await context.snapshot()
  const sessions = Object.values(project.sessions)
  const tasks = Object.values(project.tasks).map(({ id, title }) => ({ id, name: title }))
  if (only || looksLikeId('sess', word)) return SessionIds.parse(idAmong('sess', word, sessions))
  if (looksLikeId('task', word)) return TaskIds.parse(idAmong('task', word, tasks))
  const begins = (id: string) => id.split('_')[1]!.startsWith(word.toLowerCase())
  const isSession = sessions.some(({ id }) => begins(id)) && !tasks.some(({ id }) => begins(id))
  return isSession ? SessionIds.parse(idAmong('sess', word, sessions)) : TaskIds.parse(idAmong('task', word, tasks))
}
