import { applyD1Migrations, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Spent } from '../../durable-objects/spent.ts'
import type { Mood } from './parts/flaky.ts'
import { page, pass } from './parts/read.ts'
import { eventId, withSmallLog } from './parts/small-log.ts'

/** A few when others wait for the machine; more by hand. */
const runs = (few: number) => few * (Number(env.MAESTRO_RUNS) || 1)
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => void vi.useRealTimers())

const DAY = 24 * 60 * 60_000
const tasks = ['task_00000001', 'task_00000002', 'task_00000003'] as const
const sessions = ['sess_00000001', 'sess_00000002'] as const

type Step =
  | { write: number; task: number; session: number }
  | { pass: number }
  | { mood: Mood }
  | { wake: true }
  | { retention: number | null }
  | { putBack: true }
  | { read: 'since' | 'before'; from: number; limit: number; about: 'all' | 'task' | 'session' | 'type' | 'both' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 25 }), task: fc.nat(2), session: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.constantFrom(1_000, 11_000, 60_000, 600_000, DAY) }) },
  { weight: 1, arbitrary: fc.record({ mood: fc.constantFrom<Mood>('well', 'well', 'away', 'deaf') }) },
  { weight: 1, arbitrary: fc.constant({ wake: true as const }) },
  { weight: 1, arbitrary: fc.record({ retention: fc.constantFrom(1, 2, null) }) },
  { weight: 1, arbitrary: fc.constant({ putBack: true as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      read: fc.constantFrom('since' as const, 'before' as const),
      from: fc.nat(120),
      limit: fc.constantFrom(1, 2, 7, 30, 1_000),
      about: fc.constantFrom('all', 'all', 'task', 'session', 'type', 'both' as const),
    }),
  },
)

describe('a log whose old parts go to the archive', () => {
  test('is read like one that never lost any, whatever D1 does meanwhile', async () => {
    let pruned = 0
    const story = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
      await withSmallLog(async (small) => {
        small.create()
        type Noted = { seq: number; at: number; task?: string; session?: string | null; type: string }
        let model: Noted[] = []
        const told = (entry: Partial<Noted>) =>
          model.push({ seq: small.log.head, at: Date.now(), type: 'task:note', ...entry })
        told({ type: 'project:created' })
        let shortest = Number.POSITIVE_INFINITY
        let earlier = { restore: small.keep(), model: [...model] }
        /** What there still is of it; nothing may have gone that was not too old. */
        const left = (begins: number) => {
          expect(model.filter(({ seq, at }) => seq < begins && at > Date.now() - shortest)).toEqual([])
          return model.filter(({ seq }) => seq >= begins)
        }
        for (const one of steps) {
          if ('mood' in one) small.mood = one.mood
          else if ('wake' in one) {
            small.wake()
            earlier = { restore: small.keep(), model: [...model] }
          } else if ('pass' in one) await pass(small, one.pass)
          else if ('write' in one) {
            for (let i = 0; i < one.write; i++) {
              const [task, session] = [tasks[(one.task + i) % 3]!, sessions[one.session] ?? null]
              small.note(task, `note ${i}`, session)
              told({ task, session })
            }
          } else if ('retention' in one) {
            small.write({ type: 'project:updated', data: { changes: { retention: one.retention } } })
            told({ type: 'project:updated' })
            shortest = Math.min(shortest, (one.retention ?? 1_000) * DAY)
          } else if ('putBack' in one) {
            earlier.restore()
            model = [...earlier.model]
            small.mood = 'well'
            small.note(tasks[0], 'what comes after')
            told({ task: tasks[0], session: null })
            await pass(small, 11_000)
          } else {
            small.mood = 'well' // whoever reads what only D1 has needs D1
            const about = {
              ...((one.about === 'task' || one.about === 'both') && { task: tasks[0] }),
              ...((one.about === 'session' || one.about === 'both') && { session: sessions[1] }),
              ...(one.about === 'type' && { types: ['project:created', 'task:note'] }),
            }
            const { begins } = await page(small, { since: 0, limit: 1 })
            const wanted = left(begins).filter(
              (entry) =>
                (!about.task || entry.task === about.task) &&
                (!about.session || entry.session === about.session) &&
                (!about.types || about.types.includes(entry.type)),
            )
            const range = one.read === 'since' ? { since: one.from } : { before: one.from + 1 }
            const inside = wanted.filter(({ seq }) => (one.read === 'since' ? seq > one.from : seq <= one.from))
            const seqs = inside.map(({ seq }) => seq)
            const first = one.read === 'since' ? seqs.slice(0, one.limit) : seqs.slice(-one.limit)
            const { rows, more } = await page(small, { ...range, ...about, limit: one.limit })
            expect({ seqs: rows.map(({ seq }) => seq), more }).toEqual({ seqs: first, more: seqs.length > one.limit })
          }
        }
        small.mood = 'well'
        await pass(small, 3_600_000)
        expect(small.archive.behind).toBe(0)
        if (small.log.floor > 1) pruned++
        expect(small.log.floor).toBeGreaterThanOrEqual(small.log.head - 20 - 10)
        const { rows, begins } = await page(small, { since: 0, limit: 5_000 })
        expect(rows.map(({ seq }) => seq)).toEqual(left(begins).map(({ seq }) => seq))
        expect(rows.filter(({ id }) => !small.log.has(id))).toEqual([])
      })
    })
    await fc.assert(story, { numRuns: runs(12) })
    expect(pruned).toBeGreaterThan(0)
  })

  test('keeps everything while D1 is away', async () => {
    await withSmallLog(async (small) => {
      small.create()
      small.mood = 'away'
      for (let i = 0; i < 100; i++) {
        small.note(tasks[0], `note ${i}`)
        await pass(small, 60_000)
      }
      expect(small.log.floor).toBe(1)
      expect(small.archive.due).toBeLessThanOrEqual(Date.now() + 5 * 60_000)
      small.mood = 'well'
      await pass(small, 600_000)
      expect(small.archive.behind).toBe(0)
      expect(small.log.floor).toBe(81)
      expect((await page(small, { since: 0, limit: 1_000 })).rows).toHaveLength(101)
    })
  })

  test('goes on while something happens every second, and is a minute late at most', async () => {
    await withSmallLog(
      async (small) => {
        small.create()
        let most = 0
        for (let i = 0; i < 200; i++) {
          small.note(tasks[0], `note ${i}`)
          await pass(small, 1_000)
          most = Math.max(most, small.archive.behind)
        }
        expect(most).toBeGreaterThan(10)
        expect(most).toBeLessThanOrEqual(62)
      },
      { volume: 1_000, tail: 2_000 },
    )
  })

  test('lets go of nothing that D1 was told and does not have', async () => {
    await withSmallLog(async (small) => {
      small.create()
      for (let i = 0; i < 25; i++) small.note(tasks[0], `note ${i}`)
      await pass(small, 60_000)
      await env.DB.prepare('DELETE FROM entries WHERE project = ? AND seq = 4').bind(small.id).run()
      for (let i = 0; i < 25; i++) small.note(tasks[0], `note ${i}`)
      await pass(small, 600_000)
      expect(small.log.floor).toBe(31)
      expect((await page(small, { since: 0, limit: 1_000 })).rows).toHaveLength(51)
    })
  })
})

describe('an id that was used', () => {
  test('is known for ever, and no other is', async () => {
    const year = 365 * 24 * 3_600_000
    // Clocks that are right, late by some time, or a year and more away, either way.
    const age = fc.oneof(fc.nat(100_000), fc.nat(2 * year), fc.constantFrom(-year, -3 * year, year))
    const late = fc.record({ age, again: fc.boolean(), pass: fc.boolean() })
    const story = fc.asyncProperty(fc.array(late, { minLength: 30, maxLength: 120, size: 'max' }), async (steps) => {
      await withSmallLog(async (small) => {
        small.create()
        const used = new Set<string>()
        for (const { age, again, pass: goesOn } of steps) {
          const known = [...used]
          const id = again && known.length ? known[Math.abs(age) % known.length]! : eventId(Date.now() - age)
          expect(small.log.has(id)).toBe(used.has(id))
          if (!used.has(id)) small.note(tasks[0], 'note', null, id)
          used.add(id)
          if (goesOn) await pass(small, 11_000)
        }
        await pass(small, 60_000)
        small.wake()
        for (const id of used) expect(small.log.has(id)).toBe(true)
        for (const id of used) expect(small.log.has(`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`)).toBe(false)
      })
    })
    await fc.assert(story, { numRuns: runs(6) })
  })

  test('costs a new one no look, though half of those that were used come from a clock that is a year ahead', async () => {
    await runInDurableObject(env.TERMINALS.getByName(crypto.randomUUID()), (_, { storage }) => {
      let looks = 0
      const exec: SqlStorage['exec'] = (query, ...values) => {
        if (query.startsWith('SELECT ids')) looks++
        return storage.sql.exec(query, ...values)
      }
      const spent = new Spent({ exec } as SqlStorage) // nothing else of it is used
      const now = Date.now()
      const year = 365 * 24 * 3_600_000
      const used: string[] = []
      for (let volume = 0; volume < 10; volume++) {
        const ids = Array.from({ length: 100 }, (_, i) => eventId(now + volume * 1_000 + i + (i % 2 ? year : 0))).sort()
        spent.add(ids)
        used.push(...ids)
      }
      for (let i = 0; i < 100; i++) expect(spent.has(eventId(now + 60_000 + i))).toBe(false)
      expect(looks).toBe(0)
      for (const id of used) expect(spent.has(id)).toBe(true)
      spent.add(Array.from({ length: 1_000 }, (_, i) => eventId(now + i * year)).sort())
      const parts = storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM spent').one().n
      expect(parts).toBeLessThanOrEqual(20 + 16)
    })
  })
})
