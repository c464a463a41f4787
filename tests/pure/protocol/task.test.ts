import { describe, expect, test } from 'vitest'
import { add, agent, atWork, complete, ended, given, m1, online, s1, s2, spawn, t1, t2, t3, take } from './given.ts'

const blocked = { type: 'task.block', task: t1, reason: 'no key for the printer' } as const
const review = { type: 'task.review', task: t1, summary: 'It prints' } as const
const cancelled = { type: 'task.cancel', task: t1, reason: 'not needed' } as const
const ready = [add(t1), ...atWork(s1)]
const inProgress = [...ready, take(t1, s1)]
const states = {
  todo: [add(t1)],
  in_progress: inProgress,
  blocked: [...inProgress, blocked],
  in_review: [...inProgress, review],
  done: [add(t1), complete(t1)],
  cancelled: [add(t1), cancelled],
} as const

describe('a new task', () => {
  test('is to do, of medium priority, and names who made it and when', () => {
    const { task, types } = given().when(add(t1, { title: '  Water the roses ' }), { now: 1000 })
    expect(types).toEqual(['task:created'])
    expect(task(t1)).toMatchObject({ title: 'Water the roses', status: 'todo', priority: 'medium', assignee: null })
    expect(task(t1)).toMatchObject({ createdBy: 'person:Ann', createdAt: 1000, attempts: [], subtasks: [], needs: [] })
  })
  test('asked for twice is made once', () => expect(given(add(t1)).when(add(t1)).events).toEqual([]))
  test('may not take the id of another', () => {
    const { refused } = given(add(t1)).when(add(t1, { title: 'Another' }))
    expect(refused).toMatchObject({ error: 'id_taken', field: 'task', retryable: false })
    expect(refused.suggestion).toBe(`maestro task show ${t1}`)
  })
  test('may not need what does not exist', () => {
    const { refused } = given().when(add(t1, { needs: [t2] }))
    expect(refused).toMatchObject({ error: 'task_not_found', field: 'needs', suggestion: 'maestro task list' })
  })
  test('may not need itself', () => {
    const { refused } = given().when(add(t1, { needs: [t1] }))
    expect(refused).toMatchObject({ error: 'would_cycle', field: 'needs' })
    expect(refused.message).toContain(`${t1} → ${t1}`)
  })
  test('comes with its steps in order', () => {
    const subtasks = [3, 1, 2].map((n) => ({ subtask: `sub_0000000${n}` as const, title: `Step ${n}` }))
    const { task } = given().when(add(t1, { subtasks }))
    expect(task(t1).subtasks.map(({ title, status }) => [title, status])).toEqual([
      ['Step 3', 'todo'],
      ['Step 1', 'todo'],
      ['Step 2', 'todo'],
    ])
  })
  test('may not have two steps with one id', () => {
    const twice = { subtask: 'sub_00000001' as const, title: 'Dig' }
    expect(given().when(add(t1, { subtasks: [twice, twice] })).refused).toMatchObject({
      error: 'id_taken',
      field: 'subtasks',
    })
  })
  test('may not be one of a project that does not exist', () => {
    const story = given()
    story.project.id = null
    expect(story.when(add(t1)).refused).toMatchObject({
      error: 'project_not_found',
      suggestion: 'maestro project list',
    })
  })
})

describe('editing a task', () => {
  const edit = { type: 'task.edit', task: t1 } as const
  test('changes what was given and nothing else', () => {
    const { events, task } = given(add(t1)).when({ ...edit, title: 'Rake', priority: 'urgent' })
    expect(events).toEqual([
      {
        type: 'task:updated',
        data: { task: t1, action: 'edited', changes: { title: 'Rake', priority: 'urgent' } },
      },
    ])
    expect(task(t1)).toMatchObject({ title: 'Rake', priority: 'urgent', status: 'todo' })
  })
  test('to what it already says changes nothing', () => {
    expect(given(add(t1, { labels: ['a'] })).when({ ...edit, labels: ['a'] }).events).toEqual([])
  })
  test('leaves alone what was given as undefined', () => {
    const { events } = given(add(t1)).when({ ...edit, title: undefined, labels: undefined })
    expect(events).toEqual([])
  })
  test('may not close a circle of needs, and names it', () => {
    const { refused } = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t2] })).when({
      ...edit,
      needs: [t3],
    })
    expect(refused).toMatchObject({ error: 'would_cycle', field: 'needs', suggestion: 'maestro task graph' })
    expect(refused.message).toContain(`${t1} → ${t3} → ${t2} → ${t1}`)
  })
  test('may turn a circle of needs round by replacing it', () => {
    const story = given(add(t1), add(t2, { needs: [t1] }), { type: 'task.edit', task: t2, needs: [] })
    expect(story.when({ ...edit, needs: [t2] }).task(t1).needs).toEqual([t2])
  })
  test('of a task that does not exist is refused', () =>
    expect(given().when({ ...edit, title: 'x' }).refused).toMatchObject({ error: 'task_not_found', field: 'task' }))
})

describe('giving a task to another session', () => {
  const two = [...inProgress, ...atWork(s2)]
  const give = { type: 'task.assign', task: t1, session: s2 } as const
  test('takes it from whoever has it', () => {
    const { task, session } = given(...two).when(give, { now: 5_000 })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s2, lease: { session: s2 } })
    expect(session(s2).tasks).toContain(t1)
  })
  test('to one that is about to start reserves it for that one', () => {
    const { task } = given(...inProgress, spawn(s2)).when(give)
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: s2, lease: null })
  })
  test('is refused when it is no longer whose it was thought to be', () => {
    const story = given(...two, give)
    expect(story.when({ ...give, session: s1, from: s1 }).refused).toMatchObject({
      error: 'conflict',
      message: `${t1} is ${s2}'s, not ${s1}'s`,
    })
  })
  test('is not for an agent that neither has it nor started the other', () => {
    expect(given(...two).when(give, { by: agent(s2) }).refused).toMatchObject({ error: 'forbidden' })
    expect(given(...two).when(give, { by: agent(s1) }).refused).toMatchObject({ error: 'forbidden' })
  })
  test('is not for an agent that made it while another, not its own, works on it', () => {
    const story = given(...atWork(s1), { by: agent(s1), ask: add(t1) }, ...atWork(s2), take(t1, s2))
    expect(story.when({ ...give, session: s1 }, { by: agent(s1) }).refused).toMatchObject({ error: 'forbidden' })
  })
  test('that has it already and has handed it over is refused, not taken for done', () => {
    const story = given(...inProgress, { by: agent(s1), ask: review })
    expect(story.when({ ...give, session: s1 }).refused).toMatchObject({ error: 'wrong_status' })
  })
  test('is refused when that one has ended, when it waits for others, and when it is done', () => {
    expect(given(...two, ended(s2, 'completed')).when(give).refused).toMatchObject({ error: 'wrong_status' })
    expect(given(add(t2), add(t1, { needs: [t2] }), ...atWork(s2)).when(give).refused).toMatchObject({
      error: 'not_ready',
    })
    expect(given(...two, complete(t1)).when(give).refused).toMatchObject({ error: 'wrong_status' })
  })
})

describe('taking a task', () => {
  test('puts it in progress with a lease', () => {
    const { task, session } = given(...ready).when(take(t1, s1), { now: 5_000 })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s1, startedAt: 5_000 })
    expect(task(t1).lease).toEqual({ session: s1, expiresAt: 5_000 + 30 * 60_000 })
    expect(session(s1).tasks).toEqual([t1])
  })
  test('has one winner; others hear who it is and what else is ready', () => {
    const story = given(add(t2), add(t3, { priority: 'high' }), ...inProgress, ...atWork(s2))
    const { refused } = story.when(take(t1, s2), { by: agent(s2) })
    expect(refused).toMatchObject({ error: 'already_claimed', message: `${t1} is taken by ${s1}` })
    expect(refused).toMatchObject({ suggestion: `maestro task claim ${t3}`, validValues: [t3, t2] })
  })
  test('that nobody else is left to be ready suggests to look', () => {
    const { refused } = given(...inProgress, ...atWork(s2)).when(take(t1, s2))
    expect(refused).toMatchObject({ suggestion: 'maestro task list --status todo', validValues: [] })
  })
  test('is refused while it is meant for a session that is about to start', () => {
    const { refused } = given(add(t1), ...atWork(s1), spawn(s2, [t1])).when(take(t1, s1))
    expect(refused).toMatchObject({ error: 'already_claimed', message: `${t1} is taken by ${s2}` })
  })
  test('that waits for a cancelled one is refused with the command that lets it go on', () => {
    const steps = [add(t1), add(t2), add(t3, { needs: [t1, t2] }), { type: 'task.cancel' as const, task: t1 }]
    const { refused } = given(...steps, ...atWork(s1)).when(take(t3, s1))
    expect(refused).toMatchObject({ error: 'not_ready', message: `${t3} waits for ${t1}, which is cancelled, ${t2}` })
    expect(refused.suggestion).toBe(`maestro task edit ${t3} --needs ${t2}`)
  })
  test('that waits for others is refused, naming them', () => {
    const { refused } = given(add(t2), add(t3), add(t1, { needs: [t2, t3] }), ...atWork(s1)).when(take(t1, s1))
    expect(refused).toMatchObject({ error: 'not_ready', message: `${t1} waits for ${t2}, ${t3}` })
    expect(refused.suggestion).toBe(`maestro task show ${t2}`)
  })
  test('for a session that does not exist is refused', () =>
    expect(given(add(t1)).when(take(t1, s1)).refused).toMatchObject({ error: 'session_not_found', field: 'session' }))
  test('for a session that has ended is refused', () => {
    const story = given(add(t1), online(m1), spawn(s1), { type: 'session.stop', session: s1 })
    expect(story.when(take(t1, s1)).refused).toMatchObject({
      error: 'wrong_status',
      suggestion: 'maestro session list',
    })
  })
})

describe('the next task', () => {
  const next = { type: 'task.next', session: s1 } as const
  test('is the most urgent, and of those the oldest', () => {
    const story = given(add(t1), add(t2, { priority: 'urgent' }), add(t3, { priority: 'urgent' }), ...atWork(s1))
    expect(story.when(next).task(t2)).toMatchObject({ status: 'in_progress', assignee: s1 })
  })
  test('asked for twice is the one it has: a retry never takes a second', () => {
    const story = given(add(t1), add(t2), ...atWork(s1), next)
    expect(story.when(next, { by: agent(s1) }).events).toEqual([])
  })
  test('asked for again when the first is done is another', () => {
    const story = given(add(t1), add(t2), ...atWork(s1), next, complete(t1))
    expect(story.when(next).task(t2).assignee).toBe(s1)
  })
  test('is none while all are taken', () => {
    const { refused } = given(...inProgress, ...atWork(s2)).when({ ...next, session: s2 })
    expect(refused).toMatchObject({ error: 'all_claimed', suggestion: 'maestro task list --status in_progress' })
  })
  test('is none when none is ready', () => {
    const { refused } = given(...states.blocked, ...atWork(s2)).when({ ...next, session: s2 })
    expect(refused).toMatchObject({ error: 'none_ready', message: 'No task is ready', suggestion: 'maestro task list' })
  })
  test('is none when there are none', () =>
    expect(given(...atWork(s1)).when(next).refused).toMatchObject({
      error: 'none_ready',
      message: 'There are no tasks yet',
    }))
})

describe('completing a task', () => {
  test('releases what waited for it, in the same answer', () => {
    const story = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t1, t2] }), ...atWork(s1), take(t1, s1))
    const { events, task } = story.when({ ...complete(t1), summary: 'Watered', files: ['a.ts'] } as never, {
      by: agent(s1),
      now: 9_000,
    })
    expect(events).toHaveLength(1)
    expect(events[0]?.data).toMatchObject({ action: 'completed', released: [t2] })
    expect(task(t1)).toMatchObject({ status: 'done', lease: null, assignee: s1, endedAt: 9_000 })
    expect(task(t1).result).toEqual({ summary: 'Watered', links: [], files: ['a.ts'] })
  })
  test('from review keeps the result that was handed over', () => {
    expect(
      given(...states.in_review)
        .when(complete(t1))
        .task(t1).result?.summary,
    ).toBe('It prints')
  })
  test('from review is not for the agent that handed it over', () => {
    const { refused } = given(...states.in_review).when(complete(t1), { by: agent(s1) })
    expect(refused).toMatchObject({ error: 'wrong_status' })
  })
  test('that waits for others is refused, naming them', () => {
    const { refused } = given(add(t2), add(t1, { needs: [t2] })).when(complete(t1))
    expect(refused).toMatchObject({ error: 'not_ready', suggestion: `maestro task show ${t2}` })
  })
  test('that an agent never took is refused with the command that takes it', () => {
    const { refused } = given(...atWork(s1), { by: agent(s1), ask: add(t1) }).when(complete(t1), { by: agent(s1) })
    expect(refused).toMatchObject({ error: 'wrong_status', suggestion: `maestro task claim ${t1}` })
  })
  test('a person may tick off what nobody took', () =>
    expect(given(add(t1)).when(complete(t1)).task(t1).status).toBe('done'))
})

describe('blocking a task', () => {
  test('keeps why, since when and by whom, and who had it', () => {
    const { task } = given(...inProgress).when(blocked, { by: agent(s1), now: 7_000 })
    expect(task(t1)).toMatchObject({ status: 'blocked', assignee: s1, lease: null })
    expect(task(t1).blocked).toEqual({ reason: 'no key for the printer', since: 7_000, by: s1 })
  })
  test('for another reason says the new one', () =>
    expect(
      given(...states.blocked)
        .when({ ...blocked, reason: 'rain' })
        .task(t1).blocked?.reason,
    ).toBe('rain'))
  test('ends with the session that had it going on', () => {
    const { task } = given(...states.blocked).when({ type: 'task.unblock', task: t1 })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s1, blocked: null, lease: { session: s1 } })
  })
  test('ends with it to do when nobody has it', () => {
    const { task } = given(add(t1), blocked).when({ type: 'task.unblock', task: t1 })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, blocked: null })
  })
  test('ends with it still meant for the session that is about to start', () => {
    const { task } = given(add(t1), spawn(s1, [t1]), blocked).when({ type: 'task.unblock', task: t1 })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: s1 })
  })
})

describe('reopening a task', () => {
  test.each(['in_review', 'done', 'cancelled'] as const)('that is %s puts it back to do, free for anyone', (status) => {
    const { task } = given(...states[status]).when({ type: 'task.reopen', task: t1 })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, lease: null, endedAt: null, result: null })
  })
})

describe('giving a task back, giving it up, removing it', () => {
  test('given back, anyone may take it', () => {
    const { task } = given(...inProgress).when({ type: 'task.release', task: t1 }, { by: agent(s1) })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, lease: null })
  })
  test('given up, it says why and what is left waiting', () => {
    const story = given(add(t1), add(t2, { needs: [t1] }), add(t3, { needs: [t2] }))
    const { events, task } = story.when(cancelled)
    expect(events[0]?.data).toMatchObject({ action: 'cancelled', leftWaiting: [t2, t3] })
    expect(task(t1)).toMatchObject({ status: 'cancelled', result: { summary: 'not needed' } })
  })
  test('removed, nothing waits for it any more', () => {
    const { types, project, task } = given(add(t1), add(t2, { needs: [t1] })).when({ type: 'task.delete', task: t1 })
    expect(types).toEqual(['task:updated', 'task:deleted'])
    expect(project.tasks[t1]).toBeUndefined()
    expect(task(t2).needs).toEqual([])
  })
  test('it cannot be removed from under a session at work', () => {
    const { refused } = given(...inProgress).when({ type: 'task.delete', task: t1 })
    expect(refused).toMatchObject({ error: 'conflict', suggestion: `maestro session stop ${s1}` })
  })
})

describe('a note', () => {
  const note = { type: 'task.note', task: t1, text: 'Half way' } as const
  test('of a person is the newest line of the timeline', () =>
    expect(given(add(t1)).when(note, { now: 4_000 }).task(t1).note).toEqual({
      ...{ text: 'Half way', by: 'person:Ann', at: 4_000 },
    }))
  test('of an agent is its progress too', () => {
    const { session } = given(...inProgress).when(note, { by: agent(s1), now: 4_000 })
    expect(session(s1).progress).toEqual({ text: 'Half way', at: 4_000 })
  })
})
