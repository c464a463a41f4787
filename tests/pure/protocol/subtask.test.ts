import { describe, expect, test } from 'vitest'
import { type Asked, add, agent, atWork, given, s1, subId, t1 } from './given.ts'

const [a, b, c] = [subId(1), subId(2), subId(3)]
const step = (subtask: typeof a, title = `Step ${Number(subtask.slice(4))}`): Asked => ({
  type: 'subtask.create',
  task: t1,
  subtask,
  title,
})
const move = (subtask: typeof a, before: typeof a | null): Asked => ({
  type: 'subtask.move',
  task: t1,
  subtask,
  before,
})
const of = (verb: 'complete' | 'reopen' | 'delete', subtask = a): Asked => ({
  type: `subtask.${verb}`,
  task: t1,
  subtask,
})
const three = [add(t1), step(a), step(b), step(c)]
const order = (after: ReturnType<ReturnType<typeof given>['when']>) => after.task(t1).subtasks.map(({ id }) => id)

describe('a subtask', () => {
  test('comes last', () => expect(order(given(add(t1), step(b)).when(step(a)))).toEqual([b, a]))
  test('asked for twice is made once', () => expect(given(add(t1), step(a)).when(step(a)).events).toEqual([]))
  test('may not take the id of another', () => {
    const { refused } = given(add(t1), step(a)).when(step(a, 'Another'))
    expect(refused).toMatchObject({ error: 'id_taken', field: 'subtask', suggestion: `maestro subtask list ${t1}` })
  })
  test('may not be one of a task that is not there', () =>
    expect(given().when(step(a)).refused).toMatchObject({ error: 'task_not_found', suggestion: 'maestro task list' }))
  test('is one of 200 at most', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ subtask: subId(10 + i), title: 'x' }))
    expect(given(add(t1, { subtasks: many })).when(step(a)).refused.error).toBe('conflict')
  })
  test('is done, by whom and when, and can be taken up again', () => {
    const { task } = given(add(t1), ...atWork(s1, [t1]), step(a)).when(of('complete'), { by: agent(s1), now: 6 })
    expect(task(t1).subtasks).toEqual([{ id: a, title: 'Step 1', status: 'done', doneBy: s1, doneAt: 6 }])
    expect(
      given(...three, of('complete'))
        .when(of('reopen'))
        .task(t1).subtasks[0],
    ).toMatchObject({ status: 'todo', doneBy: null, doneAt: null })
  })
  test('is renamed', () =>
    expect(
      given(...three)
        .when({ type: 'subtask.edit', task: t1, subtask: b, title: 'Dig' })
        .task(t1).subtasks[1]?.title,
    ).toBe('Dig'))
  test('is removed, and the others stay in order', () =>
    expect(order(given(...three).when(of('delete', b)))).toEqual([a, c]))
  test('that is not there cannot be changed; those that are, are named', () => {
    for (const ask of [
      of('complete'),
      of('reopen'),
      move(a, null),
      { type: 'subtask.edit', task: t1, subtask: a, title: 'x' } as const,
    ]) {
      const { refused } = given(add(t1), step(b)).when(ask)
      expect(refused).toMatchObject({
        error: 'subtask_not_found',
        suggestion: `maestro subtask list ${t1}`,
        validValues: [b],
      })
    }
  })
})

describe('moving a subtask', () => {
  test.each([
    [c, a, [c, a, b]],
    [a, c, [b, a, c]],
    [a, null, [b, c, a]],
    [b, a, [b, a, c]],
  ])('%s before %s', (subtask, before, expected) =>
    expect(order(given(...three).when(move(subtask, before)))).toEqual(expected),
  )
  test.each([
    [a, b],
    [a, a],
    [c, null],
  ])('%s before %s moves nothing', (subtask, before) =>
    expect(given(...three).when(move(subtask, before)).events).toEqual([]),
  )
  test('before one that is not there is refused', () => {
    const { refused } = given(add(t1), step(a)).when(move(a, b))
    expect(refused).toMatchObject({
      error: 'subtask_not_found',
      field: 'before',
      suggestion: `maestro subtask list ${t1}`,
    })
  })
})

test('two writers never overwrite each other', () => {
  const { task } = given(
    ...three,
    of('complete', b),
    { type: 'subtask.edit', task: t1, subtask: c, title: 'Dig' },
    move(c, a),
  ).when(of('delete', a))
  expect(task(t1).subtasks.map(({ id, status, title }) => [id, status, title])).toEqual([
    [c, 'todo', 'Dig'],
    [b, 'done', 'Step 2'],
  ])
})
