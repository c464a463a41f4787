import type { HookEvent } from '../protocol/hook-event.ts'
import { addModels, type HookUsage, type Models } from '../protocol/usage.ts'
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
  const line = lineOf(known)
  return {
    ...redactNames(event, known),
    summary: line(event.summary, 200),
    ...(needs && { needs: { ...needs, message: line(needs.message, 2_000) } }),
    ...(end && { end: { reason: line(end.reason, 200) } }),
    payload: redactPayload(event.payload, { ...known, level: event.level }),
  }
}

/** The same event, its names and ids without secrets: a source may call anything by one. */
export function redactNames(event: HookEvent, known: Known = {}): HookEvent {
  const { agent, name, agentSession, subagent, tool, toolUse, usage } = event
  const line = lineOf(known)
  return {
    ...event,
    agent: line(agent, 50),
    name: line(name, 100),
    ...(agentSession && { agentSession: line(agentSession, 200) }),
    ...(subagent && { subagent: line(subagent, 200) }),
    ...(tool && { tool: line(tool, 200) }),
    ...(toolUse && { toolUse: line(toolUse, 200) }),
    ...(usage && { usage: redactModels(usage, line) }),
  }
}

type Line = (text: string, length: number) => string
const lineOf =
  (known: Known): Line =>
  (text, length) =>
    clip(redactText(text, known), length)

/** Names that come to be the same are counted together. */
function redactModels({ of, models }: HookUsage, line: Line): HookUsage {
  const names = Object.keys(models)
  if (names.every((name) => line(name, 100) === name)) return { of, models }
  const told: Models = {}
  for (const name of names) addModels(told, { [line(name, 100)]: models[name]! })
  return { of, models: told }
}

/** A character takes three bytes of UTF-8 at most, as JavaScript counts them: most texts need no closer look. */
const fits = (text: string, bytes: number) =>
  text.length * 3 <= bytes || (text.length <= bytes && countBytes(text) <= bytes)
