import { describe, expect, test } from 'vitest'
import {
  type Asked,
  add,
  agent,
  ann,
  atWork,
  bob,
  claimed,
  complete,
  ended,
  eventId,
  given,
  m1,
  minutes,
  online,
  report,
  type Step,
  s1,
  s2,
  spawn,
  subId,
  t1,
  t2,
  t3,
  take,
  taskId,
  undo,
} from './given.ts'

const [dig, rake, sow] = [subId(1), subId(2), subId(3)]
const sub = { task: t1, subtask: dig }
const steps = [
  { subtask: dig, title: 'Dig' },
  { subtask: rake, title: 'Rake' },
  { subtask: sow, title: 'Sow' },
]
const withSteps = add(t1, { subtasks: steps })
const edit = (more: object): Asked => ({ type: 'task.edit', task: t1, ...more })
const block: Asked = { type: 'task.block', task: t1, reason: 'rain' }
const cancel: Asked = { type: 'task.cancel', task: t1 }
const reopen: Asked = { type: 'task.reopen', task: t1 }
const remove: Asked = { type: 'task.delete', task: t1 }
const assign = (session: typeof s1): Asked => ({ type: 'task.assign', task: t1, session })
const note: Asked = { type: 'task.note', task: t1, text: 'Half way' }
const by = (by: typeof ann, ask: Asked): Step => ({ by, ask })
const working = [add(t1), ...atWork(s1, [t1])]
const order = ({ project }: ReturnType<typeof given>) => project.tasks[t1]!.subtasks.map(({ id }) => id)

describe('what a person did last is taken back:', () => {
  test('a cancelled task goes back to the board when who had it has taken up another', () => {
    const story = given(add(t3), ...working, cancel, by(agent(s1), take(t3, s1)))
    expect(story.when(undo()).task(t1)).toMatchObject({ status: 'todo', assignee: null, lease: null })
  })
  test('a new task is gone', () => {
    const { types, project } = given(add(t1)).when(undo())
    expect(types).toEqual(['task:undone', 'task:deleted'])
    expect(project.tasks).toEqual({})
  })
  test('an edit gives every field back that it changed, and no other', () => {
    const story = given(add(t1), edit({ title: 'Two', labels: ['a'] }), by(bob, edit({ priority: 'high' })))
    const { task } = story.when(undo(), { by: ann })
    expect(task(t1)).toMatchObject({ title: 'Task 1', labels: [], priority: 'high' })
  })
  test('a deleted task is back with all it had, and those that needed it need it again, in the same order', () => {
    const before = [
      add(t3),
      withSteps,
      add(t2, { needs: [t3, t1] }),
      note,
      { type: 'subtask.complete', ...sub } as const,
    ]
    const story = given(...before)
    const was = structuredClone(story.project.tasks)
    const { task } = given(...before, remove).when(undo(), { now: 9 })
    expect(task(t1)).toEqual({ ...was[t1], updatedAt: 9 })
    expect(task(t2).needs).toEqual([t3, t1])
  })
  test('a finished task is in progress again, with the session that had it and a new lease', () => {
    const story = given(...working, complete(t1), { later: minutes(1) })
    const { task } = story.when(undo(), { by: ann })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s1, endedAt: null, result: null })
    expect(task(t1).lease?.expiresAt).toBe(story.now + minutes(30))
  })
  test('a reopened task is done again, and what waited for it ready', () => {
    const { task, events } = given(add(t1), add(t2, { needs: [t1] }), complete(t1), reopen).when(undo())
    expect(task(t1).status).toBe('done')
    expect(events[1]).toMatchObject({ data: { action: 'restored', released: [t2] } })
  })
  test.each<[string, Step[], object]>([
    ['blocking', [...working, block], { status: 'in_progress', assignee: s1, blocked: null }],
    ['unblocking', [...working, block, { type: 'task.unblock', task: t1 }], { status: 'blocked', lease: null }],
    ['cancelling', [...working, cancel], { status: 'in_progress', assignee: s1, endedAt: null }],
    ['giving back', [...working, { type: 'task.release', task: t1 }], { status: 'in_progress', assignee: s1 }],
    [
      'handing over',
      [...working, { type: 'task.review', task: t1 }],
      { status: 'in_progress', lease: { session: s1 } },
    ],
    ['claiming', [add(t1), ...atWork(s1), take(t1, s1)], { status: 'todo', assignee: null, startedAt: null }],
    ['giving to another', [...working, ...atWork(s2), assign(s2)], { status: 'in_progress', assignee: s1 }],
  ])('%s', (_, before, expected) =>
    expect(
      given(...before)
        .when(undo(), { by: ann })
        .task(t1),
    ).toMatchObject(expected),
  )

  test('a session that was given a task and has not started yet does not begin it after all', () => {
    const story = given(add(t1), online(m1), spawn(s1), assign(s1), undo(), claimed(s1))
    expect(story.when(report(s1)).task(t1)).toMatchObject({ status: 'todo', assignee: null })
  })
})

describe('what a person did last to a step is taken back:', () => {
  test.each<[string, Step, object]>([
    ['adding', { type: 'subtask.create', task: t1, subtask: subId(4), title: 'Mow' }, [{}, {}, {}]],
    ['renaming', { type: 'subtask.edit', ...sub, title: 'Hoe' }, [{ title: 'Dig' }, {}, {}]],
    ['finishing', { type: 'subtask.complete', ...sub }, [{ status: 'todo', doneBy: null, doneAt: null }, {}, {}]],
    ['removing', { type: 'subtask.delete', task: t1, subtask: rake }, [{ id: dig }, { id: rake, title: 'Rake' }, {}]],
    ['removing the last', { type: 'subtask.delete', task: t1, subtask: sow }, [{}, {}, { id: sow }]],
    ['moving to the end', { type: 'subtask.move', ...sub }, [{ id: dig }, { id: rake }, { id: sow }]],
    [
      'moving up',
      { type: 'subtask.move', task: t1, subtask: sow, before: dig },
      [{ id: dig }, { id: rake }, { id: sow }],
    ],
  ])('%s', (_, ask, expected) =>
    expect(given(withSteps, ask).when(undo()).task(t1).subtasks).toMatchObject(expected as object[]),
  )

  test('it stands where it stood, as far as its neighbours are still there', () => {
    const moved: Asked = { type: 'subtask.move', task: t1, subtask: rake, before: dig } // rake, dig, sow
    const mow: Asked = { type: 'subtask.create', task: t1, subtask: subId(4), title: 'Mow' }
    const gone = (subtask: typeof dig): Step => by(bob, { type: 'subtask.delete', task: t1, subtask })
    expect(order(given(withSteps, moved, by(bob, mow), by(ann, undo())))).toEqual([dig, rake, sow, subId(4)])
    expect(order(given(withSteps, moved, gone(sow), by(ann, undo())))).toEqual([dig, rake])
    expect(order(given(withSteps, { type: 'subtask.move', ...sub }, gone(rake), by(ann, undo())))).toEqual([dig, sow])
  })
})

describe('each person takes back their own', () => {
  test('newest first, and again the one before', () => {
    const story = given(add(t1), edit({ title: 'Two' }), by(bob, edit({ priority: 'high' })), edit({ title: 'Three' }))
    expect(story.when(undo()).task(t1).title).toBe('Two')
    expect(story.when(undo()).task(t1).title).toBe('Task 1')
    expect(story.when(undo(), { by: bob }).task(t1).priority).toBe('medium')
    expect(story.when(undo()).project.tasks).toEqual({})
    const { refused } = story.when(undo())
    expect(refused).toMatchObject({ error: 'change_not_found', suggestion: 'maestro undo --list' })
    expect(refused.message).toBe('person:Ann has changed nothing that can be taken back')
  })
  test('by its id, whichever it is', () => {
    const story = given(add(t1), edit({ title: 'Two' }), edit({ priority: 'high' }))
    expect(story.when(undo(eventId(3))).task(t1)).toMatchObject({ title: 'Task 1', priority: 'high' })
  })
  test('and nobody else, agents least of all', () => {
    const story = given(...working, edit({ title: 'Two' }))
    const change = story.log.at(-1)!.id
    expect(story.when(undo(change), { by: bob }).refused).toMatchObject({
      ...{ error: 'forbidden', suggestion: 'maestro undo --list' },
      message: `${change} is a change of person:Ann, who alone can take it back`,
    })
    expect(story.when(undo(), { by: agent(s1) }).refused).toMatchObject({
      error: 'forbidden',
      message: 'Only people take back what they did; an agent says what is to be instead',
    })
  })
  test('naming what there is not is told', () =>
    expect(given(add(t1)).when(undo(eventId(9))).refused).toMatchObject({ error: 'change_not_found', field: 'change' }))
  test('notes are no changes, nor is what starting or stopping a session does to its tasks', () => {
    const story = given(add(t1), add(t2), spawn(s1, [t2]), spawn(s2), { type: 'session.stop', session: s1 }, note)
    expect(story.project.changes?.map(({ id }) => id)).toEqual([eventId(2), eventId(3)])
  })
  test('whatever one request did is one change', () => {
    const story = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t1] }), remove)
    expect(story.project.changes?.at(-1)?.steps.map(({ task, action }) => [task, action])).toEqual([
      [t2, 'edited'],
      [t3, 'edited'],
      [t1, 'deleted'],
    ])
    expect(story.when(undo()).types).toEqual(['task:undone', 'task:created', 'task:updated', 'task:updated'])
  })
})

describe('so much is kept:', () => {
  test('the newest 50 changes', () => {
    const edits = Array.from({ length: 60 }, (_, n) => edit({ title: `Title ${n}` }))
    const story = given(add(t1), ...edits)
    expect(story.project.changes).toHaveLength(50)
    for (let n = 0; n < 50; n++) story.take(undo())
    expect(story.when(undo()).refused.error).toBe('change_not_found')
    expect(story.project.tasks[t1]?.title).toBe('Title 9')
  })
  test('200,000 characters of what was, the oldest going first', () => {
    const long = (n: number) => edit({ description: String(n).repeat(49_000) })
    const { project } = given(add(t1), long(1), long(2), long(3), long(4), long(5), long(6))
    expect(project.changes).toHaveLength(4)
    expect(JSON.stringify(project.changes).length).toBeLessThan(201_000)
  })
  test('a whole plan of 500 tasks, if they are short', () => {
    const tasks = Array.from({ length: 500 }, (_, n) => ({
      ...{ task: taskId(n + 1), title: `Step ${n} of what is to be done`, description: 'At length. '.repeat(50) },
      ...{ labels: ['a', 'b'], needs: n ? [taskId(n)] : [], subtasks: [{ subtask: dig, title: 'Dig' }] },
    }))
    const { types, project } = given({ type: 'task.import', tasks }).when(undo())
    expect(types).toEqual(['task:undone', ...tasks.map(() => 'task:deleted')])
    expect(project.tasks).toEqual({})
  })
  test('one that is larger than that is refused rather than passed over', () => {
    const files = Array.from({ length: 300 }, (_, n) => `${n}/`.padEnd(900, 'x'))
    const story = given(add(t1), { type: 'task.complete', task: t1, files }, edit({ title: 'Two' }), remove)
    expect(story.when(undo()).refused).toMatchObject({ error: 'conflict', suggestion: 'maestro undo --list' })
    expect(story.when(undo(eventId(4))).refused.message).toBe(`${t1} has been deleted since`)
  })
  test('nothing yet where a snapshot is older than this', () => {
    const story = given(add(t1))
    delete story.project.changes
    expect(story.when(undo()).refused.error).toBe('change_not_found')
    expect(story.when(edit({ title: 'Two' })).project.changes).toHaveLength(1)
    expect(story.when(undo()).task(t1).title).toBe('Task 1')
  })
})

describe('a session that has ended since', () => {
  test.each<[string, Step[], object]>([
    ['does not get its task back', [...working, block, ended(s1, 'stopped')], { status: 'todo', assignee: null }],
    [
      'is not the holder of a blocked one',
      [...working, block, cancel, ended(s1, 'stopped')],
      { status: 'blocked', assignee: null },
    ],
    ['leaves a cancelled one free', [...working, cancel, ended(s1, 'failed')], { status: 'todo', assignee: null }],
  ])('%s', (_, before, expected) =>
    expect(
      given(...before)
        .when(undo(), { by: ann })
        .task(t1),
    ).toMatchObject({ ...expected }),
  )
  test('one that has started since has its task in progress', () => {
    const story = given(add(t1), online(m1), spawn(s1, [t1]), cancel, claimed(s1), report(s1))
    expect(story.when(undo(), { by: ann }).task(t1)).toMatchObject({ status: 'in_progress', assignee: s1 })
  })
  test('one that has not started yet is still meant for it', () => {
    const story = given(add(t1), online(m1), spawn(s1, [t1]), { type: 'task.release', task: t1 }, undo())
    expect(story.project.tasks[t1]).toMatchObject({ status: 'todo', assignee: s1 })
    expect(
      given(add(t1), spawn(s1, [t1]), cancel)
        .when(undo())
        .task(t1),
    ).toMatchObject({ status: 'todo', assignee: s1 })
  })
})

describe('what was odd before is so again, and no odder:', () => {
  const [two, reopen2]: [Step[], Asked] = [[add(t1), add(t2, { needs: [t1] }), complete(t1)], reopen]
  const needless: Asked = { type: 'task.edit', task: t2, needs: [] }
  const cancel2: Asked = { type: 'task.cancel', task: t2 }

  test('a task in progress that would have to wait, had it not begun', () => {
    const { task } = given(...two, ...atWork(s1, [t2]), reopen2, needless).when(undo(), { by: ann })
    expect(task(t2)).toMatchObject({ status: 'in_progress', needs: [t1] })
  })
  test('a task that was done before what it needs', () => {
    const { task } = given(...two, complete(t2), reopen2, complete(t1)).when(undo())
    expect([task(t1).status, task(t2).status]).toEqual(['todo', 'done'])
  })
  test('a task that was meant for a session at work, which had not begun it', () => {
    const begun = [...two, online(m1), spawn(s1, [t2]), reopen2, claimed(s1), report(s1), complete(t1)]
    const expected = { status: 'todo', assignee: s1 }
    expect(
      given(...begun, cancel2)
        .when(undo(), { by: ann })
        .task(t2),
    ).toMatchObject(expected)
  })
  test('a task whose session has started since, when it would have had to wait', () => {
    const story = given(...two, online(m1), spawn(s1, [t2]), cancel2, reopen2, claimed(s1), report(s1))
    expect(story.when(undo(eventId(8)), { by: ann }).task(t2)).toMatchObject({ status: 'todo', assignee: s1 })
  })
})
