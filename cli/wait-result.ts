import { type Context, found, type Result } from './context.ts'
import { shortDuration } from './duration.ts'
import { count } from './look.ts'
import { commandLine } from './quote.ts'
import { Unmet } from './unmet.ts'
import { visible } from './visible.ts'
import type { Waited } from './wait.ts'
import type { Over } from './wait-live.ts'
import { type Came, standingTable } from './wait-text.ts'

const verbs = { done: 'done', ended: 'over', 'needs-you': 'in need of somebody' } as const

/** The result of a wait that came to what was wished; throws what it came to otherwise, with the same data. */
export function resultOf(context: Context, waited: Waited, { is, items: all }: Over): Result {
  const items = all.map((one) => (one.next && context.permits(one.next) ? one : { ...one, next: null }))
  const { until } = waited
  const next = nextOf(waited, is, items)
  const reason = reasonOf(waited, is, items)
  const data = { until, met: is === 'met', reason, items }
  if (is === 'met') {
    return found(
      data,
      ({ items, reason }, look) => {
        const shown = until === 'needs-you' ? items.filter((one) => one.is === 'met') : items
        return [standingTable(shown, look), reason].filter(Boolean).join('\n\n')
      },
      next,
    )
  }
  if (!context.flags.json && items.length) context.io.out(`${standingTable(visible(items), context.look())}\n`)
  throw new Unmet(is === 'stuck' ? 'wrong_status' : 'timed_out', reason, {
    ...data,
    next: next.filter((command) => context.permits(command)).map((command) => context.here(command)),
  })
}

function reasonOf({ until, any, timeout }: Waited, is: Over['is'], items: Came[]): string {
  const word = verbs[until]
  if (items.length === 0) return 'Nothing is at work'
  if (is === 'met') {
    const met = items.filter((one) => one.is === 'met')
    if (until === 'needs-you') return `${met[0]!.id}: ${met[0]!.reason}`
    return any && met.length < items.length ? `${met.map(({ id }) => id).join(', ')}: ${word}` : `All are ${word}`
  }
  if (is === 'stuck') {
    if (until === 'needs-you') return 'Nobody is needed, and nothing of it is at work any more'
    const [first] = items.filter((one) => one.is === 'stuck')
    return `${first!.id} will not be ${word} by itself: ${first!.reason}`
  }
  const missing = items.filter((one) => one.is === 'pending')
  const named = missing.slice(0, 5).map(({ id, reason }) => `${id} (${reason})`)
  const rest = missing.length > named.length ? `, and ${missing.length - named.length} more` : ''
  return `${count(missing.length, 'is', 'are')} not ${word} after ${shortDuration(timeout ?? 0)}: ${named.join(', ')}${rest}`
}

function nextOf(waited: Waited, is: Over['is'], items: Came[]): string[] {
  const left = items.filter((one) => one.is === 'pending').map(({ id }) => id as Waited['ids'][number]) // they came from there
  const rest = left.length > 0 ? [again({ ...waited, ids: waited.ids.length ? left : [] })] : []
  if (is === 'timed out') return rest
  const [first] = items.filter((one) => one.is === (is === 'stuck' ? 'stuck' : 'met'))
  if (is === 'stuck') return [first?.next ?? 'maestro status', ...rest]
  if (waited.until === 'needs-you') return first?.next ? [first.next] : []
  return items.length === 0 ? ['maestro status'] : rest
}

/** The command line that goes on waiting. */
export function again({ ids, until, any, timeout }: Waited): string {
  return commandLine([
    'wait',
    ...ids,
    '--until',
    until,
    ...(any ? ['--any'] : []),
    ...(timeout === undefined ? [] : ['--timeout', shortDuration(timeout)]),
  ])
}
