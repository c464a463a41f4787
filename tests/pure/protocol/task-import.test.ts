import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TaskId } from '../../../protocol/ids.ts'
import type { Event } from '../../../protocol/project.ts'
import { add, agent, atWork, given, s1, subId, t1, t2, t3, taskId } from './given.ts'

type One = { task: TaskId; title: string; needs?: TaskId[] }
const one = (task: TaskId, ...needs: TaskId[]): One => ({ task, title: `Task ${Number(task.slice(5))}`, needs })
const bring = (...tasks: One[]) => ({ type: 'task.import' as const, tasks })
const created = (events: Event[]) => events.map((event) => (event.type === 'task:created' ? event.data.task.id : event))

describe('tasks that come together', () => {
  test('may need each other and what is there, in any order, and are written each after what it needs', () => {
    const { events, task } = given(add(t1)).when(bring(one(taskId(4), t3), one(t3, t2), one(t2, t1)))
    expect(created(events)).toEqual([t2, t3, taskId(4)])
    expect(task(t3).needs).toEqual([t2])
  })

  test('are ready and shown in the order they were given in', () => {
    const ids = [5, 3, 4, 1, 2].map(taskId)
    const { project } = given(bring(...ids.map((id) => one(id))))
    const places = Object.values(project.tasks).sort((a, b) => a.position - b.position)
    expect(places.map(({ id }) => id)).toEqual(ids)
  })

  test('are what `task.create` would have made of each', () => {
    const full = {
      ...{ task: t1, title: 'One', description: 'at length', acceptance: 'npm test', priority: 'high' as const },
      ...{ labels: ['a'], needs: [], subtasks: [{ subtask: subId(1), title: 'Step' }] },
    }
    const at = { now: 5_000 }
    const alone = given().when({ type: 'task.create', ...full }, at)
    expect(given().when({ type: 'task.import', tasks: [full] }, at).events).toEqual(alone.events)
  })

  test('may be brought by an agent, as it may create them one by one', () =>
    expect(
      given(...atWork(s1))
        .when(bring(one(t1)), { by: agent(s1) })
        .task(t1).createdBy,
    ).toBe(s1))

  test.each([
    ['wait for nothing there is', [one(t1), one(t2, t3)], 'task_not_found', 'tasks.1.needs', t3],
    ['wait for themselves', [one(t1, t1)], 'would_cycle', 'tasks.0.needs', `${t1} → ${t1}`],
    [
      ...(['wait for each other', [one(t1), one(t2, t3), one(t3, t2, t1)], 'would_cycle', 'tasks.1.needs'] as const),
      `${t2} would wait for itself: ${t2} → ${t3} → ${t2}`,
    ],
    ['have one id', [one(t1), one(t2), one(t1)], 'id_taken', 'tasks.2.task', `${t1} is there twice`],
  ] as const)('that %s are refused as a whole', (_, tasks, error, field, message) => {
    const story = given()
    const { refused } = story.when(bring(...tasks))
    expect(refused).toMatchObject({ error, field, message: expect.stringContaining(message) })
    expect(story.project.tasks).toEqual({})
  })

  test('are refused as a whole when one has the id of another task, or two steps of one id', () => {
    const story = given(add(t1))
    expect(story.when(bring(one(t2), { task: t1, title: 'Else' })).refused).toMatchObject({
      ...{ error: 'id_taken', field: 'tasks.1.task', suggestion: `maestro task show ${t1}` },
    })
    const steps = [1, 1].map((n) => ({ subtask: subId(n), title: 'Step' }))
    const twice = { type: 'task.import' as const, tasks: [one(t2), { ...one(t3), subtasks: steps }] }
    expect(story.when(twice).refused).toMatchObject({ error: 'id_taken', field: 'tasks.1.subtasks' })
    expect(Object.keys(story.project.tasks)).toEqual([t1])
  })

  test('that are partly there already are completed', () => {
    const { events } = given(bring(one(t1), one(t2, t1))).when(bring(one(t1), one(t3, t2), one(t2, t1)))
    expect(created(events)).toEqual([t3])
  })

  test('are 500 at most', () => {
    const many = Array.from({ length: 501 }, (_, n) => one(taskId(n)))
    expect(given().when(bring(...many.slice(1))).events).toHaveLength(500)
    expect(() => given().when(bring(...many))).toThrow('500')
  })

  test('whatever they need: they are one by one what they are together, or refused together', () => {
    const some = fc.uniqueArray(fc.nat(7), { maxLength: 3 })
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 7 }), (all) => {
        const tasks = all.map((needs, n) => one(taskId(n), ...needs.map(taskId)))
        const story = given()
        const events = story.try(bring(...tasks))
        const ids = events && created(events)
        const alone = given()
        for (const id of ids ?? []) alone.take({ type: 'task.create', ...tasks.find(({ task }) => task === id)! })
        expect(Object.keys(story.project.tasks).length).toBe(events ? tasks.length : 0)
        for (const { task } of events ? tasks : [])
          expect(alone.project.tasks[task]?.needs).toEqual(story.project.tasks[task]?.needs)
      }),
    )
  })
})
