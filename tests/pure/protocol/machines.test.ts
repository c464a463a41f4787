import { describe, expect, test } from 'vitest'
import { emptyProject, type Spawner, withDefaults } from '../../../protocol/model.ts'
import { replay } from '../../../protocol/project.ts'
import { waitsFor } from '../../../protocol/session-rules.ts'
import {
  add,
  agent,
  ann,
  atWork,
  claimed,
  given,
  m1,
  m2,
  machine,
  offline,
  online,
  report,
  type Step,
  s1,
  s2,
  s3,
  seconds,
  spawn,
  t1,
} from './given.ts'

const gpu = { labels: ['gpu'] }
const plain = { labels: [] }
const drain = { type: 'spawner.drain', spawner: m1 } as const
const undrain = { type: 'spawner.undrain', spawner: m1 } as const
const revoke = { type: 'spawner.revoke', spawner: m1 } as const
const rename = (name: string, spawner = m1) => ({ type: 'spawner.rename', spawner, name }) as const

const why = (asked: Parameters<typeof spawn>[2], ...steps: Step[]) => {
  const { project } = given(...steps, spawn(s1, [], asked))
  return waitsFor(project, project.sessions[s1]!)
}

describe('a session that is asked for', () => {
  test('with a label goes to a machine that has it', () => {
    const story = [online(m1), online(m2, gpu), spawn(s1, [], { label: 'gpu' })]
    const { refused } = given(...story).when(claimed(s1, m1))
    expect(refused).toMatchObject({ error: 'at_capacity', message: 'machine 1 lacks the label gpu (it has none)' })
    expect(
      given(...story)
        .when(claimed(s1, m2))
        .session(s1).spawner,
    ).toBe(m2)
  })

  test('without a machine is left, for two seconds, to the one with the most room', () => {
    const story = [online(m1, { capacity: 2 }), online(m2, { capacity: 3 }), spawn(s1)]
    const { refused } = given(...story).when(claimed(s1, m1))
    expect(refused).toMatchObject({ error: 'conflict', message: `machine 2 has more room for ${s1}` })
    for (const steps of [
      [...story, { later: seconds(2) }],
      [...story, offline(m2)],
      [...story, { type: 'spawner.drain', spawner: m2 } as const],
    ])
      expect(
        given(...steps)
          .when(claimed(s1, m1))
          .session(s1).spawner,
      ).toBe(m1)
  })

  test('is taken by either of two with the same room', () => {
    const busy = [online(m1, { capacity: 2 }), online(m2, { capacity: 1 }), spawn(s1), claimed(s1, m1), spawn(s2)]
    expect(
      given(...busy)
        .when(claimed(s2, m2))
        .session(s2).spawner,
    ).toBe(m2)
    expect(
      given(...busy)
        .when(claimed(s2, m1))
        .session(s2).spawner,
    ).toBe(m1)
  })

  test('for one machine is taken by it, however little room it has', () => {
    const story = [online(m1, { capacity: 1 }), online(m2), spawn(s1, [], { spawner: m1 })]
    expect(
      given(...story)
        .when(claimed(s1, m1))
        .session(s1).spawner,
    ).toBe(m1)
  })

  test('says of that machine alone why it waits', () => {
    expect(why({ spawner: m1 }, online(m2))).toBe(`it is meant for ${m1}, which has never connected`)
    expect(why({ spawner: m1 }, online(m2), online(m1, { capacity: 0 }))).toBe('machine 1 is at capacity: 0 of 0')
    expect(why({ spawner: m1 }, online(m2), online(m1))).toBe('machine 1 is about to take it')
    expect(() => why({ spawner: m1 }, online(m2), online(m1), revoke)).toThrow(
      'machine 1 was revoked by person:Ann: nothing is started there any more',
    )
  })

  test('says what is in its way on each machine', () => {
    expect(why({ label: 'gpu' }, online(m1, { labels: ['big'] }))).toBe('machine 1 lacks the label gpu (it has big)')
    expect(why({}, online(m1), drain)).toBe('machine 1 is draining: it takes nothing new')
    expect(why({}, { by: machine(m1), ask: { type: 'spawner.expect', spawner: m1, name: 'studio' } })).toBe(
      'studio has never connected',
    )
    expect(why({}, online(m1), revoke)).toBe('no machine has ever connected to this project')
  })

  test('stays, and is taken when its machine comes', () => {
    const { session } = given(spawn(s1, [], { spawner: m1 }), online(m2), { later: seconds(9_000) }, online(m1)).when(
      claimed(s1, m1),
    )
    expect(session(s1)).toMatchObject({ status: 'spawning', spawner: m1 })
  })
})

describe('a machine that was given a name', () => {
  test('keeps it, whatever it says of itself', () => {
    const { project } = given(online(m1, plain), rename('studio'), offline(m1), online(m1, plain))
    expect(project.spawners[m1]).toMatchObject({ name: 'studio', ownName: 'machine 1', status: 'online' })
    expect(given(online(m1, plain), rename('studio')).when(online(m1, plain)).events).toEqual([])
  })
  test('may have its own again', () => {
    const { project } = given(
      online(m1, plain),
      rename('studio'),
      rename('machine 1'),
      online(m1, { name: 'x', ...plain }),
    )
    expect(project.spawners[m1]).toMatchObject({ name: 'x', ownName: null })
  })
  test('by a daemon of before there were such names is called what that says', () => {
    const story = given(online(m1), rename('studio'), online(m1))
    expect(story.project.spawners[m1]).toMatchObject({ name: 'machine 1', ownName: null })
    expect(story.when(online(m1)).events).toEqual([])
  })
  test('is the only one of that name', () => {
    const { refused } = given(online(m1), online(m2)).when(rename('machine 2'))
    expect(refused).toMatchObject({ error: 'conflict', message: `${m2} is called machine 2 already`, field: 'name' })
  })
})

describe('a machine that drains', () => {
  test('takes nothing new, and what runs goes on', () => {
    const story = [...atWork(s1), drain, spawn(s2)]
    expect(given(...story).when(claimed(s2)).refused).toMatchObject({
      message: 'machine 1 is draining: it takes nothing new',
    })
    expect(given(...story).project.sessions[s1]?.status).toBe('running')
  })
  test('goes on with that when it comes back, until it is told otherwise', () => {
    const back = [online(m1), drain, offline(m1), online(m1)]
    expect(given(...back).project.spawners[m1]?.draining).toMatchObject({ by: 'person:Ann' })
    expect(
      given(...back, undrain, spawn(s1))
        .when(claimed(s1))
        .session(s1).spawner,
    ).toBe(m1)
  })
})

describe('a machine that is revoked', () => {
  const working = [add(t1), ...atWork(s1, [t1]), spawn(s2), claimed(s2)]
  test('is away, and its sessions are lost at once, with the reason', () => {
    const { session, task, project } = given(...working).when(revoke)
    const reason = 'its machine machine 1 was revoked by person:Ann'
    for (const id of [s1, s2]) expect(session(id)).toMatchObject({ status: 'ended', outcome: 'lost', reason })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null })
    expect(project.spawners[m1]).toMatchObject({ status: 'offline', revoked: { by: 'person:Ann' } })
  })
  test('does not come back, and brings nothing back', () => {
    const { refused } = given(...working, revoke).when(online(m1, { alive: [s1] }))
    expect(refused).toMatchObject({ error: 'forbidden', message: `${m1} was revoked by person:Ann` })
  })
  test.each([drain, undrain, rename('x')])('is past $type', (ask) =>
    expect(given(online(m1), revoke).when(ask).refused.error).toBe('wrong_status'),
  )
})

test.each([drain, undrain, rename('x'), revoke])('nobody is told to $type that is not there', (ask) =>
  expect(given().when(ask).refused.error).toBe('spawner_not_found'),
)

test('a machine says of itself alone that it is to come', () => {
  const expect1 = { type: 'spawner.expect', spawner: m1, name: 'studio' } as const
  for (const by of [ann, machine(m2), agent(s3)])
    expect(given(spawn(s3)).when(expect1, { by }).refused.error).toBe('forbidden')
  const came = given({ by: machine(m1), ask: expect1 }, online(m1), spawn(s1), claimed(s1)).when(report(s1))
  expect(came.project.spawners[m1]).toMatchObject({ status: 'online', connected: true })
})

test('logs and snapshots of before there was any of this still wake', () => {
  const { log } = given(...atWork(s1))
  const old = structuredClone(log).map((entry) => {
    if (entry.type === 'spawner:online') entry.data.spawner = older(entry.data.spawner)
    return entry
  })
  expect(replay(old).spawners[m1]).toMatchObject({ labels: [], connected: true, draining: null, revoked: null })
  const kept = { ...emptyProject(), spawners: { [m1]: older(replay(old).spawners[m1]!) } }
  expect(withDefaults(kept).spawners[m1]).toMatchObject({ labels: [], connected: true, ownName: null, revoked: null })
})

function older({ labels, connected, ownName, draining, revoked, ...rest }: Spawner): Spawner {
  return rest as Spawner // as an earlier version wrote it
}
