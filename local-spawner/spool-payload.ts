import { readFileSync } from 'node:fs'
import type { HookEvent } from '../protocol/hook-event.ts'

/** What a file of the spool says. The parser's own words would quote what is in it, so it has others. */
export function payloadIn(path: string): object {
  const text = readFileSync(path, 'utf8')
  let payload: unknown
  try {
    payload = JSON.parse(text)
  } catch {
    throw new Error(text.trim() === '' ? 'it is empty' : 'it is not JSON')
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw new Error('it is no payload')
  return payload
}

/** What is left of an event that is too large for the server. */
export const bare = (event: HookEvent): HookEvent => ({ ...event, payload: { truncated: true } })
export const isBare = ({ payload }: HookEvent) =>
  typeof payload === 'object' && payload !== null && 'truncated' in payload
