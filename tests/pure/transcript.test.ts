import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Answered, readAnswered } from '../../hooks/claude-code/transcript.ts'
import { readHook } from '../../hooks/read.ts'
import { usageReport } from '../../hooks/usage-report.ts'
import { HookEvent } from '../../protocol/hook-event.ts'

const recorded = readFileSync(new URL('../claude-code/transcripts/compact-resume.jsonl', import.meta.url), 'utf8')
const stamp = { id: 'evt_019a0000000070008000000000000000', at: 1_763_700_000_000, session: 'sess_4hq1w8ze' } as const

const message = { id: 'msg_1', model: 'claude-opus-4-8', usage: { input_tokens: 3, output_tokens: 4 } }
const line = (over: object = {}, inMessage: object = {}) =>
  JSON.stringify({
    ...{ type: 'assistant', timestamp: '2026-11-21T09:12:02.374Z', message: { ...message, ...inMessage } },
    ...over,
  })

describe('a transcript that the real Claude Code wrote', () => {
  const answers = new Map<string, Answered>()
  for (const text of recorded.split('\n')) {
    const answered = readAnswered(text)
    if (answered) answers.set(answered.id, answered)
  }
  test('has eighteen answers, each once, and none that the agent made up to show an error', () => {
    expect(answers.size).toBe(18)
    expect(new Set([...answers.values()].map(({ model }) => model))).toEqual(new Set(['claude-opus-4-8']))
  })
  test('tells what each cost, its cache included', () => {
    const [first] = answers.values()
    expect(first).toEqual({
      id: 'msg_mock94e74642637d20efb2684a9b',
      model: 'claude-opus-4-8',
      at: Date.parse('2026-11-21T09:12:02.374Z'),
      usage: { input: 1200, output: 42, cacheRead: 9000, cacheWrite5m: 300, cacheWrite1h: 0, messages: 1 },
    })
  })
})

describe('a line of a transcript', () => {
  const of = (usage: object) => readAnswered(line({}, { usage }))?.usage
  test('tells apart what was put into the cache for minutes and for an hour', () => {
    const written = (cache_creation: object) => ({
      ...{ input_tokens: 0, output_tokens: 1, cache_creation_input_tokens: 100, cache_creation },
    })
    const parts = { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 70 }
    expect(of(written(parts))).toMatchObject({ cacheWrite5m: 30, cacheWrite1h: 70 })
    expect(of(written({ ...parts, ephemeral_5m_input_tokens: 0 }))).toMatchObject({
      cacheWrite5m: 30,
      cacheWrite1h: 70,
    })
    expect(of(written({}))).toMatchObject({ cacheWrite5m: 100, cacheWrite1h: 0 })
  })
  test('goes by the id of its request where the answer has none', () =>
    expect(readAnswered(line({ requestId: 'req_1' }, { id: undefined }))?.id).toBe('req_1'))
  test.each([
    ['of a user', line({ type: 'user' })],
    ['without an id', line({}, { id: undefined })],
    ['without a time', line({ timestamp: 'soon' })],
    ['of a model whose name is no name', line({}, { model: 'my password is hunter2' })],
    ['that cost nothing', line({}, { usage: { input_tokens: 0, output_tokens: 0 } })],
    ['that is cut off', line().slice(0, -9)],
    ['that is no JSON', '"assistant" "usage"'],
  ])('%s tells nothing', (_, text) => expect(readAnswered(text)).toBeUndefined())
  test('tells no figure that is none', () =>
    expect(of({ input_tokens: 'many', output_tokens: 2, cache_read_input_tokens: -5 })).toMatchObject({
      ...{ input: 0, output: 2, cacheRead: 0 },
    }))
  test('of any content never makes the reader throw', () => {
    fc.assert(fc.property(fc.jsonValue(), (any) => void readAnswered(`${JSON.stringify(any)}"usage""assistant"`)))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('id', 'model', 'usage'), fc.jsonValue()), (any) => {
        readAnswered(line({}, any))
      }),
    )
  })
})

describe('a report of tokens', () => {
  const usage = (input: number) => ({ input, output: 842, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, messages: 3 })
  const read = (models: Record<string, ReturnType<typeof usage>>) =>
    HookEvent.parse(readHook('claude-code', usageReport('c0ffee', { of: 'session', models }), stamp))

  test('is an event like any other, with a line for people that says what is an estimate', () =>
    expect(read({ 'claude-opus-4-8': usage(12_345) })).toEqual({
      ...{ ...stamp, agent: 'claude-code', agentSession: 'c0ffee', kind: 'usage', name: 'MaestroUsage' },
      summary: 'So far 12.3k tokens in, 842 out, est. $0.08',
      usage: { of: 'session', models: { 'claude-opus-4-8': usage(12_345) } },
      payload: null,
    }))
  test('says what it knows no price of', () =>
    expect(read({ 'made-up': usage(1_000) }).summary).toBe(
      'So far 1k tokens in, 842 out, without 1,842 tokens of made-up, whose price is not known',
    ))
  test('of anything is an event', () => {
    const any = fc.record({ session_id: fc.jsonValue(), usage: fc.jsonValue() })
    fc.assert(
      fc.property(any, (fields) => {
        const event = HookEvent.parse(readHook('codex', { hook_event_name: 'MaestroUsage', ...fields }, stamp))
        expect(event).toMatchObject({ kind: 'usage', agent: 'codex' })
      }),
    )
  })
})
