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
  // The header names one event: in a batch it would make all but the first of them the same.
  const given = items.length === 1 ? EventId.safeParse(c.req.header('Maestro-Event-Id')).data : undefined
  const read = items.map((item) => readItem(c, item, given))
  const good = read.filter((one): one is HookEvent => 'kind' in one)
  const stored = good.length ? await c.env.PROJECTS.getByName(project!).hear(c.var.actor, good) : []
  if (stored.length < good.length) refuse('unavailable', 'This project is being imported')
  const inOrder = stored.values()
  return { results: read.map((one) => ('kind' in one ? inOrder.next().value! : one)) }
}

function itemsOf(body: unknown): unknown[] {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : [body]
  if (!Array.isArray(events)) refuse('invalid_input', 'events must be a list', { field: 'events' })
  if (events.length > BATCH) refuse('too_large', `A batch has ${BATCH} events at most`, { field: 'events' })
  return events
}

/** The event an item is, redacted once more before it is kept, or why it is set aside. */
function readItem(c: Context<App>, item: unknown, given: EventId | undefined): HookEvent | HookResult {
  if (typeof item === 'object' && item !== null && 'hook_event_name' in item) {
    const now = Date.now()
    const id = given ?? longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
    return redactEvent(readHook(c.req.header('Maestro-Agent') ?? 'claude-code', item, { id, at: now }))
  }
  const parsed = HookEvent.safeParse(item)
  if (parsed.success) return redactEvent(parsed.data)
  const id = typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? item.id : ''
  const [issue] = parsed.error.issues
  return { id: id.slice(0, 100), result: 'quarantined', message: `${issue?.path.join('.')}: ${issue?.message}` }
}
