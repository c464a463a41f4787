import { describe, expect, test } from 'vitest'
import { answer, queries } from '../../../protocol/queries.ts'
import {
  add,
  atWork,
  complete,
  ended,
  given,
  heard,
  m1,
  m2,
  report,
  s1,
  s2,
  s3,
  sessionId,
  spawn,
  subId,
  t1,
  t2,
  t3,
  take,
  taskId,
} from './given.ts'

type Story = ReturnType<typeof given>
const tasks = (story: Story, input: Record<string, string | number> = {}) => {
  const found = answer(story.project, { type: 'task.list', ...queries['task.list'].input.parse(input) })
  return found as { items: { id: string }[]; cursor: string | null } // what `task.list` answers
}
const sessions = (story: Story, input: Record<string, string | number> = {}) => {
  const found = answer(story.project, { type: 'session.list', ...queries['session.list'].input.parse(input) })
  return (found as { items: { id: string }[] }).items.map(({ id }) => id) // what `session.list` answers
}
const ids = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id)

describe('the list of tasks', () => {
  const three = [add(t1, { labels: ['a'] }), add(t2), add(t3, { needs: [t1] })]
  test('is in the order of the board', () => {
    expect(ids(tasks(given(...three)))).toEqual([t1, t2, t3])
    expect(ids(tasks(given(...three, { type: 'task.edit', task: t3, position: 0 })))).toEqual([t3, t1, t2])
  })
  test('can be of one status, label or session, or of what is ready', () => {
    const story = given(...three, ...atWork(s1), take(t2, s1))
    expect(ids(tasks(story, { status: 'in_progress' }))).toEqual([t2])
    expect(ids(tasks(story, { label: 'a' }))).toEqual([t1])
    expect(ids(tasks(story, { session: s1 }))).toEqual([t2])
    expect(ids(tasks(story, { ready: 'true' }))).toEqual([t1])
  })
  test('can be searched: every word must be somewhere in what the task says', () => {
    const steps = [{ subtask: subId(1), title: 'Rake the leaves' }]
    const story = given(
      add(t1, { description: 'In the GARDEN', subtasks: steps }),
      add(t2, { acceptance: 'no leaves' }),
    )
    expect(ids(tasks(story, { search: 'leaves' }))).toEqual([t1, t2])
    expect(ids(tasks(story, { search: ' garden  rake' }))).toEqual([t1])
    expect(ids(tasks(story, { search: 'garden no' }))).toEqual([])
  })
  test('can be of one priority', () => {
    const story = given(add(t1, { priority: 'urgent' }), add(t2))
    expect(ids(tasks(story, { priority: 'urgent' }))).toEqual([t1])
  })
  test('comes in pages that miss and repeat nothing', () => {
    const story = given(...Array.from({ length: 7 }, (_, i) => add(taskId(i + 1))))
    const first = tasks(story, { limit: 3 })
    const second = tasks(story, { limit: 3, cursor: first.cursor! })
    const third = tasks(story, { limit: 3, cursor: second.cursor! })
    expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(ids(tasks(story)))
    expect(third.cursor).toBeNull()
  })
  test('does not begin anew when the end of the page before is gone', () => {
    const story = given(add(t1), add(t2), add(t3))
    const { cursor } = tasks(story, { limit: 1 })
    story.take({ type: 'task.delete', task: t1 })
    expect(() => tasks(story, { limit: 1, cursor: cursor! })).toThrow(
      expect.objectContaining({ code: 'invalid_input', help: { field: 'cursor', suggestion: expect.any(String) } }),
    )
  })
})

describe('the list of sessions', () => {
  test('has those that need somebody first', () => {
    const needs = { kind: 'question', message: 'Which?' } as const
    const idle = sessionId(4)
    const story = given(
      ...atWork(idle),
      report(idle, 'idle'),
      ...atWork(s1),
      ...atWork(s2),
      spawn(s3),
      ...atWork(sessionId(5)),
      ended(sessionId(5), 'failed'),
      heard('notification', { session: s2, needs }),
    )
    expect(sessions(story)).toEqual([s2, s1, s3, idle, sessionId(5)])
  })
  test('can be of one status or task', () => {
    const story = given(add(t1), ...atWork(s1, [t1]), ...atWork(s2, [], m2))
    expect(sessions(story, { task: t1 })).toEqual([s1])
    expect(sessions(story, { status: 'spawning' })).toEqual([])
  })
})

test('one task, its steps, one session, the machines and the project are answered, or that they are not there', () => {
  const { project } = given(add(t1), ...atWork(s1), complete(t1))
  expect(answer(project, { type: 'task.show', task: t1 })).toMatchObject({ status: 'done' })
  expect(answer(project, { type: 'subtask.list', task: t1 })).toEqual({ items: [] })
  expect(answer(project, { type: 'session.show', session: s1 })).toMatchObject({ status: 'running' })
  expect(answer(project, { type: 'spawner.list' })).toMatchObject({
    items: [{ id: m1 }],
  })
  expect(answer(project, { type: 'project.show' })).toMatchObject({
    name: 'Garden',
  })
  expect(() => answer(project, { type: 'task.show', task: t2 })).toThrow(`There is no task ${t2}`)
  expect(() => answer(project, { type: 'session.show', session: s2 })).toThrow(`There is no session ${s2}`)
})
