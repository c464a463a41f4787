import { describe, expect, test } from 'vitest'
import { nextAlarm } from '../../../protocol/clock.ts'
import { unreachableSince } from '../../../protocol/session-rules.ts'
import {
  add,
  agent,
  ann,
  atWork,
  claimed,
  ended,
  given,
  m1,
  m2,
  minutes,
  offline,
  online,
  report,
  s1,
  s2,
  seconds,
  spawn,
  start,
  t1,
  take,
} from './given.ts'

const away = [add(t1), ...atWork(s1, [t1]), offline(m1)]
const lost = [...away, { later: minutes(6) }]
const back = online(m1, { alive: [s1] })

describe('a machine', () => {
  test('comes online with what it may start', () => {
    const { types, project } = given().when(online(m1), { now: 4 })
    expect(types).toEqual(['spawner:online'])
    expect(project.spawners[m1]).toMatchObject({
      name: 'machine 1',
      status: 'online',
      since: 4,
      capacity: 30,
      typing: false,
    })
  })
  test('that says so twice is here once', () => expect(given(online(m1)).when(online(m1)).events).toEqual([]))
  test('that may start other things now says so', () =>
    expect(given(online(m1)).when(online(m1, { capacity: 2 })).project.spawners[m1]?.capacity).toBe(2))
  test('goes away', () => {
    const { types, project } = given(online(m1)).when(offline(m1), { now: 8 })
    expect(types).toEqual(['spawner:offline'])
    expect(project.spawners[m1]).toMatchObject({ status: 'offline', since: 8 })
  })
  test('that goes away twice, or was never here, is away once', () => {
    expect(given(online(m1), offline(m1)).when(offline(m1)).events).toEqual([])
    expect(given().when(offline(m1)).events).toEqual([])
  })
  test.each([online(m1), offline(m1)])('is spoken for by its own key only: $type', (ask) => {
    for (const by of [ann, agent(s1)])
      expect(given(...atWork(s1)).when(ask, { by }).refused).toMatchObject({
        error: 'forbidden',
        suggestion: 'maestro whoami',
      })
  })
})

describe('the sessions of a machine that is away', () => {
  test('are unreachable at once, and still live', () => {
    const { project } = given(...atWork(s1)).when(offline(m1), { now: 70 })
    expect(unreachableSince(project, project.sessions[s1]!)).toBe(70)
    expect(project.sessions[s1]?.status).toBe('running')
  })
  test('are not lost before five minutes', () => expect(given(...away).when({ later: minutes(4) }).events).toEqual([]))
  test('are lost after as long as the project says', () => {
    const longer = given({ type: 'project.edit', lostAfter: 3_600 }, ...away)
    expect(longer.when({ later: minutes(59) }).events).toEqual([])
    const before = [{ type: 'project.edit', lostAfter: 3_600 } as const, ...away]
    expect(
      given(...before)
        .when({ later: minutes(61) })
        .session(s1),
    ).toMatchObject({ outcome: 'lost' })
    const shorter = given(...away, { type: 'project.edit', lostAfter: 60 })
    expect(shorter.when({ later: minutes(2) }).session(s1)).toMatchObject({ outcome: 'lost' })
  })
  test('are lost after five minutes, and their tasks released', () => {
    const { session, task } = given(...away).when({ later: minutes(5) })
    expect(session(s1)).toMatchObject({ status: 'ended', outcome: 'lost', reason: `${m1} has been away too long` })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, attempts: [{ session: s1, outcome: 'lost' }] })
  })
  test('go on when it is back in time', () => {
    const { project } = given(...away, { later: minutes(4) }, online(m1), { later: minutes(10) })
    expect(project.sessions[s1]?.status).toBe('running')
    expect(unreachableSince(project, project.sessions[s1]!)).toBeUndefined()
  })
})

describe('a lost session whose machine is back with it alive', () => {
  test('is revived, and has its task again', () => {
    const { types, session, task, project } = given(...lost).when(back)
    expect(types).toEqual(['spawner:online', 'session:updated', 'task:updated'])
    expect(session(s1)).toMatchObject({ status: 'running', outcome: null, reason: null, endedAt: null })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s1, lease: { session: s1 }, attempts: [] })
    expect(project.live[s1]).toBe(true)
  })
  test('is revived once, however often it is named', () => {
    expect(
      given(...lost)
        .when(online(m1, { alive: [s1, s1] }))
        .types.filter((type) => type === 'session:updated'),
    ).toHaveLength(1)
    expect(given(...lost, back).when(back).events).toEqual([])
  })
  test('leaves its task to whoever took it since', () => {
    const { session, task } = given(...lost, ...atWork(s2, [t1], m2)).when(back)
    expect(session(s1).status).toBe('running')
    expect(task(t1)).toMatchObject({ assignee: s2, attempts: [{ session: s1 }] })
  })
  test('leaves its task to whoever gave it back after it', () => {
    const { task } = given(...lost, ...atWork(s2, [t1], m2), ended(s2, 'failed')).when(back)
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null })
  })
  test('is not revived by another machine', () =>
    expect(
      given(...lost)
        .when(online(m2, { alive: [s1] }))
        .session(s1).outcome,
    ).toBe('lost'))
})

test('a session that ended otherwise is never revived', () => {
  const { session } = given(...atWork(s1), ended(s1, 'failed'), offline(m1)).when(back)
  expect(session(s1).outcome).toBe('failed')
})

describe('the next alarm', () => {
  const alarm = (...steps: Parameters<typeof given>) => nextAlarm(given(...steps).project)
  test('is none while nothing is due', () => {
    expect(alarm()).toBeUndefined()
    expect(alarm(online(m1), spawn(s1))).toBeUndefined()
    expect(alarm(add(t1), ...atWork(s1), take(t1, s1))).toBeUndefined()
  })
  test('is when a claim runs out', () =>
    expect(alarm(online(m1), spawn(s1), claimed(s1))).toBe(start + seconds(4 + 30)))
  test('is when the sessions of a machine that is away are lost', () => {
    expect(alarm(...atWork(s1), offline(m1))).toBe(start + seconds(6) + minutes(5))
    expect(alarm(...atWork(s1), offline(m1), online(m1))).toBeUndefined()
  })
  test('is the first of several', () =>
    expect(alarm(...atWork(s1), online(m2), spawn(s2), offline(m1), claimed(s2, m2))).toBe(start + seconds(9 + 30)))
  test('is none once it has rung', () => {
    expect(alarm(...lost)).toBeUndefined()
    expect(alarm(online(m1), spawn(s1), claimed(s1), { later: minutes(1) }, report(s1) && online(m1))).toBeUndefined()
  })
})
