import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  EventId,
  longId,
  ProjectId,
  SessionId,
  SpawnerId,
  SubtaskId,
  shortId,
  TaskId,
  unmanagedSessionId,
} from '../../../protocol/ids.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const schemas = { task: TaskId, sub: SubtaskId, sess: SessionId, spn: SpawnerId }
const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 })

describe('a short id', () => {
  test.each(['task', 'sub', 'sess', 'spn'] as const)('of a %s is one of that kind and of no other', (prefix) =>
    fc.assert(
      fc.property(bytes(8), (random) => {
        const id = shortId(prefix, random)
        for (const [kind, schema] of Object.entries(schemas)) expect(schema.safeParse(id).success).toBe(kind === prefix)
      }),
    ),
  )
  test('has no letter that is taken for another, and no capital', () =>
    fc.assert(
      fc.property(bytes(8), (random) => {
        expect(shortId('task', random)).toMatch(/^task_[^ilouA-Z]{8}$/)
      }),
    ))
  test('uses every letter of its alphabet alike', () => {
    const letters = Array.from({ length: 256 }, (_, byte) => shortId('task', new Uint8Array(8).fill(byte)).at(-1))
    const counts = Map.groupBy(letters, (letter) => letter)
    expect(counts.size).toBe(32)
    expect([...counts.values()].every(({ length }) => length === 8)).toBe(true)
  })
  test.each([
    '',
    'task',
    'task_',
    'task_1234567',
    'task_123456789',
    'task_1234567i',
    'task_1234567A',
    'TASK_12345678',
    'sess_12345678',
    ' task_12345678',
    'task_12345678\n',
  ])('of a task is not %j', (text) => {
    expect(TaskId.safeParse(text).success).toBe(false)
  })
})

describe('a long id', () => {
  test('is a UUIDv7 of its moment', () =>
    fc.assert(
      fc.property(moment, bytes(10), (ms, random) => {
        const id = longId('evt', ms, random)
        expect(EventId.safeParse(id).success).toBe(true)
        expect(ProjectId.safeParse(id).success).toBe(false)
        expect(id).toMatch(/^evt_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
        expect(Number.parseInt(id.slice(4, 16), 16)).toBe(ms)
      }),
    ))
  test('sorts by its moment', () =>
    fc.assert(
      fc.property(moment, moment, bytes(10), bytes(10), (a, b, one, other) => {
        fc.pre(a < b)
        expect(longId('evt', a, one) < longId('evt', b, other)).toBe(true)
      }),
    ))
  test('keeps all its randomness', () =>
    fc.assert(
      fc.property(bytes(10), fc.integer({ min: 0, max: 9 }), (random, at) => {
        const other = Uint8Array.from(random)
        other[at]! ^= 1
        // 74 of the 80 bits are used: the version and the variant take the place of the other six.
        expect(longId('proj', 0, random) === longId('proj', 0, other)).toBe(false)
      }),
    ))
})

describe('the id of a session that nobody spawned', () => {
  test("is always the same for the same agent's id", () =>
    fc.assert(fc.property(fc.string(), (own) => SessionId.parse(unmanagedSessionId(own)) === unmanagedSessionId(own))))
  test('is another for another: none of 20,000 clash', () => {
    const ids = new Set(
      Array.from({ length: 20_000 }, (_, i) =>
        unmanagedSessionId(`6d1f2c3a-0000-4000-8000-${String(i).padStart(12, '0')}`),
      ),
    )
    expect(ids.size).toBe(20_000)
  })
})
