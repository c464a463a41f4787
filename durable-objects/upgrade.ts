import type { Actor } from '../protocol/actor.ts'
import type { ProjectId, SessionId } from '../protocol/ids.ts'

/** What the gate has established about an upgrade. It travels in a header that no outside request may carry. */
export type Upgrade = {
  actor: Actor
  project: ProjectId
  session: SessionId | null
  /** The ticket's own number and its end (ms since 1970), to be used up; absent where a key came itself. */
  ticket?: { nonce: string; until: number }
}

export const UPGRADE_HEADER = 'Maestro-Upgrade'

export function upgradeOf(request: Request): Upgrade {
  const header = request.headers.get(UPGRADE_HEADER)
  if (!header) throw new Error('An upgrade reached an object past the gate')
  return JSON.parse(header) as Upgrade // only the gate writes it
}
