import type { Client } from '../client/client.ts'
import { streamLog } from '../client/log-stream.ts'
import { refuse } from '../protocol/errors.ts'
import { type Entry, evolve } from '../protocol/project.ts'
import { isAbout } from '../protocol/subject.ts'
import { connectionNews } from './connection-news.ts'
import { type Context, envelope } from './context.ts'
import { entryLine, type Who } from './entry-text.ts'
import { interruptible } from './interrupt.ts'
import { commandLine } from './quote.ts'
import { visible } from './visible.ts'
import type { Wanted } from './watch.ts'

/** Shows what is wanted of the log until that is through, or until Ctrl-C. */
export async function watchLog(context: Context, wanted: Wanted): Promise<undefined> {
  const client = await context.project()
  const head = await headOf(client) // this also tells at once what would keep it from watching
  const since = wanted.since ?? head
  if (since > head) {
    refuse('invalid_input', `The log has ${head} entries yet, so nothing can come after ${since}`, {
      field: 'since',
      suggestion: commandLine(argvOf(context, { ...wanted, since: head })),
    })
  }
  const draw = await drawing(context, 'subject')
  let [at, left] = [since, wanted.limit ?? Number.POSITIVE_INFINITY]
  const stopped = () => ({
    message: `Stopped watching after entry ${at}. Agents go on, and what happens is kept.`,
    next: [commandLine(argvOf(context, { ...wanted, since: at, limit: wanted.limit && left }))],
  })
  const show = (entry: Entry) => {
    at = entry.seq
    if (!isWanted(entry, wanted)) return draw(entry, false)
    draw(entry, true)
    left--
  }
  await interruptible(context, stopped, (signal) =>
    streamUntil(
      client,
      since,
      signal,
      show,
      () => left <= 0 || at >= (wanted.until ?? Number.POSITIVE_INFINITY),
      context,
    ),
  )
}

/** Hands over entry after entry until `over`, which is asked before the first and after each. */
export async function streamUntil(
  client: Client,
  since: number,
  signal: AbortSignal,
  take: (entry: Entry) => void,
  over: () => boolean,
  context: Context,
): Promise<void> {
  if (over()) return
  const through = new AbortController()
  const entries = (fresh: Entry[]) => {
    for (const entry of fresh) {
      take(entry)
      if (over()) return through.abort()
    }
  }
  const on = { entries, status: connectionNews(context) }
  await streamLog(client, since, on, AbortSignal.any([signal, through.signal]))
}

/** How to show an entry here: as words to people at a terminal, else as a line of JSON. All entries pass by, shown or not. */
export async function drawing(context: Context, who: Who): Promise<(entry: Entry, shown: boolean) => void> {
  const { io, flags } = context
  if (flags.json || !io.terminal.out) return (entry, shown) => shown && io.out(envelope(entry))
  const project = visible(await context.snapshot())
  return (entry, shown) => {
    const safe = visible(entry)
    if (shown) io.out(`${entryLine(safe, project, context.look(), who)}\n`)
    evolve(project, safe)
  }
}

/** The newest entry's number. */
export async function headOf(client: Client): Promise<number> {
  const { entries } = await client.askProject('entry.list', { limit: 1 })
  return entries.at(-1)?.seq ?? 0
}

function isWanted(entry: Entry, { types, session, task }: Wanted): boolean {
  return isOfType(entry, types) && isAbout(entry, { session, task })
}

/** Whether its type begins as one of `types` does; where there are none, any does. */
export function isOfType({ type }: Entry, types: readonly string[]): boolean {
  return types.length === 0 || types.some((prefix) => type.startsWith(prefix))
}

/** The command line for the same from elsewhere on. */
function argvOf({ flags }: Context, { since, until, limit, session, task, types }: Wanted): string[] {
  return [
    'watch',
    ...(since === undefined ? [] : ['--since', String(since)]),
    ...(session ? ['--session', session] : []),
    ...(task ? ['--task', task] : []),
    ...types.flatMap((type) => ['--type', type]),
    ...(limit === undefined ? [] : ['--limit', String(limit)]),
    ...(until === undefined ? [] : ['--until-seq', String(until)]),
    ...(flags.json ? ['--json'] : []),
  ]
}
