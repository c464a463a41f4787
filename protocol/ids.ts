import * as z from 'zod'

// The prefix is part of the type, so a task id can never be passed where a session id is meant.

/** 8 characters of Crockford base32: an LLM must be able to copy it. Unique within its project. */
const short = <const P extends string>(prefix: P) =>
  z.templateLiteral([prefix, '_', z.string().regex(/^[0-9a-hjkmnp-tv-z]{8}$/)], {
    error: `expected an id like ${prefix}_4hq1w8ze`,
  })

/** A UUIDv7 without its dashes: unique everywhere. */
const long = <const P extends string>(prefix: P) =>
  z.templateLiteral([prefix, '_', z.string().regex(/^[0-9a-f]{32}$/)], {
    error: `expected an id like ${prefix}_ followed by 32 hexadecimal digits`,
  })

export const ProjectId = long('proj')
export const EventId = long('evt')
export const TaskId = short('task')
export const SubtaskId = short('sub')
export const SessionId = short('sess')
export const SpawnerId = short('spn')

export type ProjectId = z.infer<typeof ProjectId>
export type EventId = z.infer<typeof EventId>
export type TaskId = z.infer<typeof TaskId>
export type SubtaskId = z.infer<typeof SubtaskId>
export type SessionId = z.infer<typeof SessionId>
export type SpawnerId = z.infer<typeof SpawnerId>

/** What makes asking twice asking once, chosen by whoever asks. */
export const IdempotencyKey = z.string().regex(/^[\w-]{8,100}$/, 'has 8 to 100 letters, digits and dashes')

export const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** The short id that `bytes` (8 or more, uniformly random) stand for. */
export function shortId<const P extends 'task' | 'sub' | 'sess' | 'spn'>(
  prefix: P,
  bytes: Uint8Array,
): `${P}_${string}` {
  let text = ''
  for (let i = 0; i < 8; i++) text += alphabet[bytes[i]! & 31]
  return `${prefix}_${text}`
}

/** The long id for a moment (ms since 1970) and 10 random bytes, as a UUIDv7 orders them. */
export function longId<const P extends 'proj' | 'evt'>(prefix: P, ms: number, bytes: Uint8Array): `${P}_${string}` {
  const hex = [...bytes.subarray(0, 10)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = ((Number.parseInt(hex[4]!, 16) & 3) | 8).toString(16)
  return `${prefix}_${ms.toString(16).padStart(12, '0')}7${hex.slice(1, 4)}${variant}${hex.slice(5, 20)}`
}

/** FNV-1a: 32 bits that are the same for the same text. */
export function hashOf(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** A session id that is always the same for the same agent's own id, for sessions nobody spawned. */
export function unmanagedSessionId(agentSession: string): SessionId {
  // Two seeds give 64 bits: enough for the few sessions a person starts by hand.
  const bytes = new Uint8Array(8)
  for (let half = 0; half < 2; half++) {
    const hash = hashOf(agentSession, half)
    for (let i = 0; i < 4; i++) bytes[half * 4 + i] = (hash >>> (i * 8)) & 255
  }
  return shortId('sess', bytes)
}
