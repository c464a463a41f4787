import type { Client } from '../client/client.ts'
import type { ProjectAnswer } from '../protocol/directory.ts'
import type { SessionId, TaskId } from '../protocol/ids.ts'
import type { Entry } from '../protocol/project.ts'
import { type Context, envelope, found, type Result } from './context.ts'
import { entryLine } from './entry-text.ts'
import type { Page } from './logs.ts'
import { commandLine } from './quote.ts'
import { visible } from './visible.ts'
import { headOf, isOfType, watchLog } from './watch-log.ts'

/** The server is asked for so many at once while only some of them are wanted. */
const SIEVE = 1_000

/** One page of what happened. */
export async function showLogs(context: Context, page: Page, types: string[]): Promise<Result> {
  const client = await context.project()
  const answer = await pageOf(client, page, types)
  const { entries, more } = answer
  if (entries.length === 0) await checkThere(client, page)
  const draw = await lines(context)
  const [first, last] = [entries[0]?.seq, entries.at(-1)?.seq]
  const place = page.since === undefined ? ['--before', String(first)] : ['--since', String(last)]
  return found(
    answer,
    ({ entries }) => entries.map(draw).join('\n'),
    more ? [commandLine(['logs', ...wordsOf(page, types), ...place])] : [],
  )
}

/** What there is not has no log either, and that is said; what was deleted still has one. */
async function checkThere(client: Client, { session, task }: Page): Promise<void> {
  if (session) await client.query('session.show', { session: session as SessionId }) // a whole id, by now
  if (task) await client.query('task.show', { task: task as TaskId })
}

/** The newest page, or all since an entry that is named, and then what comes. */
export async function followLogs(context: Context, page: Page, types: string[]): Promise<undefined> {
  const { session, task, since } = page
  const client = await context.project()
  const head = await headOf(client)
  if (since === undefined) {
    const { entries } = await pageOf(client, { ...page, before: head + 1 }, types)
    const inWords = !context.flags.json && context.io.terminal.out
    const draw = inWords ? await lines(context) : undefined
    for (const entry of entries) context.io.out(draw ? `${draw(visible(entry))}\n` : envelope(entry))
  }
  return watchLog(context, { since: since ?? head, until: undefined, limit: undefined, session, task, types })
}

async function lines(context: Context): Promise<(entry: Entry) => string> {
  if (context.flags.json) return () => ''
  const project = visible(await context.snapshot())
  return (entry) => entryLine(entry, project, context.look(), 'subject')
}

/** A page, filled with what is of `types` alone. The server looks for one; of several it tells all, until there are enough. */
async function pageOf(client: Client, page: Page, types: string[]): Promise<ProjectAnswer['entry.list']> {
  if (types.length < 2) return client.askProject('entry.list', { ...page, type: types[0] } as object) // its ids are whole
  const { limit, since } = page
  const forward = since !== undefined
  let found: ProjectAnswer['entry.list']['entries'] = []
  for (let place: Partial<Page> = page; ; ) {
    const asked = { ...page, ...place, limit: SIEVE } as object // as above
    const { entries, more, begins } = await client.askProject('entry.list', asked)
    const wanted = entries.filter((entry) => isOfType(entry, types))
    found = forward ? [...found, ...wanted] : [...wanted, ...found]
    const kept = forward ? found.slice(0, limit) : found.slice(-limit)
    if (found.length > limit || !more) return { entries: kept, more: found.length > limit, begins }
    place = forward ? { since: entries.at(-1)!.seq } : { before: entries[0]!.seq }
  }
}

function wordsOf({ session, task, limit }: Page, types: string[]): string[] {
  return [
    ...(session ? ['--session', session] : []),
    ...(task ? ['--task', task] : []),
    ...types.flatMap((type) => ['--type', type]),
    ...(limit === 100 ? [] : ['--limit', String(limit)]),
  ]
}
