import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { toolDays } from '../../db/past.ts'
import { search } from '../../db/search.ts'
import { phrasesOf } from '../../db/words.ts'
import type { Row } from '../../durable-objects/volumes.ts'
import type { Event } from '../../protocol/project.ts'
import { page, pass } from './parts/read.ts'
import { withSmallLog } from './parts/small-log.ts'

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 27, 12) }))
afterEach(() => void vi.useRealTimers())

const used: Event = {
  type: 'hook:tool_use',
  data: {
    ...{ session: null, agent: 'claude-code', agentSession: null, name: 'PostToolUse', tool: 'Bash', toolUse: null },
    ...{ summary: 'ran', ms: 10, needs: null, end: null, sentAt: 0, payload: null },
  },
}

/** A project whose history is in D1, up to entry 53; answers with its first entries, as its object was when it had no more. */
async function archived(end: number): Promise<Row[]> {
  let rows: Row[] = []
  const write = async (step: Parameters<typeof withSmallLog>[0]) => withSmallLog(step, { volume: 100, tail: 200 })
  await write(async (small) => {
    small.create()
    for (let i = 0; i < 20; i++) small.note('task_00000001', `early ${i}`)
    small.write(used)
    await pass(small, 3_000)
    for (let i = 0; i < 30; i++) small.note('task_00000001', `abandoned ${i}`)
    small.write(used)
    await pass(small, 3_000)
    rows = small.log.since(0, end)
  })
  return rows
}

test.each([5, 35, 60])(
  'an object put back to an earlier time, that goes on with %i entries, loses none',
  async (others) => {
    const rows = await archived(12)
    await withSmallLog(async (again) => {
      for (const row of rows)
        again.write({ type: row.type, data: JSON.parse(row.data) } as Event, row.id, row.by, row.at) // as it was written
      again.log.setFact('archived', '12')
      again.wake()
      for (let i = 0; i < others; i++) again.note('task_00000002', `other ${i}`)
      const told = again.log.since(0, 1_000)
      await pass(again, 60_000)
      expect(again.archive.behind).toBe(0)
      expect((await page(again, { since: 0, limit: 1_000 })).rows).toEqual(told)
      const about = async (task: string) =>
        (await page(again, { since: 0, limit: 1_000, task })).rows.map(({ seq }) => seq)
      expect(await about('task_00000001')).toEqual(Array.from({ length: 11 }, (_, i) => i + 2))
      expect(await about('task_00000002')).toEqual(Array.from({ length: others }, (_, i) => i + 13))
      const project = again.project.id!
      const found = async (text: string) =>
        (await search(env.DB, project, phrasesOf(text), Number.MAX_SAFE_INTEGER, 100)).rows.length
      expect([await found('early'), await found('abandoned'), await found('other')]).toEqual([11, 0, others])
      expect((await toolDays(env.DB, project, '2026-11-01', '2026-11-30')).rows).toEqual([])
    })
  },
)
