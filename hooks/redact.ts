import type { HookEvent } from '../protocol/hook-event.ts'
import { type Known, redactText } from './secrets.ts'
import { shapePayload } from './shape.ts'
import { fieldsOf } from './summary.ts'
import { clip, countBytes } from './text.ts'

/** The most that is kept of a payload, in bytes of JSON; and where contents are kept too. */
export const payloadLimit = 16_384
export const fullLimit = 32_768

/**
 * What of a hook's payload may leave this machine: shaped, without secrets, then cut, at most 16 KB, or 32 at the level
 * `full`. Doing it twice is doing it once, at each level: the daemon does it before it sends, the Worker before it keeps.
 */
export function redactPayload(payload: unknown, known: Known = {}): unknown {
  const [limit, lengths] = known.level === 'full' ? [fullLimit, [8_192, ...usualLengths]] : [payloadLimit, usualLengths]
  for (const texts of lengths) {
    const shaped = shapePayload(payload, { ...known, texts })
    if (fits(JSON.stringify(shaped) ?? '', limit)) return shaped
  }
  const { hook_event_name, tool_name, tool_use_id } = fieldsOf(payload)
  return shapePayload({ hook_event_name, tool_name, tool_use_id, truncated: true }, { ...known, texts: 128 })
}

const usualLengths = [2_048, 512, 128, 32]

/** An event that came from elsewhere, as it may be kept. It says at which level it was read; nothing more is believed of it. */
export function redactEvent(event: HookEvent, known: Known = {}): HookEvent {
  const { needs, end } = event
  return {
    ...event,
    summary: clip(redactText(event.summary, known), 200),
    ...(needs && { needs: { ...needs, message: clip(redactText(needs.message, known), 2_000) } }),
    ...(end && { end: { reason: clip(redactText(end.reason, known), 200) } }),
    payload: redactPayload(event.payload, { ...known, level: event.level }),
  }
}

/** A character takes three bytes of UTF-8 at most, as JavaScript counts them: most texts need no closer look. */
const fits = (text: string, bytes: number) =>
  text.length * 3 <= bytes || (text.length <= bytes && countBytes(text) <= bytes)
