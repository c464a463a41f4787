import { describe, expect, test } from 'vitest'
import {
  type Asked,
  add,
  agent,
  ann,
  atWork,
  bob,
  complete,
  ended,
  eventId,
  given,
  type Step,
  s1,
  s2,
  spawn,
  subId,
  t1,
  t2,
  t3,
  take,
  undo,
} from './given.ts'

const [dig, rake] = [subId(1), subId(2)]
const withSteps = add(t1, {
  subtasks: [
    { subtask: dig, title: 'Dig' },
    { subtask: rake, title: 'Rake' },
  ],
})
const edit = (task: typeof t1, more: object): Asked => ({ type: 'task.edit', task, ...more })
const remove = (task: typeof t1): Asked => ({ type: 'task.delete', task })
const sub = (verb: 'complete' | 'reopen' | 'delete', subtask = dig): Asked => ({
  ...{ type: `subtask.${verb}`, task: t1, subtask },
})
const move = (subtask: typeof dig, before: typeof dig | null): Asked => ({
  ...{ type: 'subtask.move', task: t1, subtask, before },
})
const mow = (n: number): Step => ({
  by: bob,
  ask: { type: 'subtask.create', task: t1, subtask: subId(n), title: 'Mow' },
})
const bobs = (ask: Asked): Step => ({ by: bob, ask })
const s1s = (ask: Asked): Step => ({ by: agent(s1), ask })
const [one, two] = [[add(t1)], [add(t1), add(t2, { needs: [t1] })]]
const atHand = (...tasks: (typeof t1)[]) => [...tasks.map((task) => add(task)), ...atWork(s1), ...atWork(s2)]

/** What was before, what Ann did, what somebody did since; and why she cannot take hers back. */
const cases: [what: string, before: Step[], change: Asked, since: Step[], why: string, suggestion?: string][] = [
  [
    'given to a session that has worked on it',
    atHand(t1),
    take(t1, s1),
    [s1s({ type: 'task.note', task: t1, text: 'half way' })],
    `${t1} is in work with ${s1}`,
  ],
  [
    'given to a session that gave it back and took it again',
    atHand(t1),
    take(t1, s1),
    [s1s({ type: 'task.release', task: t1 }), s1s(take(t1, s1))],
    `${t1} is in work with ${s1}`,
  ],
  [
    'edited again',
    one,
    edit(t1, { title: 'Two' }),
    [bobs(edit(t1, { title: 'Three' }))],
    `${t1} has another title since (person:Bob changed it last)`,
  ],
  [
    'labelled again',
    one,
    edit(t1, { labels: ['a'] }),
    [bobs(edit(t1, { labels: ['b'] }))],
    `${t1} has other labels since (person:Bob changed it last)`,
  ],
  [
    'deleted',
    one,
    edit(t1, { title: 'Two' }),
    [bobs(remove(t1))],
    `${t1} has been deleted since (person:Bob changed it last)`,
    'maestro task list',
  ],

  ['taken', atHand(), add(t1), [s1s(take(t1, s1))], `${t1} is now in progress, with ${s1}`],
  ['meant for a session', [], add(t1), [bobs(spawn(s1, [t1]))], `${t1} is now todo, with ${s1}`],
  ['tried', [], add(t1), [...atWork(s1, [t1]), ended(s1, 'failed')], `${t1} has other attempts since`],
  [
    'edited',
    [],
    add(t1),
    [bobs(edit(t1, { description: 'Deep' }))],
    `${t1} has another description since (person:Bob changed it last)`,
  ],
  ['given steps', [], add(t1), [mow(1)], `${t1} has other subtasks since (person:Bob changed it last)`],
  [
    'noted on',
    [],
    add(t1),
    [bobs({ type: 'task.note', task: t1, text: 'Hm' })],
    `${t1} has a note of person:Bob since`,
  ],
  ['needed', [], add(t1), [bobs(add(t2, { needs: [t1] }))], `${t1} is needed by ${t2} now`],

  [
    'reopened',
    one,
    complete(t1),
    [bobs({ type: 'task.reopen', task: t1 })],
    `${t1} is now todo (person:Bob changed it last)`,
  ],
  [
    'reopened and finished again',
    one,
    complete(t1),
    [bobs({ type: 'task.reopen', task: t1 }), bobs(complete(t1))],
    `${t1} has another end since (person:Bob changed it last)`,
  ],
  [
    'built upon by one at work',
    [...two, ...atWork(s1)],
    complete(t1),
    [s1s(take(t2, s1))],
    `${t1} was needed by ${t2}, which is now in progress, with ${s1}`,
  ],
  [
    'built upon by one finished',
    two,
    complete(t1),
    [bobs(complete(t2))],
    `${t1} was needed by ${t2}, which is now done`,
  ],
  [
    'built upon by one that is new',
    one,
    complete(t1),
    [...atWork(s1), bobs(add(t2, { needs: [t1] })), bobs(take(t2, s1))],
    `${t1} was needed by ${t2}, which is now in progress, with ${s1}`,
  ],
  [
    'unblocked',
    one,
    { type: 'task.block', task: t1, reason: 'rain' },
    [bobs({ type: 'task.unblock', task: t1 })],
    `${t1} is now todo (person:Bob changed it last)`,
  ],
  [
    'blocked for another reason',
    one,
    { type: 'task.block', task: t1, reason: 'rain' },
    [bobs({ type: 'task.block', task: t1, reason: 'snow' })],
    `${t1} has another reason to be blocked since (person:Bob changed it last)`,
  ],
  [
    'reopened after it was cancelled',
    one,
    { type: 'task.cancel', task: t1 },
    [bobs({ type: 'task.reopen', task: t1 })],
    `${t1} is now todo (person:Bob changed it last)`,
  ],
  [
    'taken after it was reopened',
    [...one, complete(t1), ...atWork(s1)],
    { type: 'task.reopen', task: t1 },
    [s1s({ type: 'task.next', session: s1 })],
    `${t1} is now in progress, with ${s1}`,
  ],
  [
    'finished by whom it was given to',
    atHand(t1),
    { type: 'task.assign', task: t1, session: s1 },
    [s1s(complete(t1))],
    `${t1} is now done, with ${s1}`,
  ],
  [
    'given to a third',
    [...atHand(t1)],
    { type: 'task.assign', task: t1, session: s1 },
    [bobs({ type: 'task.assign', task: t1, session: s2 })],
    `${t1} is now in progress, with ${s2} (person:Bob changed it last)`,
  ],

  [
    'begun because it waits for nothing',
    [...two, ...atWork(s1)],
    edit(t2, { needs: [] }),
    [s1s(take(t2, s1))],
    `${t2} is now in progress, with ${s1}, and would have to wait for ${t1}`,
  ],
  [
    'begun because what it needed is gone',
    [...two, ...atWork(s1)],
    remove(t1),
    [s1s(take(t2, s1))],
    `${t2} is now in progress, with ${s1}, and would have to wait for ${t1}`,
  ],
  ['without what it needed', two, edit(t2, { needs: [] }), [bobs(remove(t1))], `${t2} would need ${t1}, which is gone`],
  [
    'deleted, without what it needed',
    two,
    remove(t2),
    [bobs(remove(t1))],
    `${t2} would need ${t1}, which is gone`,
    'maestro task list',
  ],
  [
    'deleted, and another of that id there',
    one,
    remove(t1),
    [bobs(add(t1, { title: 'Other' }))],
    `${t1} is another task now (person:Bob changed it last)`,
  ],
  [
    'to close a circle',
    two,
    edit(t2, { needs: [] }),
    [bobs(edit(t1, { needs: [t2] }))],
    `${t2} would wait for itself: ${t2} → ${t1} → ${t2}`,
  ],
  [
    'deleted, to close a circle',
    [add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t2] })],
    remove(t2),
    [bobs(edit(t1, { needs: [t3] }))],
    `${t3} would wait for itself: ${t3} → ${t2} → ${t1} → ${t3}`,
  ],

  [
    'a step of a task that is deleted',
    [withSteps],
    sub('complete'),
    [bobs(remove(t1))],
    `${dig} of ${t1} is gone with its task (person:Bob changed it last)`,
    'maestro task list',
  ],
  [
    'a step that is deleted',
    [withSteps],
    sub('complete'),
    [bobs(sub('delete'))],
    `${dig} of ${t1} has been deleted since (person:Bob changed it last)`,
  ],
  [
    'a step that is renamed again',
    [withSteps],
    { type: 'subtask.edit', task: t1, subtask: dig, title: 'Hoe' },
    [bobs({ type: 'subtask.edit', task: t1, subtask: dig, title: 'Plough' })],
    `${dig} of ${t1} is “Plough” now (person:Bob changed it last)`,
  ],
  [
    'a step that is open again',
    [withSteps],
    sub('complete'),
    [bobs(sub('reopen'))],
    `${dig} of ${t1} is to do now (person:Bob changed it last)`,
  ],
  [
    'a new step that is done',
    one,
    { type: 'subtask.create', task: t1, subtask: dig, title: 'Dig' },
    [bobs(sub('complete'))],
    `${dig} of ${t1} is done now (person:Bob changed it last)`,
  ],
  [
    'a step that is moved again',
    [withSteps, mow(3), mow(4)],
    move(dig, null),
    [bobs(move(dig, rake)), bobs(move(rake, dig))],
    `${dig} of ${t1} stands elsewhere now (person:Bob changed it last)`,
  ],
  [
    'a deleted step, and another of that id there',
    [withSteps],
    sub('delete'),
    [mow(1)],
    `${dig} of ${t1} is another subtask now (person:Bob changed it last)`,
  ],
  [
    'a deleted step, and no more place',
    [withSteps, ...atWork(s1, [t1])],
    sub('delete'),
    Array.from({ length: 199 }, (_, n) =>
      s1s({ type: 'subtask.create', task: t1, subtask: subId(10 + n), title: 'Mow' }),
    ),
    `${dig} of ${t1} finds no place among 200 others`,
  ],
]

describe('a change stays when something has built on it: what was changed is', () => {
  test.each(cases)('%s', (_, before, change, since, why, suggestion) => {
    const story = given(...before)
    const id = eventId(story.log.length + 1)
    for (const step of [change, ...since]) {
      story.pass(1_000)
      story.take(step)
    }
    const { refused } = story.when(undo(id), { by: ann })
    expect(refused).toMatchObject({ error: 'conflict', message: why })
    expect(refused.suggestion).toBe(suggestion ?? `maestro task show ${/task_\d+/.exec(why)}`)
  })
})

test('whoever built on their own change is told to take that back first, and then can', () => {
  const story = given(add(t1), edit(t1, { title: 'Two' }), edit(t1, { title: 'Three' }))
  const suggested = (id: number) => story.when(undo(eventId(id))).refused.suggestion
  expect(suggested(2)).toBe(`maestro undo --change ${eventId(4)}`)
  expect(suggested(3)).toBe(`maestro undo --change ${eventId(4)}`)
  story.take(undo(eventId(4)))
  expect(suggested(2)).toBe(`maestro undo --change ${eventId(3)}`)
  story.take(undo(eventId(3)))
  expect(story.when(undo(eventId(2))).project.tasks).toEqual({})
})

test('a change of several tasks stays as a whole when one of them cannot be taken back', () => {
  const story = given(
    add(t1),
    add(t2, { needs: [t1] }),
    add(t3, { needs: [t1] }),
    remove(t1),
    bobs(edit(t3, { needs: [t2] })),
  )
  const before = structuredClone(story.project)
  expect(story.when(undo(), { by: ann }).refused.message).toBe(
    `${t3} has other needs since (person:Bob changed it last)`,
  )
  expect(story.project).toEqual(before)
})

test('what others did beside a change is no hindrance', () => {
  const beside = [mow(3), bobs(edit(t1, { priority: 'high' })), bobs({ type: 'task.note', task: t1, text: 'Hm' })]
  const story = given(withSteps, edit(t1, { title: 'Two' }), ...atWork(s1, [t1]), ...beside)
  expect(story.when(undo(), { by: ann }).task(t1)).toMatchObject({
    title: 'Task 1',
    priority: 'high',
    status: 'in_progress',
  })
})
