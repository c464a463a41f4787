import type { Command } from 'commander'
import { formatCost } from '../protocol/prices.ts'
import { formatTokens, sentTokens } from '../protocol/usage.ts'
import type { UsageReport, UsageRow } from '../protocol/usage-report.ts'
import { type Context, found } from './context.ts'
import { type Column, type Look, table, wrapped } from './look.ts'
import { more } from './outcome.ts'
import { spentInWords } from './tokens-text.ts'
import { look } from './verb.ts'

/** `maestro usage`: what sessions, tasks or models have used, and what it is estimated to have cost. */
export function usage(context: Context): Command {
  return look(context, 'usage.show', {
    verb: 'usage',
    examples: [
      'maestro usage',
      'maestro usage --by task',
      'maestro usage --by model --session sess_4hq1w8ze',
      'maestro usage --task task_4hq1w8ze --json',
    ],
    result: (report, _, context) => found(report, usagePage, more(context, report.cursor)),
  })
}

function usagePage(report: UsageReport, look: Look): string {
  const { items, total, prices, by } = report
  if (items.length === 0) return 'No tokens have been counted here yet'
  const columns: Column<UsageRow>[] = [
    { title: by === 'model' ? 'model' : 'id', cell: ({ id }) => id },
    { title: 'name', cell: ({ name, id }) => (name === id ? '' : name), flexible: true },
    { title: 'models', cell: ({ models }) => (by === 'model' ? '' : models.join(' ')), flexible: true, spare: true },
    { title: 'in', cell: ({ tokens }) => formatTokens(sentTokens(tokens)), right: true },
    { title: 'cached', cell: ({ tokens }) => formatTokens(tokens.cacheRead), right: true, spare: true },
    { title: 'out', cell: ({ tokens }) => formatTokens(tokens.output), right: true },
    { title: 'cost', cell: ({ cost }) => formatCost(cost) || 'not known', right: true },
  ]
  const sum = `${look.paint.bold('In all')}  ${spentInWords(total.tokens, total)}`
  const note = `Estimates, by the list prices of ${prices.date} (${prices.sources.map(({ of }) => of).join(', ')})`
  return [table(items, columns, look), [sum, ...wrapped(note, look.width).map(look.paint.dim)].join('\n')].join('\n\n')
}
