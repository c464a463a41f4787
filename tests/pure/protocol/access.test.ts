import { describe, expect, test } from 'vitest'
import { decide } from '../../../protocol/project.ts'
import {
  type Asked,
  add,
  agent,
  atWork,
  claimed,
  complete,
  ended,
  given,
  m2,
  online,
  report,
  s1,
  s2,
  s3,
  sessionId,
  spawn,
  t1,
  t2,
  take,
} from './given.ts'

const two = [add(t1), add(t2), ...atWork(s1, [t1]), ...atWork(s2, [t2])]
const childOf = (parent: typeof s1, child: typeof s1) => ({ by: agent(parent), ask: spawn(child) })

const trespasses: Asked[] = [
  { type: 'task.edit', task: t2, title: 'Mine now' },
  { type: 'task.release', task: t2 },
  { type: 'task.block', task: t2, reason: 'because' },
  { type: 'task.review', task: t2 },
  { type: 'task.complete', task: t2 },
  { type: 'task.cancel', task: t2 },
  { type: 'task.delete', task: t2 },
  { type: 'task.note', task: t2, text: 'hello' },
  { type: 'subtask.create', task: t2, subtask: 'sub_00000001', title: 'Mine' },
  { type: 'session.spawn', session: s3, tasks: [t2] },
]

describe("an agent's key", () => {
  test.each(trespasses)('may not ask for $type on the task of another session', (ask) => {
    const { refused } = given(...two).when(ask, { by: agent(s1) })
    expect(refused).toMatchObject({ error: 'forbidden', message: `${t2} is not a task of ${s1}` })
    expect(refused.suggestion).toBe(`maestro task list --session ${s1}`)
  })
  test('may not take a task for another session', () => {
    const { refused } = given(add(t1), ...atWork(s1), ...atWork(s2)).when(take(t1, s2), { by: agent(s1) })
    expect(refused).toMatchObject({ error: 'forbidden', suggestion: `maestro task claim ${t1}` })
  })
  test.each([
    { type: 'session.stop', session: s2 },
    { type: 'session.progress', session: s2, text: 'hello' },
    { type: 'session.register', session: s2, agentSession: 'abc' },
  ] as const)('may not ask for $type on another session', (ask) =>
    expect(given(...two).when(ask, { by: agent(s1) }).refused).toMatchObject({
      error: 'forbidden',
      suggestion: 'maestro whoami',
    }),
  )
  test('loses a task that it gave back once another has it', () => {
    const story = given(add(t1), ...atWork(s1, [t1]), ...atWork(s2), { type: 'task.release', task: t1 }, take(t1, s2))
    expect(story.when(complete(t1), { by: agent(s1) }).refused.error).toBe('forbidden')
  })
  test('is good for the tasks it made', () =>
    expect(
      given(...atWork(s1), { by: agent(s1), ask: add(t1) })
        .when({ type: 'task.edit', task: t1, title: 'Better' }, { by: agent(s1) })
        .task(t1).title,
    ).toBe('Better'))
  test('is good for what its children work on and made', () => {
    const story = given(
      ...atWork(s1),
      childOf(s1, s2),
      online(m2),
      claimed(s2, m2),
      report(s2),
      { by: agent(s2), ask: add(t1) },
      add(t2),
      take(t2, s2),
    )
    for (const task of [t1, t2]) {
      expect(story.when({ type: 'task.note', task, text: 'Go on' }, { by: agent(s1) }).types).toEqual(['task:note'])
    }
  })
  test('may stop its children, and theirs', () => {
    const story = given(...atWork(s1), childOf(s1, s2), childOf(s2, s3))
    expect(story.when({ type: 'session.stop', session: s3 }, { by: agent(s1) }).session(s3).outcome).toBe('stopped')
  })
  test('is refused once its session has ended', () => {
    const { refused } = given(add(t1), ...atWork(s1, [t1]), ended(s1, 'completed')).when(complete(t1), {
      by: agent(s1),
    })
    expect(refused).toMatchObject({ error: 'credentials_ended', message: `${s1} has ended, and its key with it` })
  })
})

describe('the key of a session that is not there', () => {
  test.each([add(t1), spawn(s1), spawn(s2)])('is refused: $type', (ask) =>
    expect(given().when(ask, { by: agent(s1) }).refused.error).toBe('credentials_ended'),
  )
})

describe('the budget of an agent', () => {
  const children = (parent: typeof s1, from: number, count: number) =>
    Array.from({ length: count }, (_, i) => childOf(parent, sessionId(from + i)))
  test('is twenty sessions at work', () => {
    const { refused } = given(...atWork(s1), ...children(s1, 10, 20)).when(spawn(s2), { by: agent(s1) })
    expect(refused).toMatchObject({ error: 'budget_exhausted', suggestion: 'maestro session list', retryable: false })
    expect(refused.message).toContain(`${s1} has 20 sessions`)
  })
  test('has room again when one has ended', () => {
    const story = given(...atWork(s1), ...children(s1, 10, 20), { type: 'session.stop', session: sessionId(10) })
    expect(story.when(spawn(s2), { by: agent(s1) }).session(s2).parent).toBe(s1)
  })
  test('is spent by the children of its children too', () => {
    const story = given(...atWork(s1), childOf(s1, s2), ...children(s2, 10, 19))
    const { refused } = story.when(spawn(s3), { by: agent(s2) })
    expect(refused.message).toContain(`${s1} has 20 sessions`)
  })
  test('is three deep', () => {
    const { refused } = given(...atWork(s1), childOf(s1, s2), childOf(s2, s3)).when(spawn(sessionId(4)), {
      by: agent(s3),
    })
    expect(refused).toMatchObject({
      error: 'budget_exhausted',
      message: `Sessions may start sessions 3 deep, and ${s3} is at the bottom`,
    })
  })
  test('does not bind people', () => {
    const { project } = given(...Array.from({ length: 25 }, (_, i) => spawn(sessionId(10 + i))))
    expect(Object.keys(project.live)).toHaveLength(25)
  })
})

test('what may not be asked changes nothing', () => {
  const { project } = given(...two)
  const before = JSON.stringify(project)
  expect(() => decide(project, { type: 'task.delete', task: t2 }, { by: agent(s1), now: 0 })).toThrow('not a task of')
  expect(JSON.stringify(project)).toBe(before)
})
