import { describe, expect, test } from 'vitest'
import type { SessionId, TaskId } from '../../../protocol/ids.ts'
import { atWorkFor, GRACE_MS, standing, type Until, verdict } from '../../../protocol/waiting.ts'
import {
  type Asked,
  add,
  agent,
  atWork,
  claimed,
  complete,
  ended,
  given,
  heard,
  m1,
  offline,
  online,
  report,
  type Step,
  type Story,
  s1,
  s2,
  sessionId,
  spawn,
  t1,
  t2,
  taskId,
} from './given.ts'

const t3 = taskId(3)
const s3 = sessionId(3)
const working = [add(t1), ...atWork(s1, [t1])]
const needing = (task: TaskId, need: TaskId) => add(task, { needs: [need] })
const asks = heard('permission', { session: s1, needs: { kind: 'permission', message: 'Allow npm test?' } })
const block: Asked = { type: 'task.block', task: t1, reason: 'Which time zone?' }
const review: Asked = { type: 'task.review', task: t1, summary: 'Done' }
const cancel: Asked = { type: 'task.cancel', task: t1 }
const own = { later: GRACE_MS }

/** How things stand for a person, or for the session `me`. */
function of(story: Story, id: TaskId | SessionId, until: Until, me?: SessionId) {
  const { is, reason, next } = standing(story.project, id, until, { now: story.now, me })
  return [is, reason, next]
}

describe('waiting for a task to be done', () => {
  test.each<[string, Step[], string, string, string | null]>([
    ['done', [...working, complete(t1)], 'met', 'it is done', null],
    ['worked on', working, 'pending', `${s1} works on it`, null],
    ['asked about', [...working, asks], 'pending', `${s1} waits for a person: Allow npm test?`, null],
    ['cancelled', [...working, cancel], 'stuck', 'it is cancelled', `maestro task reopen ${t1}`],
    ['deleted', [add(t1), { type: 'task.delete', task: t1 }], 'stuck', 'it was deleted', null],
    ['blocked', [...working, block], 'stuck', 'it is blocked: Which time zone?', `maestro task show ${t1}`],
    [
      'in review',
      [...working, review],
      'stuck',
      'it is in review: somebody looks at it and completes it',
      `maestro task show ${t1}`,
    ],
    ['left alone', [add(t1)], 'stuck', 'nobody works on it', `maestro session spawn ${t1}`],
    [
      'given back after a failure',
      [...working, ended(s1, 'failed', 'exited with code 3'), ...atWork(s2)],
      'stuck',
      `${s1} failed (exited with code 3), and nobody works on it`,
      `maestro session spawn ${t1}`,
    ],
    ['free while somebody is at work', [add(t1), ...atWork(s1)], 'pending', 'nobody has taken it yet', null],
  ])('that is %s', (_, steps, is, reason, next) => {
    expect(of(given(...steps), t1, 'done')).toEqual([is, reason, next])
  })

  test('an agent that leads does not count as somebody who may take it', () => {
    const story = given(add(t1), ...atWork(s1))
    expect(of(story, t1, 'done', s1)[0]).toBe('stuck')
    const below = given(...atWork(s1), { by: agent(s1), ask: spawn(s2) }, claimed(s2), report(s2), add(t1))
    expect(of(below, t1, 'done', s1)[0]).toBe('pending')
    expect(of(below, t1, 'done', s2)[0]).toBe('stuck')
  })

  test('an agent at rest with its task unfinished is stuck, but not in the same moment', () => {
    const story = given(...working, report(s1, 'idle'))
    expect(of(story, t1, 'done')[0]).toBe('pending')
    story.take(own)
    expect(of(story, t1, 'done')).toEqual([
      'stuck',
      `${s1} is idle and has not finished it`,
      `maestro session show ${s1}`,
    ])
  })

  test('what it needs counts, however far away', () => {
    const chain = [add(t1), needing(t2, t1), needing(t3, t2), ...atWork(s1, [t1])]
    expect(of(given(...chain), t3, 'done')).toEqual(['pending', `it waits for ${t2}`, null])
    expect(of(given(...chain, block), t3, 'done')).toEqual([
      'stuck',
      `it waits for ${t1}: it is blocked: Which time zone?`,
      `maestro task show ${t1}`,
    ])
    const freed = given(...chain, complete(t1), ended(s1, 'completed'))
    expect(of(freed, t2, 'done')[1]).toBe('nobody works on it')
    expect(of(freed, t3, 'done')[1]).toBe(`it waits for ${t2}: nobody works on it`)
  })

  test('a session that no machine can take is stuck, when that has lasted', () => {
    const story = given(add(t1), online(m1), spawn(s1, [t1], { profile: 'codex' }))
    expect(of(story, t1, 'done')[0]).toBe('pending')
    story.take(own)
    expect(of(story, t1, 'done')).toEqual([
      'stuck',
      `${s1} waits to start: machine 1 has no profile codex (it has claude)`,
      'maestro spawner list',
    ])
  })

  test('a machine that starts anew, or is full, keeps nobody from waiting', () => {
    const away = given(add(t1), online(m1), spawn(s1, [t1]), own, offline(m1))
    expect(of(away, t1, 'done')[0]).toBe('pending')
    const full = given(
      add(t1),
      add(t2),
      online(m1, { capacity: 1 }),
      spawn(s2, [t2]),
      claimed(s2),
      spawn(s1, [t1]),
      own,
    )
    expect(of(full, t1, 'done')).toEqual(['pending', `${s1} waits to start: machine 1 is at capacity: 1 of 1`, null])
  })
})

describe('waiting for a session to be done', () => {
  test.each<[string, Step[], string, string, string | null]>([
    ['at work', working, 'pending', `it works on ${t1}`, null],
    [
      'through with its task, and at rest',
      [...working, complete(t1), report(s1, 'idle')],
      'met',
      'it rests, and what it was to do is done',
      null,
    ],
    ['through with its task, and still at work', [...working, complete(t1)], 'pending', 'it works', null],
    ['ended with its task done', [...working, complete(t1), ended(s1, 'completed')], 'met', 'it has ended', null],
    [
      'ended with its task handed over',
      [...working, ended(s1, 'completed')],
      'stuck',
      `it has ended, and ${t1} is in review`,
      `maestro task show ${t1}`,
    ],
    [
      'failed',
      [...working, ended(s1, 'failed', 'exited with code 3')],
      'stuck',
      'it ended: failed (exited with code 3)',
      `maestro session spawn ${t1}`,
    ],
    [
      'without a task, and at rest',
      [...atWork(s1), report(s1, 'idle')],
      'met',
      'it rests, and what it was to do is done',
      null,
    ],
    [
      'at rest for long with its task open',
      [...working, report(s1, 'idle'), own],
      'stuck',
      `it is idle, and ${t1} is in progress`,
      `maestro task show ${t1}`,
    ],
    ['asking somebody', [...working, asks], 'pending', `${s1} waits for a person: Allow npm test?`, null],
  ])('that is %s', (_, steps, is, reason, next) => {
    expect(of(given(...steps), s1, 'done')).toEqual([is, reason, next])
  })
})

describe('waiting for an end', () => {
  test('is over when a session has ended, however it did', () => {
    expect(of(given(...working), s1, 'ended')).toEqual(['pending', 'it works', null])
    expect(of(given(...working, complete(t1), report(s1, 'idle')), s1, 'ended')[0]).toBe('pending')
    expect(of(given(...working, ended(s1, 'failed', 'exited with code 3')), s1, 'ended').slice(0, 2)).toEqual([
      'met',
      'failed (exited with code 3)',
    ])
  })

  test('of a task is that of whoever works on it', () => {
    expect(of(given(...working), t1, 'ended')[0]).toBe('pending')
    expect(of(given(...working, complete(t1)), t1, 'ended')[0]).toBe('pending')
    expect(of(given(...working, ended(s1, 'completed')), t1, 'ended').slice(0, 2)).toEqual(['met', `${s1} has ended`])
    expect(of(given(add(t1)), t1, 'ended').slice(0, 2)).toEqual(['met', 'nobody works on it'])
  })
})

describe('waiting until somebody is needed', () => {
  test.each<[string, Step[], TaskId | SessionId, string, string]>([
    ['a session that asks', [...working, asks], s1, 'met', `${s1} waits for a person: Allow npm test?`],
    ['the task of one that asks', [...working, asks], t1, 'met', `${s1} waits for a person: Allow npm test?`],
    ['a blocked task', [...working, block], t1, 'met', 'it is blocked: Which time zone?'],
    ['a task in review', [...working, review], t1, 'met', 'it wants to be looked at'],
    [
      'a session at rest with its task open',
      [...working, report(s1, 'idle'), own],
      s1,
      'met',
      `${s1} is idle and has not finished ${t1}`,
    ],
    [
      'a session at rest that is through',
      [...working, complete(t1), report(s1, 'idle'), own],
      s1,
      'pending',
      'it rests',
    ],
    [
      'a session that cannot start',
      [spawn(s1), own],
      s1,
      'met',
      `${s1} waits to start: no machine has ever connected to this project`,
    ],
    ['a session at work', working, s1, 'pending', 'it works'],
    ['a session that has ended', [...working, ended(s1, 'completed')], s1, 'stuck', 'it has ended'],
    ['a task that is done', [...working, complete(t1)], t1, 'stuck', 'it is done'],
  ])('%s', (_, steps, id, is, reason) => {
    expect(of(given(...steps), id, 'needs-you').slice(0, 2)).toEqual([is, reason])
  })
  test('of a person leads a person to the terminal, and an agent, who may not type there, to look', () => {
    const story = given(...working, asks)
    const reason = `${s1} waits for a person: Allow npm test?`
    expect(of(story, s1, 'needs-you')).toEqual(['met', reason, 'maestro open'])
    expect(of(story, s1, 'needs-you', s2)).toEqual(['met', reason, `maestro session show ${s1}`])
  })
})

describe('several at once', () => {
  const made = (...all: ('met' | 'stuck' | 'pending')[]) =>
    all.map((is) => ({ id: t1, kind: 'task' as const, name: '', status: 'todo' as const, is, reason: '', next: null }))

  test.each<[Until, boolean, ('met' | 'stuck' | 'pending')[], string]>([
    ['done', false, ['met', 'met'], 'met'],
    ['done', false, ['met', 'pending'], 'pending'],
    ['done', false, ['met', 'pending', 'stuck'], 'stuck'],
    ['done', true, ['pending', 'pending'], 'pending'],
    ['done', true, ['met', 'pending', 'stuck'], 'met'],
    ['done', true, ['pending', 'stuck'], 'stuck'],
    ['done', false, [], 'met'],
    ['done', true, [], 'met'],
    ['needs-you', false, [], 'stuck'],
    ['needs-you', false, ['pending', 'met'], 'met'],
    ['needs-you', false, ['pending', 'stuck'], 'pending'],
    ['needs-you', false, ['stuck', 'stuck'], 'stuck'],
  ])('until %s, any: %s, with %j', (until, any, all, expected) => {
    expect(verdict(made(...all), until, any)).toBe(expected)
  })
})

describe('without a name', () => {
  const family = [...atWork(s1), { by: agent(s1), ask: spawn(s2) }, spawn(s3), add(t1), { by: agent(s1), ask: add(t2) }]
  const held: Step[] = [
    { type: 'task.block', task: t1, reason: 'rain' },
    { type: 'task.block', task: t2, reason: 'rain' },
  ]

  test('an agent waits for those that it started, and a person for all', () => {
    const { project } = given(...family, ...held)
    expect(atWorkFor(project, 'done', s1)).toEqual([s2])
    expect(atWorkFor(project, 'ended', undefined)).toEqual([s1, s2, s3])
  })

  test('held tasks count where somebody waits to be needed', () => {
    const { project } = given(...family, ...held)
    expect(atWorkFor(project, 'needs-you', s1)).toEqual([s2, t2])
    expect(atWorkFor(project, 'needs-you', undefined)).toEqual([s1, s2, s3, t1, t2])
  })
})
