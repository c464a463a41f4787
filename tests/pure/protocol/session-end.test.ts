import { describe, expect, test } from 'vitest'
import { add, atWork, claimed, ended, given, m1, online, s1, spawn, t1, take } from './given.ts'

describe('the end of a session moves its tasks:', () => {
  const working = [add(t1), ...atWork(s1, [t1])]
  test('completed, a person is to look', () => {
    const { types, task, session } = given(...working).when(ended(s1, 'completed'), { now: 9 })
    expect(types).toEqual(['session:ended', 'task:updated'])
    expect(task(t1)).toMatchObject({ status: 'in_review', lease: null, attempts: [] })
    expect(session(s1)).toMatchObject({ status: 'ended', outcome: 'completed', endedAt: 9 })
  })
  test.each(['failed', 'stopped', 'lost'] as const)('%s, it goes back to do, with the attempt', (outcome) => {
    const { task } = given(...working).when(ended(s1, outcome, 'out of paper'), { now: 9 })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, lease: null })
    expect(task(t1).attempts).toEqual([{ session: s1, outcome, reason: 'out of paper', at: 9 }])
  })
  test('after three attempts it is blocked, with the reasons', () => {
    const again = (n: number, outcome: 'failed' | 'lost') => [
      ...atWork(`sess_0000000${n}`, [t1]),
      ended(`sess_0000000${n}`, outcome, `reason ${n}`),
    ]
    const { task } = given(add(t1), ...again(1, 'failed'), ...again(2, 'lost'), ...atWork('sess_00000003', [t1])).when(
      ended('sess_00000003', 'failed'),
    )
    expect(task(t1)).toMatchObject({ status: 'blocked', assignee: null, blocked: { by: 'maestro' } })
    expect(task(t1).blocked?.reason).toBe(
      '3 attempts ended: sess_00000001 failed (reason 1); sess_00000002 lost (reason 2); sess_00000003 failed',
    )
  })
  test('what is blocked stays blocked, and nobody has it', () => {
    const block = { type: 'task.block', task: t1, reason: 'rain' } as const
    const { task } = given(...working, block).when(ended(s1, 'failed'))
    expect(task(t1)).toMatchObject({ status: 'blocked', assignee: null, blocked: { reason: 'rain' } })
  })
  test.each(['complete', 'review'] as const)('what it finished (%s) stays as it is', (verb) => {
    const finished = given(...working, { type: `task.${verb}`, task: t1 })
    const before = structuredClone(finished.project.tasks[t1])
    expect(finished.when(ended(s1, 'failed')).task(t1)).toEqual(before)
  })
  test('what it was never started on is free again', () => {
    const story = given(add(t1), online(m1), spawn(s1, [t1]), claimed(s1))
    expect(story.when(ended(s1, 'completed')).task(t1)).toMatchObject({ status: 'todo', assignee: null, attempts: [] })
  })
  test('what it took later moves as what it was started on', () => {
    const { task } = given(add(t1), ...atWork(s1), take(t1, s1)).when(ended(s1, 'lost'))
    expect(task(t1)).toMatchObject({ status: 'todo', attempts: [{ outcome: 'lost' }] })
  })
})
