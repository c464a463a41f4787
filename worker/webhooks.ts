import type { Context } from 'hono'
import { readHook } from '../hooks/read.ts'
import { redactEvent } from '../hooks/redact.ts'
import type { HookResult } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { HookEvent } from '../protocol/hook-event.ts'
import { EventId, longId, type ProjectId } from '../protocol/ids.ts'
import { readJson } from './body.ts'
import type { App } from './env.ts'
import { settleProject } from './gate.ts'

const BATCH = 100
const BATCH_BYTES = 256_000

/**
 * Takes in what hooks report: one raw payload of an agent, one event, or `{ events: […] }`. A poisonous one is set
 * aside and the rest goes on; each answer means that the reporter may forget that item.
 */
export async function hear(c: Context<App>): Promise<{ results: HookResult[] }> {
  let project: ProjectId | undefined
  await settleProject(c, async () => {
    project = c.var.project
  })
  const items = itemsOf(await readJson(c.req.raw, BATCH_BYTES))
  const read = items.map((item) => readItem(c, item))
  const good = read.filter((one): one is HookEvent => 'kind' in one)
  const stored = good.length ? await c.env.PROJECTS.getByName(project!).hear(c.var.actor, good) : []
  const byId = new Map(stored.map((result) => [result.id, result]))
  return { results: read.map((one) => ('kind' in one ? byId.get(one.id)! : one)) }
}

function itemsOf(body: unknown): unknown[] {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : [body]
  if (!Array.isArray(events)) refuse('invalid_input', 'events must be a list', { field: 'events' })
  if (events.length > BATCH) refuse('too_large', `A batch has ${BATCH} events at most`, { field: 'events' })
  return events
}

/** The event an item is, redacted once more before it is kept, or why it is set aside. */
function readItem(c: Context<App>, item: unknown): HookEvent | HookResult {
  if (typeof item === 'object' && item !== null && 'hook_event_name' in item) {
    const given = EventId.safeParse(c.req.header('Maestro-Event-Id'))
    const now = Date.now()
    const id = given.success ? given.data : longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
    return redactEvent(readHook(c.req.header('Maestro-Agent') ?? 'claude-code', item, { id, at: now }))
  }
  const parsed = HookEvent.safeParse(item)
  if (parsed.success) return redactEvent(parsed.data)
  const id = typeof item === 'object' && item !== null && 'id' in item ? String(item.id).slice(0, 100) : ''
  const [issue] = parsed.error.issues
  return { id, result: 'quarantined', message: `${issue?.path.join('.')}: ${issue?.message}` }
}
