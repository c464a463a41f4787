import type { Entry } from '../protocol/project.ts'
import { isAbout } from '../protocol/subject.ts'
import { type Context, found, type Result } from './context.ts'
import { entryLine } from './entry-text.ts'
import { interruptible } from './interrupt.ts'
import type { Page } from './session-logs.ts'
import { sessionStatus } from './status-words.ts'
import { visible } from './visible.ts'
import { drawing, streamUntil } from './watch-log.ts'

/** One page of what the session did. */
export async function show(context: Context, page: Page): Promise<Result> {
  const { session, since } = page
  const client = await context.project()
  await client.query('session.show', { session }) // one that there is not has no log either, and that is said
  const { entries, more, begins } = await client.askProject('entry.list', page)
  const project = context.flags.json ? undefined : visible(await context.snapshot())
  const place = since === undefined ? `--before ${entries[0]?.seq}` : `--since ${entries.at(-1)?.seq}`
  return found(
    { entries, more, begins },
    ({ entries }, look) => entries.map((entry) => entryLine(entry, project!, look, 'none')).join('\n'),
    more ? [`maestro session logs ${session} ${place}`] : [],
  )
}

/** The same page, and then what comes until the session has ended. */
export async function follow(context: Context, page: Page): Promise<undefined> {
  const { session } = page
  const client = await context.project()
  const { status } = await client.query('session.show', { session })
  const draw = await drawing(context, 'none')
  let at = page.since ?? 0
  let ended = status === 'ended'
  const take = (entry: Entry) => {
    at = entry.seq
    const concerns = isAbout(entry, { session })
    draw(entry, concerns)
    if (concerns && entry.type === 'session:ended') ended = true
    if (concerns && entry.type === 'session:updated' && entry.data.action === 'revived') ended = false
  }
  if (page.since === undefined) for (const entry of (await client.askProject('entry.list', page)).entries) take(entry)
  const goesOn = () => ({
    message: `Stopped following. ${session} goes on.`,
    next: [`maestro session logs ${session} --follow --since ${at}`],
  })
  ended ||= status === 'ended'
  await interruptible(context, goesOn, (signal) => streamUntil(client, at, signal, take, () => ended, context))
  const last = await client.query('session.show', { session })
  context.say(
    `${session}  ${sessionStatus(last, context.look('err'))}${last.reason ? `  ${visible(last.reason)}` : ''}`,
  )
}
