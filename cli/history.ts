import type { Command } from 'commander'
import type * as z from 'zod'
import { projectRouteAnswers } from '../protocol/answers.ts'
import { type ProjectAnswer, projectRoutes } from '../protocol/directory.ts'
import type { historyRoutes } from '../protocol/history.ts'
import { type Context, found } from './context.ts'
import { endedTable, foundLines, toolsTable } from './history-text.ts'
import { noun } from './noun.ts'
import { choiceOf } from './option.ts'
import { more } from './outcome.ts'
import { commandLine } from './quote.ts'
import { verb } from './verb.ts'

type Name = keyof typeof historyRoutes
type Input<K extends Name> = z.output<(typeof historyRoutes)[K]['input']>

/** `maestro history`: what happened, however long ago. */
export function history(context: Context): Command {
  return noun('history', 'What happened, however long ago', [search(context), sessions(context), tools(context)])
}

const asking =
  <K extends Name>(context: Context, name: K) =>
  async (input: Input<K>): Promise<ProjectAnswer[K]> =>
    (await context.project()).askProject(name, input as never) // it has just passed the schema of `name`

function search(context: Context): Command {
  const name = 'history.search'
  return verb(context, projectRoutes[name], name, asking(context, name), {
    args: ['text'],
    output: projectRouteAnswers[name],
    examples: ['maestro history search "retry payments"', 'maestro history search src/date.ts --limit 10 --json'],
    result: async ({ items, before }, { text }, context) => {
      const project = context.flags.json ? undefined : await context.snapshot()
      return found(
        { items, before },
        ({ items }, look) =>
          items.length ? foundLines(items, look, project) : look.paint.dim(`Nothing was found that says ${text}`),
        before === null ? [] : [commandLine(['history', 'search', text, '--before', String(before)])],
      )
    },
  })
}

function sessions(context: Context): Command {
  const name = 'history.sessions'
  return verb(context, projectRoutes[name], name, asking(context, name), {
    output: projectRouteAnswers[name],
    examples: ['maestro history sessions', 'maestro history sessions --limit 10 --json'],
    result: ({ items, cursor }, _, context) =>
      found(
        { items, cursor },
        ({ items }, look) =>
          items.length ? endedTable(items, look) : look.paint.dim('No ended session is in history yet'),
        items.length ? more(context, cursor) : ['maestro session list'],
      ),
  })
}

const by = ['tool', 'day', 'agent'] as const

function tools(context: Context): Command {
  const name = 'history.tools'
  return verb(context, projectRoutes[name], name, asking(context, name), {
    output: projectRouteAnswers[name],
    options: [choiceOf('--by <what>', 'What to sum up by, for people (default: tool)', by)],
    examples: ['maestro history tools', 'maestro history tools --from 2026-11-01 --to 2026-11-30 --by day'],
    result: (answer, _, __, given) =>
      found(
        answer,
        ({ items, from, to }, look) =>
          items.length
            ? toolsTable(items, (given.by as (typeof by)[number]) ?? 'tool', look)
            : look.paint.dim(`No tools were used from ${from} to ${to}`),
        [],
      ),
  })
}
