import { describe, expect, test } from 'vitest'
import { type Asked, add, ann, atWork, complete, given, s1, t1, take } from './given.ts'

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

/** From each status, what may be asked (by a person) and where it leads; everything else is refused with a way on. */
const leads: Record<keyof typeof states, Record<string, string>> = {
  todo: {
    claim: 'in_progress',
    release: 'todo',
    block: 'blocked',
    unblock: 'todo',
    complete: 'done',
    reopen: 'todo',
    cancel: 'cancelled',
  },
  in_progress: {
    claim: 'in_progress',
    release: 'todo',
    block: 'blocked',
    unblock: 'in_progress',
    review: 'in_review',
    complete: 'done',
    cancel: 'cancelled',
  },
  blocked: { block: 'blocked', unblock: 'in_progress', cancel: 'cancelled' },
  in_review: { review: 'in_review', complete: 'done', reopen: 'todo' },
  done: { complete: 'done', reopen: 'todo' },
  cancelled: { cancel: 'cancelled', reopen: 'todo' },
}
/** For a person; an agent may do other things (tests/node/refusals.test.ts). */
const wayOn = {
  todo: 'session spawn',
  in_progress: 'task show',
  blocked: 'task unblock',
  in_review: 'task complete',
  done: 'task reopen',
  cancelled: 'task reopen',
}
const verbs: Record<string, Asked> = {
  ...{ claim: take(t1, s1), release: { type: 'task.release', task: t1 }, block: blocked, review },
  ...{ unblock: { type: 'task.unblock', task: t1 }, complete: complete(t1), cancel: cancelled },
  reopen: { type: 'task.reopen', task: t1 },
}

describe.each(Object.keys(states) as (keyof typeof states)[])('a task that is %s', (status) => {
  const story = () =>
    status === 'todo' || status === 'done' || status === 'cancelled'
      ? given(...atWork(s1), ...states[status])
      : given(...states[status])
  test.each(Object.entries(verbs))('asked to %s', (verb, ask) => {
    const after = story().when(ask, { by: ann })
    const to = leads[status][verb]
    if (to) return expect(after.task(t1).status).toBe(to)
    expect(after.refused).toMatchObject({
      error: expect.stringMatching(/wrong_status|already_claimed/),
      retryable: false,
    })
    expect(after.refused.suggestion).toMatch(new RegExp(`^maestro (${wayOn[status]} ${t1}|task list)`))
  })
})
