import type { HookEvent } from '../protocol/hook-event.ts'
import { type Known, redactText } from './secrets.ts'
import { shapePayload } from './shape.ts'
import { fieldsOf } from './summary.ts'
import { clip, countBytes } from './text.ts'

/** The most that is kept of a payload, in bytes of JSON. */
export const payloadLimit = 16_384

/**
 * What of a hook's payload may leave this machine: shaped, without secrets, then cut, at most 16 KB. Doing it twice is
 * doing it once: the daemon does it before it sends, the Worker before it keeps.
 */
export function redactPayload(payload: unknown, known: Known = {}): unknown {
  for (const texts of [2_048, 512, 128, 32]) {
    const shaped = shapePayload(payload, { ...known, texts })
    if (sizeOf(shaped) <= payloadLimit) return shaped
  }
  const { hook_event_name, tool_name, tool_use_id } = fieldsOf(payload)
  return shapePayload({ hook_event_name, tool_name, tool_use_id, truncated: true }, { ...known, texts: 128 })
}

/** An event that came from elsewhere, as it may be kept. */
export function redactEvent(event: HookEvent, known: Known = {}): HookEvent {
  const { needs, end } = event
  return {
    ...event,
    summary: clip(redactText(event.summary, known), 200),
    ...(needs && { needs: { ...needs, message: clip(redactText(needs.message, known), 2_000) } }),
    ...(end && { end: { reason: clip(redactText(end.reason, known), 200) } }),
    payload: redactPayload(event.payload, known),
  }
}

const sizeOf = (value: unknown) => countBytes(JSON.stringify(value) ?? '')
