import type { Known } from '../hooks/secrets.ts'
import { type Never, neverFrom, usualNever } from '../hooks/withhold.ts'
import type { Policy } from './policy.ts'

const made = new WeakMap<Policy['events'], Never | undefined>()
const strictest = { level: 'metadata' as const, never: neverFrom(usualNever, true) }

/** What a machine's policy lets hooks tell. Under a policy that is broken, as little as under any. */
export function tellingOf(policy: Policy | undefined): Pick<Known, 'level' | 'never'> {
  if (!policy) return strictest
  const { events } = policy
  if (!made.has(events)) made.set(events, neverFrom(events.never, events.hide_names))
  return { level: events.level, never: made.get(events) }
}
