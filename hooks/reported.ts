import type { HookResult } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { REPORT_EVENTS } from '../protocol/frames.ts'
import { HookEvent } from '../protocol/hook-event.ts'
import { redactEvent } from './redact.ts'

/** The items of a report, however it came: one, or `{ events: […] }`. */
export function itemsOf(body: unknown): unknown[] {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : [body]
  if (!Array.isArray(events)) refuse('invalid_input', 'events must be a list', { field: 'events' })
  if (events.length > REPORT_EVENTS)
    refuse('too_large', `A batch has ${REPORT_EVENTS} events at most`, { field: 'events' })
  return events
}

/** The event an item is, redacted once more before it is kept, or why it is set aside. */
export function readEvent(item: unknown): HookEvent | HookResult {
  const parsed = HookEvent.safeParse(item)
  if (parsed.success) return redactEvent(parsed.data)
  const id = typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? item.id : ''
  const [issue] = parsed.error.issues
  return { id: id.slice(0, 100), result: 'quarantined', message: `${issue?.path.join('.')}: ${issue?.message}` }
}

/** Those that can be kept. */
export const goodOf = (read: (HookEvent | HookResult)[]): HookEvent[] =>
  read.filter((one): one is HookEvent => 'kind' in one)

/** What became of each, where `kept` says that of the good ones; none of it means: not now. */
export function resultsOf(read: (HookEvent | HookResult)[], kept: HookResult[]): HookResult[] {
  if (kept.length < goodOf(read).length) refuse('unavailable', 'This project is being imported')
  const inOrder = kept.values()
  return read.map((one) => ('kind' in one ? inOrder.next().value! : one))
}
