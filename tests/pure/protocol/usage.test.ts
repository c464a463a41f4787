import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unmanagedSessionId } from '../../../protocol/ids.ts'
import { emptyProject, type Project, withDefaults } from '../../../protocol/model.ts'
import { estimate, formatCost, withoutPrice } from '../../../protocol/prices.ts'
import { type Entry, evolve, replay } from '../../../protocol/project.ts'
import { type Answer, answer, queries } from '../../../protocol/queries.ts'
import {
  formatTokens,
  HookUsage,
  keepUsage,
  type Models,
  type ModelUsage,
  noUsage,
  shareOf,
  totalOf,
  usageOf,
} from '../../../protocol/usage.ts'
import { add, atWork, ended, given, heard, hookKey, minutes, s1, s2, t1, t2 } from './given.ts'

const tokens = (some: Partial<ModelUsage> = {}): ModelUsage => ({ ...noUsage(), ...some })
const opus = (input: number, output: number) => ({ 'claude-opus-4-8': tokens({ input, output, messages: 1 }) })
const told = (of: 'session' | 'event', models: Models, session = s1) =>
  heard('usage', { session, usage: { of, models } })
const show = (project: Project, asked: Record<string, unknown> = {}) =>
  answer(project, { type: 'usage.show', ...queries['usage.show'].input.parse(asked) }) as Answer['usage.show'] // what it answers

describe('the tokens of a session', () => {
  test('are what its agent has come to, and not more when it says it again', () => {
    const { session, project } = given(...atWork(s1), told('session', opus(100, 5))).when(told('session', opus(250, 9)))
    expect(session(s1).usage).toEqual({ inputTokens: 250, outputTokens: 9, models: opus(250, 9) })
    expect(project.usage).toEqual(opus(250, 9))
  })
  test('grow by what is told of one answer', () => {
    const one = { ...opus(10, 1), 'gpt-5': tokens({ input: 7, cacheRead: 3 }) }
    const { session, project } = given(...atWork(s1), told('event', opus(100, 5))).when(told('event', one))
    expect(session(s1).usage).toMatchObject({ inputTokens: 120, outputTokens: 6 })
    expect(session(s1).usage?.models['claude-opus-4-8']).toEqual(tokens({ input: 110, output: 6, messages: 2 }))
    expect(project.usage).toEqual(session(s1).usage?.models)
  })
  test('can come with an event of another kind', () => {
    const { session } = given(...atWork(s1)).when(
      heard('tool_use', { session: s1, tool: 'Bash', usage: { of: 'event', models: opus(3, 4) } }),
    )
    expect(session(s1)).toMatchObject({ usage: { inputTokens: 3, outputTokens: 4 }, tools: { Bash: { calls: 1 } } })
  })
  test('say nothing of whether it works: they are counted by somebody else, and late', () => {
    const resting = [...atWork(s1), heard('stop', { session: s1 })]
    const { session } = given(...resting).when(told('session', opus(1, 1)), { now: 99 })
    expect(session(s1).status).toBe('idle')
    expect(session(s1).lastSeenAt).not.toBe(99)
    const asking = heard('permission', { session: s1, needs: { kind: 'permission', message: 'May I?' } })
    expect(
      given(...atWork(s1), asking)
        .when(told('session', opus(1, 1)))
        .session(s1),
    ).toMatchObject({ status: 'waiting', needsYou: { message: 'May I?' } })
  })
  test('are counted after its end too, and do not bring it back', () => {
    const hand = unmanagedSessionId('c0ffee')
    const byHand = { agentSession: 'c0ffee' }
    const over = given(heard('prompt', byHand, hookKey), heard('session_end', byHand, hookKey))
    const { types, session } = over.when(
      heard('usage', { ...byHand, usage: { of: 'session', models: opus(5, 5) } }, hookKey),
    )
    expect(types).toEqual(['hook:usage'])
    expect(session(hand)).toMatchObject({ status: 'ended', usage: { inputTokens: 5 } })
    expect(
      given(...atWork(s1), ended(s1, 'completed'))
        .when(told('session', opus(5, 5)))
        .session(s1),
    ).toMatchObject({ status: 'ended', usage: { outputTokens: 5 } })
  })
  test('of whatever is told, the project has the sum of its sessions', () => {
    const figure = fc.nat(1_000)
    const model = fc.constantFrom('claude-opus-4-8', 'gpt-5', 'constructor', '__proto__', 'made-up')
    const models = fc.dictionary(
      model,
      fc.record({
        ...{
          input: figure,
          output: figure,
          cacheRead: figure,
          cacheWrite5m: figure,
          cacheWrite1h: figure,
          messages: figure,
        },
      }),
      { noNullPrototype: true },
    )
    const step = fc.record({ of: fc.constantFrom('session', 'event'), models, session: fc.constantFrom(s1, s2) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { project } = given(
          ...atWork(s1),
          ...atWork(s2),
          ...steps.map((one) => told(one.of, one.models, one.session)),
        )
        const all = Object.values(project.sessions).flatMap(({ usage }) => (usage ? [usage.models] : []))
        const sum = totalOf(
          Object.fromEntries(
            all.flatMap((models, at) => Object.entries(models).map(([name, usage]) => [`${at} ${name}`, usage])),
          ),
        )
        expect(totalOf(project.usage ?? {})).toEqual(sum)
        expect(JSON.parse(JSON.stringify(project))).toEqual(project)
      }),
    )
  })
  test('of more models than there are, told bit by bit, are counted together, and none is lost or counted twice', () => {
    const told = (session: typeof s1, of: 'session' | 'event', models: Models) => ({ session, of, models })
    const some = (from: number) =>
      Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`model-${from + n}`, tokens({ input: from + n + 1 })]))
    const reports = Array.from({ length: 12 }, (_, n) => told(n % 2 ? s1 : s2, 'event', some(n * 30)))
    const { project } = given(
      ...atWork(s1),
      ...atWork(s2),
      ...[...reports, told(s1, 'session', opus(7, 1)), told(s1, 'event', some(90)), told(s2, 'session', some(300))].map(
        ({ session, of, models }) => heard('usage', { session, usage: { of, models } }),
      ),
    )
    const session = (id: typeof s1) => project.sessions[id]!
    const inputs = (from: number) => Object.values(some(from)).reduce((sum, { input }) => sum + input, 0)
    expect(session(s1).usage?.inputTokens).toBe(7 + inputs(90))
    expect(totalOf(project.usage ?? {}).input).toBe(7 + inputs(90) + inputs(300))
    expect(Object.values(project.usage ?? {}).every(({ input }) => input >= 0)).toBe(true)
    expect(Object.keys(session(s1).usage?.models ?? {})).toHaveLength(51)
    expect(session(s1).usage?.models.other).toMatchObject({ input: 140 })
    expect(Object.keys(project.usage ?? {}).length).toBeLessThanOrEqual(201)
  })
  test('told of more models than there are is not believed', () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`model-${n}`, tokens()]))
    expect(HookUsage.safeParse({ of: 'event', models: many }).success).toBe(false)
    expect(HookUsage.safeParse({ of: 'event', models: { a: tokens({ input: -1 }) } }).success).toBe(false)
    expect(HookUsage.safeParse({ of: 'event', models: { a: tokens({ input: 1e13 }) } }).success).toBe(false)
  })
})

describe('a project that an earlier version kept', () => {
  const story = given(...atWork(s1), ...atWork(s2))
  test('wakes, its tokens counted as of a model that nobody named', () => {
    const old = structuredClone(story.project)
    delete old.usage
    const before = { inputTokens: 30, outputTokens: 4 }
    old.sessions[s1]!.usage = before as never // as it was written then
    const woken = withDefaults(old)
    const unknown = tokens({ input: 30, output: 4 })
    expect(woken.sessions[s1]?.usage).toEqual({ ...before, models: { unknown } })
    expect(woken.usage).toEqual({ unknown })
    expect(show(woken).total).toMatchObject({ cost: null, unpriced: { unknown: 34 } })
  })
  test('of a log without any tokens is replayed as it was', () => {
    const { usage: _, ...rest } = replay(story.log)
    const { usage: __, ...now } = story.project
    expect(rest).toEqual(now)
  })
})

describe('what a session, a task or a model has used', () => {
  const two = [add(t1, { title: 'Prune' }), add(t2), ...atWork(s2, [t1]), ended(s2, 'failed'), ...atWork(s1, [t1, t2])]
  const both = { ...opus(101, 10), 'made-up': tokens({ input: 7 }) }
  const { project } = given(...two, told('session', both)).when(told('session', opus(1_000, 0), s2))

  test('is shown by session, the most expensive first', () => {
    const { items, total } = show(project)
    expect(items.map(({ id, models, tokens }) => [id, models, tokens.input])).toEqual([
      [s2, ['claude-opus-4-8'], 1_000],
      [s1, ['claude-opus-4-8', 'made-up'], 108],
    ])
    expect(total).toMatchObject({ tokens: { input: 1_108, output: 10 }, unpriced: { 'made-up': 7 } })
    expect(total.cost).toBeCloseTo((1_101 * 5 + 10 * 25) / 1e6, 10)
  })
  test('of a session with two tasks is split evenly, and nothing is lost by it', () => {
    const { items } = show(project, { by: 'task' })
    expect(items.map(({ id, name, tokens }) => [id, name, tokens.input, tokens.output])).toEqual([
      [t1, 'Prune', 1_000 + 51 + 4, 5],
      [t2, expect.any(String), 50 + 3, 5],
    ])
    expect(show(project, { task: t2 }).total.tokens).toMatchObject({ input: 53, output: 5 })
  })
  test('is shown by model, and of one session alone', () => {
    expect(show(project, { by: 'model', session: s1 }).items.map(({ id, cost }) => [id, cost === null])).toEqual([
      ['claude-opus-4-8', false],
      ['made-up', true],
    ])
  })
  test('without a task is of none', () => {
    const { project } = given(...atWork(s1)).when(told('session', opus(1, 1)))
    expect(show(project, { by: 'task' }).items).toMatchObject([{ id: 'none', name: 'On no task' }])
  })
  test('comes in pages, with the date of the prices', () => {
    const page = show(project, { limit: 1 })
    expect(page).toMatchObject({ cursor: s2, prices: { date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) } })
    expect(show(project, { limit: 1, cursor: page.cursor })).toMatchObject({ items: [{ id: s1 }], cursor: null })
    expect(page.total).toEqual(show(project).total)
  })
  test('of what is not there is refused', () => {
    expect(() => show(emptyProject(), { session: s1 })).toThrow(/no session/)
    expect(() => show(emptyProject(), { task: t1 })).toThrow(/no task/)
  })
  test('is kept in sum when a session is gone from the state', () => {
    const later = structuredClone(project)
    delete later.sessions[s2]
    expect(show(later).total).toEqual(show(project).total)
  })
  test.each([
    ['says its totals again', 'session', 110],
    ['says what was added', 'event', 10],
  ] as const)('is not counted twice when a session that was forgotten is resumed, and %s', (_, of, input) => {
    const byHand = { agentSession: 'c0ffee' }
    const hand = unmanagedSessionId('c0ffee')
    const told = (of: 'session' | 'event', input: number) =>
      heard('usage', { ...byHand, usage: { of, models: opus(input, 0) } }, hookKey)
    const story = given(heard('prompt', byHand, hookKey), told('session', 100), heard('session_end', byHand, hookKey))
    const gone = { seq: 99, id: 'x', at: story.now, by: 'maestro', type: 'session:forgotten' } as const
    evolve(story.project, { ...gone, data: { sessions: [hand] } } as Entry) // an id of no request
    expect(story.project.sessions[hand]).toBeUndefined()
    expect(story.project.usage).toMatchObject(opus(100, 0))
    story.take(heard('prompt', byHand, hookKey))
    const { session, project } = story.when(told(of, input))
    expect(session(hand).usage?.inputTokens).toBe(110)
    expect(totalOf(project.usage ?? {}).input).toBe(110)
  })
  test('of those that were forgotten is known of the last three hundred', () => {
    const { project } = given()
    for (let n = 0; n < 310; n++) keepUsage(project, { id: `sess_${n}`, managed: false, usage: usageOf(opus(n, 0)) })
    expect(Object.keys(project.forgotten ?? {})).toHaveLength(300)
    expect(project.forgotten).toHaveProperty('sess_309')
  })
  test('shares of any figure come to it again', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 20 }), (input, parts) => {
        const shares = Array.from({ length: parts }, (_, at) => shareOf(tokens({ input }), parts, at).input)
        expect(shares.reduce((sum, one) => sum + one, 0)).toBe(input)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('an estimate', () => {
  const all = { input: 1e6, output: 1e6, cacheRead: 1e6, cacheWrite5m: 1e6, cacheWrite1h: 1e6, messages: 1 }
  test.each([
    ['claude-opus-4-8', 5 + 25 + 0.5 + 6.25 + 10],
    ['claude-opus-4-1-20250805', 15 + 75 + 1.5 + 18.75 + 30],
    ['claude-sonnet-4-5-20250929', 3 + 15 + 0.3 + 3.75 + 6],
    ['claude-sonnet-4-5[1m]', 3 + 15 + 0.3 + 3.75 + 6],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3 + 15 + 0.3 + 3.75 + 6],
    ['anthropic/claude-haiku-4-5', 1 + 5 + 0.1 + 1.25 + 2],
    ['claude-haiku-4-5@20251001', 1 + 5 + 0.1 + 1.25 + 2],
    ['gpt-5-2025-08-07', 1.25 + 10 + 0.125 + 1.25 + 1.25],
    ['gpt-5.3-codex', 1.75 + 14 + 0.175 + 1.75 + 1.75],
    ['models/gemini-2.5-pro', 1.25 + 10 + 0.125 + 1.25 + 1.25],
    ['gemini-3-pro-preview', 2 + 12 + 0.2 + 2 + 2],
  ])('of %s follows its row', (model, cost) => expect(estimate({ [model]: all }).cost).toBeCloseTo(cost, 9))
  test.each(['claude-opus-9', 'gpt-5.9', 'gpt-5-codex-tiny', 'gemini-2.5-ultra', 'unknown', 'constructor', ''])(
    'of %j is none: a neighbour’s price would be a guess',
    (model) => expect(estimate({ [model]: all })).toEqual({ cost: null, unpriced: { [model]: 5e6 } }),
  )
  test('says what it leaves out', () => {
    const known = estimate({ ...opus(1e6, 0), 'made-up': tokens({ input: 1_200 }) })
    expect(known.cost).toBe(5)
    expect(withoutPrice(known)).toBe('without 1,200 tokens of made-up, whose price is not known')
    expect(withoutPrice(estimate(opus(1, 1)))).toBe('')
  })
  test.each([
    [null, ''],
    [0, 'est. $0.00'],
    [0.004, 'est. < $0.01'],
    [0.42, 'est. $0.42'],
    [99.999, 'est. $100.00'],
    [12_345.6, 'est. $12,346'],
  ])('of %s dollars reads %j', (cost, text) => expect(formatCost(cost)).toBe(text))
  test.each([
    [0, '0'],
    [842, '842'],
    [1_000, '1k'],
    [12_345, '12.3k'],
    [999_960, '1M'],
    [1_234_567, '1.2M'],
    [234_567_890, '235M'],
    [5e9, '5B'],
  ])('%s tokens read %j', (count, text) => expect(formatTokens(count)).toBe(text))
})

test('a session that waits for the clock is not put off by tokens', () => {
  const silent = given(...atWork(s1), { later: minutes(1) })
  const before = silent.project.sessions[s1]?.lastSeenAt
  expect(silent.when(told('session', opus(1, 1))).session(s1).lastSeenAt).toBe(before)
})
