import type { HookEvent } from '../protocol/hook-event.ts'
import { estimate, formatCost, withoutPrice } from '../protocol/prices.ts'
import { formatTokens, HookUsage, sentTokens, totalOf } from '../protocol/usage.ts'
import { fieldsOf } from './summary.ts'

// What the daemon counts of an agent's tokens goes the way of the agent's own reports, through the spool: once, in order,
// and whatever fails meanwhile. Its payload is told by its name.

const NAME = 'MaestroUsage'

/** The payload of a report. `agentSession` is the agent's own id. */
export const usageReport = (agentSession: string, usage: HookUsage) => ({
  ...{ hook_event_name: NAME, session_id: agentSession, usage },
})

export const isUsageReport = (payload: unknown): boolean => fieldsOf(payload).hook_event_name === NAME

/** Never throws: a report that says nothing sensible says nothing of tokens. */
export function readUsageReport(payload: unknown, stamp: Pick<HookEvent, 'id' | 'at' | 'session'>): HookEvent {
  const { session_id: agentSession, usage } = fieldsOf(payload)
  const told = HookUsage.safeParse(usage).data
  return {
    ...{ id: stamp.id, at: stamp.at, agent: '', kind: 'usage', name: NAME },
    ...(stamp.session && { session: stamp.session }),
    ...(typeof agentSession === 'string' && agentSession && { agentSession: agentSession.slice(0, 200) }),
    summary: told ? summaryOf(told).slice(0, 400) : 'Tokens were told of in a way that is not understood',
    ...(told && { usage: told }),
    payload: null,
  }
}

/** `so far 12.3k tokens in, 842 out, est. $0.42`. */
function summaryOf({ of, models }: HookUsage): string {
  const total = totalOf(models)
  const known = estimate(models)
  const cost = [formatCost(known.cost), withoutPrice(known)].filter(Boolean).join(', ')
  const tokens = `${formatTokens(sentTokens(total))} tokens in, ${formatTokens(total.output)} out`
  return `${of === 'session' ? 'So far ' : ''}${tokens}${cost ? `, ${cost}` : ''}`
}
