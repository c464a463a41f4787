import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { History } from '../../../db/history.ts'
import type { Log } from '../../../durable-objects/log.ts'
import { type Actor, scopes } from '../../../protocol/actor.ts'
import { readLog } from '../../../worker/log.ts'
import type { SmallLog } from './small-log.ts'

const owner: Actor = { kind: 'person', key: 'key_owner', name: 'owner', scopes }

const holder = (log: Log): Parameters<typeof readLog>[0] => ({
  rows: async (_, range) => ({ ok: true, value: log.read(range) }),
})

/** A page of its log, as the Worker reads it. */
export async function page(
  { log, project }: SmallLog,
  range: Omit<Parameters<typeof readLog>[3], 'limit'> & { limit: number },
) {
  const outcome = await readLog(holder(log), new History(env.DB, project.id!), owner, range)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

/** Time goes on, and the clock of the object rings as often as it wants to. */
export async function pass({ archive }: SmallLog, ms: number): Promise<void> {
  const end = Date.now() + ms
  for (let rings = 0; archive.due !== undefined && archive.due <= end; rings++) {
    if (archive.due > Date.now()) rings = 0
    if (rings > 200) throw new Error('the clock does not stop ringing')
    vi.setSystemTime(Math.max(Date.now(), archive.due))
    await archive.run(Date.now())
  }
  vi.setSystemTime(end)
}
