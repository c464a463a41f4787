import { applyD1Migrations, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { HookLogEvent } from '../../protocol/hook.ts'
import { dollars } from './parts/dollars.ts'
import { pass } from './parts/read.ts'
import { eventId, SmallLog } from './parts/small-log.ts'

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 27, 12) }))
afterEach(() => void vi.useRealTimers())

/** Hosted, the archive waits for so many entries, or for a minute: each time is an alarm. */
const ALARM_EVERY = 400

const tools = ['Bash', 'Edit', 'Read', 'Grep', 'Write']

/** Five agents at work on tasks of theirs: a tool begins, and ends. */
function event(n: number): HookLogEvent {
  const session = `sess_0000000${n % 5}` as const
  return {
    type: n % 2 ? 'hook:tool_use' : 'hook:tool_start',
    data: {
      ...{ session, agent: 'claude-code', agentSession: session, name: 'PostToolUse', tool: tools[(n % 7) % 5]! },
      ...{ toolUse: `toolu_${n}`, summary: `Edit src/file${n % 90}.ts`, ms: 12, needs: null, end: null, sentAt: 0 },
      payload: { tool_input: { file_path: `src/file${n % 90}.ts`, old_string: 'x'.repeat(300) } },
    },
  }
}

/** What SQLite says was written, by all that goes through here. */
function metered(storage: DurableObjectStorage): { storage: DurableObjectStorage; rows: number } {
  const meter = { rows: 0, storage }
  const sql = new Proxy(storage.sql, {
    get(target, name) {
      if (name === 'databaseSize') return target.databaseSize
      return (query: string, ...values: unknown[]) => {
        const cursor = target.exec(query, ...values)
        meter.rows += cursor.rowsWritten
        return cursor
      }
    },
  })
  const own = { sql, transactionSync: <T>(step: () => T) => storage.transactionSync(step) }
  meter.storage = own as DurableObjectStorage // a log uses nothing else of it
  return meter
}

test('an event costs two rows here and little more than one in D1, old ones going included', async () => {
  const home = env.TERMINALS.getByName(crypto.randomUUID())
  await runInDurableObject(home, async (_, { storage }) => {
    const meter = metered(storage)
    const large = new SmallLog(meter.storage, { volume: 5_000, tail: 10_000 })
    let inD1 = 0
    const batch = large.database.d1.batch.bind(large.database.d1)
    large.database.d1.batch = async <T>(statements: D1PreparedStatement[]) => {
      const results = await batch<T>(statements)
      inD1 += results.reduce((sum, { meta }) => sum + meta.rows_written, 0)
      return results
    }
    large.create()
    const before = { here: meter.rows, inD1 }
    const count = 20_000
    for (let n = 0; n < count; n++) {
      if (n % 2_000 === 0) await pass(large, 60_000)
      large.write(event(n), eventId(), 'spn_00000001', Date.now(), false)
    }
    await pass(large, 600_000)
    expect(large.archive.behind).toBe(0)
    expect(large.log.floor).toBe(10_001)
    const costs = { here: (meter.rows - before.here) / count, inD1: (inD1 - before.inD1) / count }
    console.log(`rows written for an event: ${costs.here.toFixed(3)} here, ${costs.inD1.toFixed(3)} in D1`)
    const counted = { objectRows: costs.here, d1Rows: costs.inD1, alarms: 1 / ALARM_EVERY }
    console.log(`dollars for a million events, at public prices:\n${dollars(counted)}`)
    expect(costs.here).toBeLessThan(2.2)
    expect(costs.inD1).toBeLessThan(1.2)
  })
}, 60_000)
