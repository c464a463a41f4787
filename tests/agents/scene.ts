import { expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'

/** Waits until the project shows the session so. */
export const showing = (client: Client, session: SessionId, wanted: Partial<Session>, timeout = 60_000) =>
  expect.poll(() => client.query('session.show', { session }), { timeout, interval: 100 }).toMatchObject(wanted)

/** What the log has of an agent's hooks, in order, as people read it: `tool_use Bash npm test`. */
export async function heard(client: Client, session: SessionId): Promise<string[]> {
  const { entries } = await client.askProject('entry.list', { session, limit: 1_000 })
  return entries.flatMap(({ type, data }) => {
    const { summary } = data as { summary?: string } // every hook's entry has one
    return type.startsWith('hook:') ? [`${type.slice('hook:'.length)} ${summary}`] : []
  })
}
