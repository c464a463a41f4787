import { faultOf } from '../db/fault.ts'
import type { SessionId } from '../protocol/ids.ts'

type Relay = { freeze(frozen: boolean): Promise<void> }

/**
 * Tells the relays of terminals that somebody watches whether the project is frozen. One that is not reached hears of it when
 * the project wakes or somebody wants to type; meanwhile the machine refuses what is typed, as it has the project itself.
 */
export async function tellRelays(ids: SessionId[], relay: (id: SessionId) => Relay, frozen: boolean): Promise<void> {
  const told = await Promise.allSettled(ids.map((id) => relay(id).freeze(frozen)))
  for (const one of told) {
    if (one.status === 'fulfilled') continue
    console.error(
      JSON.stringify({ level: 'error', message: 'a relay was not told of a freeze', error: faultOf(one.reason) }),
    )
  }
}
