import type { Actor, ActorKind } from '../protocol/actor.ts'
import { refuse } from '../protocol/errors.ts'

type Rate = { perSecond: number; burst: number }

/** What a machine reports for all of its agents, and what a person's pages ask, is far below this. */
const usual: Rate = { perSecond: 5_000, burst: 20_000 }
/** An agent in a loop must not be felt by the others. */
const rates: Partial<Record<ActorKind, Rate>> = { session: { perSecond: 50, burst: 500 } }

const MOST = 10_000
const buckets = new Map<string, { left: number; at: number }>()

/** Counts a request of `actor`; refuses when its key asks too often. Each isolate counts for itself. */
export function countRequest({ key, kind }: Actor, now: number): void {
  const { perSecond, burst } = rates[kind] ?? usual
  const { left, at } = buckets.get(key) ?? { left: burst, at: now }
  const refilled = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond)
  if (refilled < 1) refuse('rate_limited', `This key may ask ${perSecond} times a second`)
  if (buckets.size >= MOST && !buckets.has(key)) buckets.clear()
  buckets.set(key, { left: refilled - 1, at: now })
}
