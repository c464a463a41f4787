import { describe, expect, test } from 'vitest'
import { type Facts, type Here, type Me, type Order, todo } from '../../../local-spawner/todo.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import {
  add,
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
  type Story,
  s1,
  s2,
  s3,
  spawn,
  t1,
} from '../protocol/given.ts'

const facts: Facts = {
  ...{ name: 'machine 1', machine: 'host', version: '1', profiles: [{ name: 'claude', agent: 'claude-code' }] },
  ...{ workspaces: ['scratch'], skills: [], capacity: 30, typing: false, labels: [] },
}
const me: Me = { id: m1, facts, room: 30, panic: false }
const running: Here = { state: 'running' }
const exited = (code: number | null, signal: string | null = null): Here => ({ state: 'exited', code, signal })

function orders({ project }: Story, here: Partial<Record<SessionId, Here>> = {}, who: Me = me): Order[] {
  return todo(project, who, new Map(Object.entries(here)) as Map<SessionId, Here>)
}

describe('a machine that is not announced', () => {
  test('announces itself before all else', () => {
    expect(orders(given())).toEqual([{ do: 'announce' }])
    expect(orders(given(online(m1), offline(m1)))).toEqual([{ do: 'announce' }])
  })

  test('announces itself again when what it offers has changed', () => {
    const fewer = { ...me, facts: { ...facts, capacity: 2 } }
    expect(orders(given(online(m1)), {}, fewer)).toEqual([{ do: 'announce' }])
    expect(orders(given(online(m1)))).toEqual([])
  })
})

describe('a session that is asked for', () => {
  test('is claimed, the one that waits longest first', () => {
    expect(orders(given(online(m1), spawn(s1), spawn(s2)))).toEqual([
      { do: 'claim', session: s1 },
      { do: 'claim', session: s2 },
    ])
  })

  test('is left to others when it is meant for another machine, profile or workspace', () => {
    const elsewhere = [
      spawn(s1, [], { spawner: m2 }),
      spawn(s2, [], { profile: 'x' }),
      spawn(s3, [], { workspace: 'y' }),
    ]
    expect(orders(given(online(m1), ...elsewhere))).toEqual([])
  })

  test('waits while this machine is full, with sessions of whatever project', () => {
    const story = given(online(m1), spawn(s1), spawn(s2))
    expect(orders(story, {}, { ...me, room: 1 })).toEqual([{ do: 'claim', session: s1 }])
    expect(orders(story, {}, { ...me, room: 0 })).toEqual([])
  })

  test('is opened once it is claimed, and not again while that is under way', () => {
    const story = given(online(m1), spawn(s1), claimed(s1))
    expect(orders(story)).toEqual([{ do: 'open', session: s1 }])
    expect(orders(story, { [s1]: { state: 'opening' } })).toEqual([])
  })

  test('is reported to run once it does', () => {
    const story = given(online(m1), spawn(s1), claimed(s1))
    expect(orders(story, { [s1]: running })).toEqual([{ do: 'report', session: s1 }])
    expect(orders(given(...atWork(s1)), { [s1]: running })).toEqual([])
  })

  test('is claimed again, and not opened again, when its claim ran out while it was opened', () => {
    const late = given(online(m1), spawn(s1), claimed(s1), { later: minutes(1) })
    expect(orders(late, { [s1]: { state: 'opening' } })).toEqual([])
    expect(orders(late, { [s1]: running })).toEqual([{ do: 'claim', session: s1 }])
    expect(orders(late, { [s1]: running }, { ...me, room: 0 })).toEqual([{ do: 'claim', session: s1 }])
  })

  test('is not started when it was stopped before', () => {
    const story = given(online(m1), spawn(s1), claimed(s1), { type: 'session.stop', session: s1 })
    expect(orders(story)).toMatchObject([{ do: 'end', session: s1, outcome: 'stopped' }])
  })

  test('is given up when the machine cannot tell whether it was started', () => {
    const reason = 'the spawner died while starting it'
    const story = given(online(m1), spawn(s1), claimed(s1))
    expect(orders(story, { [s1]: { state: 'failed', reason } })).toMatchObject([
      { do: 'end', outcome: 'failed', reason },
    ])
  })

  test('that ended at once has run all the same, so that its tasks are handed over', () => {
    const story = given(add(t1), online(m1), spawn(s1, [t1]), claimed(s1))
    expect(orders(story, { [s1]: exited(0) })).toEqual([{ do: 'report', session: s1 }])
    story.take(report(s1))
    story.take(ended(s1, 'completed'))
    expect(story.project.tasks[t1]?.status).toBe('in_review')
  })
})

describe('a session at work', () => {
  const story = given(...atWork(s1))

  test.each([
    [exited(0), { outcome: 'completed', exitCode: 0, reason: null }],
    [exited(3), { outcome: 'failed', exitCode: 3, reason: 'exited with code 3' }],
    [exited(null, 'SIGKILL'), { outcome: 'failed', exitCode: null, reason: 'ended by SIGKILL' }],
    [{ state: 'lost', reason: 'gone' } satisfies Here, { outcome: 'lost', reason: 'gone' }],
  ])('ends as its program does: %j', (here, end) => {
    expect(orders(story, { [s1]: here })).toMatchObject([{ do: 'end', session: s1, ...end }])
  })

  test('is lost when this machine has no trace of it', () => {
    expect(orders(story)).toMatchObject([{ do: 'end', session: s1, outcome: 'lost' }])
  })

  test('that somebody stops is ended, once, and then told to be stopped, whatever its exit code', () => {
    const stopping = given(...atWork(s1), { type: 'session.stop', session: s1 })
    expect(orders(stopping, { [s1]: running })).toEqual([{ do: 'stop', session: s1 }])
    expect(orders(stopping, { [s1]: { state: 'ending' } })).toEqual([])
    const [end] = orders(stopping, { [s1]: exited(null, 'SIGHUP') })
    expect(end).toMatchObject({ do: 'end', outcome: 'stopped', reason: 'stopped by person:Ann' })
  })
})

describe('what runs here and should not', () => {
  test('is ended when its session has ended', () => {
    const story = given(...atWork(s1), ended(s1, 'stopped'))
    expect(orders(story, { [s1]: running })).toEqual([{ do: 'stop', session: s1 }])
  })

  test('is ended when another machine has its session', () => {
    const story = given(online(m1), online(m2), spawn(s1), claimed(s1, m2))
    expect(orders(story, { [s1]: running })).toEqual([{ do: 'stop', session: s1 }])
    expect(orders(story, { [s1]: exited(0) })).toEqual([{ do: 'forget', session: s1 }])
  })

  test('is ended when the project knows nothing of it', () => {
    expect(orders(given(online(m1)), { [s1]: running })).toEqual([{ do: 'stop', session: s1 }])
  })

  test('is forgotten once it is over and told', () => {
    const story = given(...atWork(s1), ended(s1, 'completed'))
    expect(orders(story, { [s1]: exited(0) })).toEqual([{ do: 'forget', session: s1 }])
    expect(orders(story)).toEqual([])
  })
})

test('a session that was given up as lost and is alive here comes back by an announcement', () => {
  const story = given(...atWork(s1), offline(m1), { later: minutes(10) }, online(m1))
  expect(story.project.sessions[s1]?.outcome).toBe('lost')
  expect(orders(story, { [s1]: running })).toEqual([{ do: 'announce' }])
  story.take(online(m1, { alive: [s1] }))
  expect(orders(story, { [s1]: running })).toEqual([])
})

test('doing what it says comes to an end, with every session run once and ended', () => {
  const story = given(online(m1), spawn(s1), spawn(s2), spawn(s3), { type: 'session.stop', session: s3 })
  const here = new Map<SessionId, Here>()
  const opened: SessionId[] = []
  for (let round = 0; round < 20; round++) {
    const all = todo(story.project, me, here)
    if (all.length === 0) break
    for (const order of all) obey(order)
  }
  function obey(order: Order): void {
    if (order.do === 'claim') story.take(claimed(order.session))
    if (order.do === 'report') story.take(report(order.session))
    if (order.do === 'end') story.take(ended(order.session, order.outcome))
    if (order.do === 'forget') here.delete(order.session)
    if (order.do !== 'open') return
    opened.push(order.session)
    here.set(order.session, exited(order.session === s1 ? 0 : 1))
  }
  expect(opened).toEqual([s1, s2])
  expect([s1, s2, s3].map((id) => story.project.sessions[id]?.outcome)).toEqual(['completed', 'failed', 'stopped'])
  expect([here.size, todo(story.project, me, here)]).toEqual([0, []])
})

describe('when nothing is to be started', () => {
  const freeze = { type: 'project.freeze' } as const
  const panic = { ...me, panic: true }

  test('nothing is claimed or opened, in a frozen project or by a machine in a panic', () => {
    expect(orders(given(online(m1), spawn(s1), freeze))).toEqual([])
    expect(orders(given(online(m1), spawn(s1), claimed(s1), freeze))).toEqual([])
    expect(orders(given(online(m1), spawn(s1)), {}, panic)).toEqual([])
    expect(orders(given(online(m1), spawn(s1), claimed(s1)), {}, panic)).toEqual([])
  })

  test('what runs is reported, stopped and told of as ever', () => {
    const came = given(online(m1), spawn(s1), claimed(s1), freeze)
    expect(orders(came, { [s1]: running })).toEqual([{ do: 'report', session: s1 }])
    const stopping = given(...atWork(s1), freeze, { type: 'session.stop', session: s1 })
    expect(orders(stopping, { [s1]: running })).toEqual([{ do: 'stop', session: s1 }])
  })

  test('what a panic ended was stopped, whatever its program says', () => {
    const here: Here = {
      state: 'exited',
      code: 0,
      signal: null,
      verdict: { outcome: 'stopped', reason: 'stopped by a panic on this machine' },
    }
    expect(orders(given(...atWork(s1)), { [s1]: here })).toEqual([
      { do: 'end', session: s1, outcome: 'stopped', exitCode: 0, reason: 'stopped by a panic on this machine' },
    ])
  })
})
