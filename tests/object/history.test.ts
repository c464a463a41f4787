import { applyD1Migrations, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { textOf } from '../../db/entry-words.ts'
import { History } from '../../db/history.ts'
import { toolDays } from '../../db/past.ts'
import { search } from '../../db/search.ts'
import { hasAll, phrasesOf } from '../../db/words.ts'
import { findFresh, toolsAfter } from '../../durable-objects/fresh.ts'
import { type Actor, scopes } from '../../protocol/actor.ts'
import type { HookLogEvent } from '../../protocol/hook.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import { longId, shortId } from '../../protocol/ids.ts'
import { page, pass } from './parts/read.ts'
import { eventId, type SmallLog, withSmallLog } from './parts/small-log.ts'

const bytes = () => crypto.getRandomValues(new Uint8Array(10))
const owner: Actor = { kind: 'person', key: 'key_owner', name: 'owner', scopes }
const day = 24 * 60 * 60_000
const task = 'task_00000001'

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 27, 12) }))
afterEach(() => void vi.useRealTimers())

function used(tool: string, failed = false, ms = 10): HookLogEvent {
  return {
    type: failed ? 'hook:tool_failure' : 'hook:tool_use',
    data: {
      ...{ session: null, agent: 'claude-code', agentSession: null, name: 'PostToolUse', tool, toolUse: null },
      ...{ summary: `${tool} src/date.ts`, ms, needs: null, end: null, sentAt: 0, payload: null },
    },
  }
}

/** All that is found, page by page, as the Worker joins it. */
async function found({ log, archive, project }: SmallLog, text: string, limit: number): Promise<number[]> {
  const phrases = phrasesOf(text)
  const seqs: number[] = []
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
    const fresh = findFresh(log, archive.archived, phrases, before, limit)
    seqs.push(...fresh.rows.map(({ seq }) => seq))
    before = fresh.before
    if (!fresh.through) continue
    const older = await search(env.DB, project.id!, phrases, fresh.before, limit)
    seqs.push(...older.rows.map(({ seq }) => seq))
    before = older.before
  }
  return seqs
}

describe('a search', () => {
  test('finds what any reader would find, in the log and in the archive, newest first', async () => {
    const word = fc.constantFrom(
      'retry',
      'Payments',
      'pa',
      'src/date.ts',
      'Überprüfung',
      '漢字',
      'payment',
      'date',
      '"',
    )
    const asked = fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' '))
    const texts = fc.array(
      fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' ')),
      { minLength: 5, maxLength: 60, size: 'max' },
    )
    const story = fc.asyncProperty(
      texts,
      asked,
      fc.nat(30),
      fc.constantFrom(1, 3, 50),
      async (all, text, late, limit) => {
        fc.pre(phrasesOf(text).length > 0)
        await withSmallLog(async (small) => {
          small.create()
          for (const [i, one] of all.entries()) {
            small.note(task, one)
            if (i % 7 === 0 && i < all.length - late) await pass(small, 3_000)
          }
          const inAll = [...small.log.since(0, 1_000)].filter((row) => hasAll(textOf(row), phrasesOf(text)))
          const older = (await page(small, { since: 0, limit: 1_000 })).rows
          const wanted = older.filter((row) => hasAll(textOf(row), phrasesOf(text))).map(({ seq }) => seq)
          expect(wanted.length).toBeGreaterThanOrEqual(inAll.length)
          expect(await found(small, text, limit)).toEqual(wanted.reverse())
        })
      },
    )
    await fc.assert(story, { numRuns: 12 * (Number(env.MAESTRO_RUNS) || 1) })
  })

  test('takes what somebody types for words, whatever it means to the index', async () => {
    await withSmallLog(async (small) => {
      small.create()
      small.note(task, 'He said "NOT now" AND left: a* b^2 {c} NEAR(d) col:e')
      await pass(small, 60_000)
      for (const text of ['"NOT now', 'AND', 'a*', 'b^2', '{c}', 'NEAR(d)', 'col:e', 'now" AND', "left'"])
        expect([text, await found(small, text, 5)]).toEqual([text, [2]])
      expect(await found(small, 'nothing', 5)).toEqual([])
    })
  })

  test('finds prompts and plans, and a tool once', () => {
    const data = (event: object) => JSON.stringify(event)
    const prompt = { summary: 'Prompt: fix…', payload: { prompt: 'fix the flaky parser' } }
    expect(textOf({ type: 'hook:prompt', data: data(prompt) })).toContain('flaky parser')
    expect(textOf({ type: 'hook:tool_start', data: data(used('Bash').data) })).toBe('')
    expect(textOf({ type: 'hook:tool_use', data: data(used('Bash').data) })).toBe('Bash src/date.ts')
    const planned = {
      task: { title: 'Dig', description: 'deep', acceptance: 'a hole', subtasks: [{ title: 'spade' }] },
    }
    expect(textOf({ type: 'task:created', data: data(planned) })).toBe('Dig\ndeep\na hole\nspade')
    const result = { task, action: 'completed', changes: { status: 'done', result: { summary: 'All dug' } } }
    expect(textOf({ type: 'task:updated', data: data(result) })).toBe('All dug')
  })
})

test('a rare task is found among entries of a frequent type without reading where all of those are', async () => {
  await withSmallLog(async (small) => {
    small.create()
    for (let batch = 0; batch < 30; batch++) {
      small.note(batch === 15 ? 'task_00000002' : task, 'note')
      await pass(small, 3_000)
    }
    let rows = 0
    const counting = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({
          async all() {
            const answer = await env.DB.prepare(sql)
              .bind(...values)
              .all()
            rows += answer.results.length
            return answer
          },
        }),
      }),
    } as unknown as D1Database // nothing else of it is used
    const about = { task: 'task_00000002', types: ['task:note'] }
    for (const order of ['since', 'before'] as const) {
      rows = 0
      const some =
        order === 'since'
          ? await new History(counting, small.id).since(0, 5, undefined, about)
          : await new History(counting, small.id).before(1_000, 5, about)
      expect(some.map(({ seq }) => seq)).toEqual([17])
      expect(rows).toBe(3) // one posting of each, and the entry
    }
  })
})

describe('what is long in words', () => {
  const prompt = (text: string): HookLogEvent => ({
    type: 'hook:prompt',
    data: { ...used('').data, name: 'UserPromptSubmit', tool: null, summary: 'Prompt', payload: { prompt: text } },
  })

  test.each([
    ['by signs that stand for many', '\ufdfa'.repeat(2_000)],
    ['by parts of three bytes', `\u321d`.repeat(2_000)],
  ])('%s reaches the archive', async (_, text) => {
    await withSmallLog(
      async (small) => {
        small.create()
        for (let i = 0; i < 190; i++) small.write(prompt(`p${i} ${text}`), undefined, undefined, undefined, false)
        await pass(small, 60_000)
        expect(small.archive.behind).toBe(0)
        expect((await page(small, { since: 0, limit: 1_000, types: ['hook:prompt'] })).rows).toHaveLength(190)
        expect(await found(small, 'p123', 10)).toEqual([125])
      },
      { volume: 1_000, tail: 1_000 },
    )
  })
})

describe('what is too large for D1', () => {
  test('together is sent in parts, and what is so alone is there, if not found by its words', async () => {
    await withSmallLog(
      async (small) => {
        small.create()
        small.database.most = 3_000
        for (let i = 0; i < 30; i++) small.note(task, `before ${i}`)
        small.note(task, '漢'.repeat(2_000))
        for (let i = 0; i < 30; i++) small.note(task, `after ${i}`)
        await pass(small, 60_000)
        expect(small.archive.behind).toBe(0)
        expect((await page(small, { since: 0, limit: 1_000 })).rows).toHaveLength(62)
        expect(await found(small, 'after', 100)).toHaveLength(30)
        expect(await found(small, '漢', 100)).toEqual([])
      },
      { volume: 10, tail: 20 },
    )
  })
})

describe('tools by day', () => {
  test('are counted once, however often D1 loses its answer', async () => {
    await withSmallLog(async (small) => {
      small.create()
      const moods = ['deaf', 'away', 'well', 'deaf', 'well'] as const
      for (let i = 0; i < 30; i++) {
        small.mood = moods[i % moods.length]!
        for (let n = 0; n < 3; n++) small.write(used(n ? 'Bash' : 'Edit', n === 2))
        await pass(small, 600_000)
      }
      const told = async () => {
        const { seq, rows } = await toolDays(env.DB, small.id, '2026-11-27', '2026-11-27')
        return { rows, fresh: toolsAfter(small.log, seq) }
      }
      const before = await told()
      const sum = (rows: typeof before.rows) => rows.reduce((all, [, , , calls]) => all + calls, 0)
      expect(sum(before.rows) + sum(before.fresh)).toBe(90)
      small.mood = 'well'
      await pass(small, 600_000)
      expect((await told()).rows.sort()).toEqual([
        ['2026-11-27', 'claude-code', 'Bash', 60, 30, 600],
        ['2026-11-27', 'claude-code', 'Edit', 30, 0, 300],
      ])
    })
  })
})

describe('retention', () => {
  const keep = (small: SmallLog, days: number | null) =>
    small.write({ type: 'project:updated', data: { changes: { retention: days } } })
  const count = async (sql: string, ...values: unknown[]) =>
    (await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`)
      .bind(...values)
      .first<{ n: number }>())!.n

  test('deletes what is older, in D1 and here, says where history begins, and keeps the counts', async () => {
    await withSmallLog(async (small) => {
      small.create()
      keep(small, 2)
      for (let i = 0; i < 100; i++) small.write(used('Bash'))
      await pass(small, day)
      for (let i = 0; i < 100; i++) small.note(task, `second day ${i}`)
      await pass(small, day)
      for (let i = 0; i < 20; i++) small.note(task, `third day ${i}`)
      await pass(small, 2 * 60 * 60_000)
      const { rows, begins } = await page(small, { since: 0, limit: 1_000 })
      expect(begins).toBe(96) // 103 is the first of the second day: neighbours go together
      expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: small.log.head - 95 }, (_, i) => i + 96))
      const some = async (limit: number) => (await page(small, { since: 0, limit, types: ['hook:tool_use'] })).rows
      expect((await some(5)).map(({ seq }) => seq)).toEqual([96, 97, 98, 99, 100])
      expect(await count('entries WHERE project = ?', small.id)).toBe(small.log.head - 95)
      expect(await found(small, 'date', 1_000)).toHaveLength(7)
      const days = await toolDays(env.DB, small.id, '2026-11-01', '2026-11-30')
      expect(days.rows).toEqual([['2026-11-27', 'claude-code', 'Bash', 100, 0, 1_000]])
    })
  })

  test('leaves nothing of a project that was quiet for long', async () => {
    await withSmallLog(async (small) => {
      small.create()
      keep(small, 1)
      for (let i = 0; i < 40; i++) small.note(task, `secret ${i}`)
      await pass(small, 4 * day)
      const { rows, begins } = await page(small, { since: 0, limit: 1_000 })
      expect({ rows, begins }).toEqual({ rows: [], begins: 43 })
      expect(await count('entries WHERE project = ?', small.id)).toBe(0)
      expect(await count('postings WHERE project = ?', small.id)).toBe(0)
      expect(await found(small, 'secret', 10)).toEqual([])
      small.note(task, 'again')
      await pass(small, 3_000)
      small.wake()
      expect((await page(small, { since: 0, limit: 10 })).rows.map(({ seq }) => seq)).toEqual([43])
      expect(small.project.name).toBe('small')
      expect([...small.log.before(1_000, 100)].map(({ seq }) => seq)).toEqual([43])
    })
  })

  test('is taken back, and then nothing more goes', async () => {
    await withSmallLog(async (small) => {
      small.create()
      keep(small, 2)
      for (let i = 0; i < 40; i++) small.note(task, `note ${i}`)
      await pass(small, day)
      keep(small, null)
      await pass(small, 10 * day)
      expect((await page(small, { since: 0, limit: 100 })).rows).toHaveLength(43)
    })
  })
})

describe('an old report or request', () => {
  const hook = (id = longId('evt', Date.now(), bytes())): HookEvent => ({
    ...{ id, at: Date.now(), agent: 'claude-code', kind: 'stop', name: 'Stop', summary: '', payload: null },
  })

  test('is known after 30,000 others, when only D1 still has it', async () => {
    const project = longId('proj', Date.now(), bytes())
    const object = env.PROJECTS.getByName(project)
    const ask = (id: string, title: string, by = owner) =>
      object.execute(by, { type: 'task.create', task: made, title, ...plain }, id)
    const made = shortId('task', bytes())
    const plain = { description: '', priority: 'medium' as const, acceptance: '', labels: [], needs: [], subtasks: [] }
    await object.execute(owner, { type: 'project.create', project, name: 'old' }, eventId())
    const first = await ask('request-of-old', 'First')
    const early = hook()
    await object.hear(owner, [early])
    for (let i = 0; i < 31; i++)
      await object.hear(
        owner,
        Array.from({ length: 1_000 }, () => hook()),
      )
    for (let i = 0; i < 20; i++) {
      vi.setSystemTime(Date.now() + 60_000)
      await runDurableObjectAlarm(object)
    }
    expect(await object.figures()).toMatchObject({ floor: 10_001, archiveBehind: 0 })
    expect(await object.hear(owner, [early])).toEqual([{ id: early.id, result: 'duplicate' }])
    expect(await ask('request-of-old', 'First')).toEqual({ ok: true, value: { ...told(first), duplicate: true } })
    expect(await ask('request-of-old', 'First', { ...owner, name: 'other' })).toMatchObject({ ok: false })
    expect(await ask(early.id, 'Other')).toMatchObject({ ok: false, error: { error: 'conflict' } })
    await runInDurableObject(object, (_, { storage }) => {
      const tables = storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'entries%'")
      expect(tables.toArray().map(({ name }) => name)).toEqual(['entries_10001', 'entries_20001', 'entries_30001'])
    })
  }, 60_000)

  function told(outcome: { ok: boolean }): object {
    return 'value' in outcome ? (outcome.value as object) : {} // it was done
  }
})
