import type { Context } from 'hono'
import { readHook } from '../hooks/read.ts'
import { redactEvent } from '../hooks/redact.ts'
import { goodOf, itemsOf, readEvent, resultsOf } from '../hooks/reported.ts'
import type { HookResult } from '../protocol/directory.ts'
import { REPORT_BYTES } from '../protocol/frames.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import { EventId, longId, type ProjectId } from '../protocol/ids.ts'
import { readJson } from './body.ts'
import type { App } from './env.ts'
import { settleProject } from './gate.ts'

/**
 * Takes in what hooks report: one raw payload of an agent, one event, or `{ events: […] }`. A poisonous one is set
 * aside and the rest goes on; each answer means that the reporter may forget that item.
 */
export async function hear(c: Context<App>): Promise<{ results: HookResult[] }> {
  let project: ProjectId | undefined
  await settleProject(c, async () => {
    project = c.var.project
  })
  const items = itemsOf(await readJson(c.req.raw, REPORT_BYTES))
  // The header names one event: in a batch it would make all but the first of them the same.
  const given = items.length === 1 ? EventId.safeParse(c.req.header('Maestro-Event-Id')).data : undefined
  const read = items.map((item) => readItem(c, item, given))
  const good = goodOf(read)
  const kept = good.length ? await c.env.PROJECTS.getByName(project!).hear(c.var.actor, good) : []
  return { results: resultsOf(read, kept) }
}

/** As `readEvent`, and of a hook's raw payload too. */
function readItem(c: Context<App>, item: unknown, given: EventId | undefined): HookEvent | HookResult {
  if (typeof item !== 'object' || item === null || !('hook_event_name' in item)) return readEvent(item)
  const now = Date.now()
  const id = given ?? longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
  return redactEvent(readHook(c.req.header('Maestro-Agent') ?? 'claude-code', item, { id, at: now }))
}
