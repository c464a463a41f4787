import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Mood } from './parts/flaky.ts'
import { page, pass } from './parts/read.ts'
import { eventId, withSmallLog } from './parts/small-log.ts'

/** A few when others wait for the machine; more by hand. */
const runs = (few: number) => few * (Number(env.MAESTRO_RUNS) || 1)
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => void vi.useRealTimers())

const tasks = ['task_00000001', 'task_00000002', 'task_00000003'] as const
const sessions = ['sess_00000001', 'sess_00000002'] as const

type Step =
  | { write: number; task: number; session: number }
  | { pass: number }
  | { mood: Mood }
  | { wake: true }
  | { read: 'since' | 'before'; from: number; limit: number; about: 'all' | 'task' | 'session' | 'type' | 'both' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 25 }), task: fc.nat(2), session: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.constantFrom(1_000, 11_000, 60_000, 600_000) }) },
  { weight: 1, arbitrary: fc.record({ mood: fc.constantFrom<Mood>('well', 'well', 'away', 'deaf') }) },
  { weight: 1, arbitrary: fc.constant({ wake: true as const }) },
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
        const model: { seq: number; task?: string; session?: string | null; type: string }[] = [
          { seq: 1, type: 'project:created' },
        ]
        for (const one of steps) {
          if ('mood' in one) small.mood = one.mood
          else if ('wake' in one) small.wake()
          else if ('pass' in one) await pass(small, one.pass)
          else if ('write' in one) {
            for (let i = 0; i < one.write; i++) {
              const [task, session] = [tasks[(one.task + i) % 3]!, sessions[one.session] ?? null]
              small.note(task, `note ${i}`, session)
              model.push({ seq: small.log.head, task, session, type: 'task:note' })
            }
          } else {
            small.mood = 'well' // whoever reads what only D1 has needs D1
            const about = {
              ...((one.about === 'task' || one.about === 'both') && { task: tasks[0] }),
              ...((one.about === 'session' || one.about === 'both') && { session: sessions[1] }),
              ...(one.about === 'type' && { types: ['project:created', 'task:note'] }),
            }
            const wanted = model.filter(
              (entry) =>
                (!about.task || entry.task === about.task) && (!about.session || entry.session === about.session),
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
        const { rows } = await page(small, { since: 0, limit: 5_000 })
        expect(rows.map(({ seq }) => seq)).toEqual(model.map(({ seq }) => seq))
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
    const late = fc.record({ age: fc.nat(100_000), again: fc.boolean(), pass: fc.boolean() })
    const story = fc.asyncProperty(fc.array(late, { minLength: 30, maxLength: 120, size: 'max' }), async (steps) => {
      await withSmallLog(async (small) => {
        small.create()
        const used = new Set<string>()
        for (const { age, again, pass: goesOn } of steps) {
          const known = [...used]
          const id = again && known.length ? known[age % known.length]! : eventId(Date.now() - age)
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
})
