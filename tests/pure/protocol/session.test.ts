import { describe, expect, test } from 'vitest'
import type { Session, Spawner } from '../../../protocol/model.ts'
import { parseCommand } from '../../../protocol/project.ts'
import { unreachableSince, waitsFor } from '../../../protocol/session-rules.ts'
import {
  add,
  agent,
  ann,
  atWork,
  claimed,
  ended,
  given,
  heard,
  m1,
  m2,
  machine,
  minutes,
  offline,
  online,
  report,
  s1,
  s2,
  seconds,
  spawn,
  t1,
  t2,
  take,
} from './given.ts'

const stop = { type: 'session.stop', session: s1 } as const
const needs = { kind: 'permission', message: 'May I push?' } as const

describe('asking for a session', () => {
  test('keeps it as spawning, with its tasks meant for it', () => {
    const { types, session, task, project } = given(add(t1)).when(spawn(s1, [t1], { prompt: 'Hi' }))
    expect(types).toEqual(['session:spawn_request', 'task:updated'])
    expect(session(s1)).toMatchObject({ status: 'spawning', name: 'Task 1', tasks: [t1], spawner: null, prompt: 'Hi' })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: s1 })
    expect(project.live).toEqual({ [s1]: true })
  })
  test('twice is once, also when it has taken on more since', () => {
    const story = given(add(t1), add(t2), ...atWork(s1, [t1]), take(t2, s1))
    expect(story.when(spawn(s1, [t1])).events).toEqual([])
  })
  test('with one task named twice is with that task once', () =>
    expect(
      given(add(t1))
        .when(spawn(s1, [t1, t1]))
        .session(s1).tasks,
    ).toEqual([t1]))
  test('names skills, and no paths', () => {
    const { session } = given().when(spawn(s1, [], { skills: ['our-style', 'our-style', 'more'] }))
    expect(session(s1).skills).toEqual(['our-style', 'more'])
    for (const name of ['../../etc', 'a/b', '', '.hidden', '-x'])
      expect(() => parseCommand('session.spawn', { session: s1, skills: [name] })).toThrow(/a name has letters/)
  })
  test('under the id of another is refused', () => {
    const { refused } = given(add(t1), spawn(s1)).when(spawn(s1, [t1]))
    expect(refused).toMatchObject({ error: 'id_taken', field: 'session', suggestion: `maestro session show ${s1}` })
  })
  test('on a task that is not there is refused', () =>
    expect(given().when(spawn(s1, [t1])).refused).toMatchObject({ error: 'task_not_found', field: 'task' }))
  test('on a task that is meant for another is refused, naming it', () => {
    const { refused } = given(add(t1), spawn(s2, [t1])).when(spawn(s1, [t1]))
    expect(refused).toMatchObject({
      error: 'already_claimed',
      message: `${t1} is taken by ${s2}`,
      suggestion: `maestro session show ${s2}`,
    })
  })
  test('on a task that is not to do is refused', () => {
    const { refused } = given(add(t1), { type: 'task.complete', task: t1 }).when(spawn(s1, [t1]))
    expect(refused).toMatchObject({ error: 'wrong_status', suggestion: `maestro task reopen ${t1}` })
  })
  test('on a task that waits for others is refused, naming them', () => {
    const { refused } = given(add(t2), add(t1, { needs: [t2] })).when(spawn(s1, [t1]))
    expect(refused).toMatchObject({
      error: 'not_ready',
      message: `${t1} waits for ${t2}`,
      suggestion: `maestro task show ${t2}`,
    })
  })
})

describe('a session that waits to be started says why:', () => {
  const why = (...steps: Parameters<typeof given>) => {
    const { project } = given(...steps, spawn(s1))
    return waitsFor(project, project.sessions[s1]!)
  }
  test('no machine was ever here', () => expect(why()).toBe('no machine has ever connected to this project'))
  test('one is away, and since when', () => {
    const { project } = given(online(m1), offline(m1), spawn(s1))
    const session = project.sessions[s1]!
    const { since } = project.spawners[m1]!
    expect(waitsFor(project, session)).toMatch(/^machine 1 has been offline since \d{4}-\d\d-\d\d \d\d:\d\d UTC$/)
    expect(waitsFor(project, session, since + minutes(5))).toBe('machine 1 has been offline for 5 min')
  })
  test('none has the profile, and which there are', () => {
    expect(why(online(m1, { profiles: [] }))).toBe('machine 1 has no profile claude (it has none)')
    const other = { profiles: [{ name: 'codex', agent: 'codex' }] }
    expect(why(online(m1, other))).toBe('machine 1 has no profile claude (it has codex)')
  })
  test('none has the workspace', () =>
    expect(why(online(m1, { workspaces: ['shop'] }))).toBe('machine 1 has no workspace scratch (it has shop)'))
  test('each has a reason of its own', () =>
    expect(why(online(m1, { profiles: [] }), online(m2, { capacity: 0 }))).toBe(
      'machine 1 has no profile claude (it has none); machine 2 is at capacity: 0 of 0',
    ))
  test('its daemon is too old', () => {
    expect(why(online(m1, { version: '0.0.9' }))).toBe(
      'machine 1 runs Maestro 0.0.9, which is too old: 0.1.0 is needed',
    )
    for (const version of ['0.1.0', '0.1.1-beta', '1.0.0', 'my own'])
      expect(why(online(m1, { version }))).toBe('a machine is about to take it')
  })
  test('none has the skill', () => {
    const wanted = (...skills: string[]) => {
      const { project } = given(online(m1, { skills: ['maestro-cli', 'our-style'] }), spawn(s1, [], { skills }))
      return waitsFor(project, project.sessions[s1]!)
    }
    expect(wanted('our-style', 'theirs')).toBe('machine 1 has no skill theirs')
    expect(wanted('our-style')).toBe('a machine is about to take it')
  })
  test('none has said what it can teach, as in the log of an older daemon', () => {
    const { project } = given(online(m1), spawn(s1, [], { skills: ['our-style'] }), spawn(s2))
    delete (project.spawners[m1] as Partial<Spawner>).skills
    expect(waitsFor(project, project.sessions[s1]!)).toBe('machine 1 has no skill our-style')
    delete (project.sessions[s2] as Partial<Session>).skills
    expect(waitsFor(project, project.sessions[s2]!)).toBe('a machine is about to take it')
  })
  test('all are full', () => expect(why(online(m1, { capacity: 0 }))).toBe('machine 1 is at capacity: 0 of 0'))
  test('one is about to take it', () =>
    expect(why(online(m1, { capacity: 0 }), online(m2))).toBe('a machine is about to take it'))
  test('one is starting it', () => {
    const { project } = given(online(m1), spawn(s1), claimed(s1))
    expect(waitsFor(project, project.sessions[s1]!)).toBe('machine 1 is starting it')
    expect(waitsFor(project, { ...project.sessions[s1]!, status: 'running' })).toBeUndefined()
  })
})

describe('a machine claims a session', () => {
  test('and knows by it which agent to start', () =>
    expect(given(online(m1), spawn(s1)).when(claimed(s1), { now: 5 }).session(s1)).toMatchObject({
      ...{ status: 'spawning', spawner: m1, agent: 'claude-code', claim: { at: 5, tries: 1 } },
    }))
  test('once: a second machine hears who has it', () => {
    const { refused } = given(online(m1), online(m2), spawn(s1), claimed(s1)).when(claimed(s1, m2))
    expect(refused).toMatchObject({
      error: 'already_claimed',
      message: `${s1} is taken by ${m1}`,
      suggestion: `maestro session show ${s1}`,
    })
  })
  test('only for itself', () => {
    const { refused } = given(online(m1), spawn(s1)).when(claimed(s1), { by: ann })
    expect(refused).toMatchObject({ error: 'forbidden', suggestion: 'maestro whoami' })
  })
  test('not after it has ended', () =>
    expect(given(online(m1), spawn(s1), stop).when(claimed(s1)).refused.error).toBe('already_claimed'))
  test('not when nobody asked for it', () =>
    expect(given(online(m1)).when(claimed(s1)).refused.error).toBe('session_not_found'))
  test('not when it is unknown itself', () =>
    expect(given(spawn(s1)).when(claimed(s1)).refused.error).toBe('spawner_not_found'))
  test.each([
    ['it is full', online(m1, { capacity: 0 }), spawn(s1)],
    ['it has no such profile', online(m1), spawn(s1, [], { profile: 'codex' })],
    ['it has no such workspace', online(m1), spawn(s1, [], { workspace: 'shop' })],
    ['another is meant', online(m1), spawn(s1, [], { spawner: m2 })],
  ])('not when %s', (_, ...steps) => expect(given(...steps).when(claimed(s1)).refused.error).toBe('at_capacity'))
  test('not while it is away', () => {
    const { refused } = given(online(m1), spawn(s1), offline(m1)).when(claimed(s1))
    expect(refused).toMatchObject({
      error: 'at_capacity',
      message: expect.stringMatching(/^machine 1 has been offline for /),
    })
  })
  test('up to its capacity, and again when one has ended', () => {
    const full = [online(m1, { capacity: 1 }), spawn(s1), spawn(s2), claimed(s1)]
    expect(given(...full).when(claimed(s2)).refused.message).toBe('machine 1 is at capacity: 1 of 1')
    expect(
      given(...full, ended(s1, 'failed'))
        .when(claimed(s2))
        .session(s2).spawner,
    ).toBe(m1)
  })
})

describe('a claimed session', () => {
  const waiting = [add(t1), online(m1), online(m2), spawn(s1, [t1]), claimed(s1)]
  const late = { later: seconds(31) }
  test('that comes to run has its tasks in progress', () => {
    const { session, task } = given(...waiting).when(report(s1), { now: 8 })
    expect(session(s1)).toMatchObject({ status: 'running', startedAt: 8 })
    expect(task(t1)).toMatchObject({ status: 'in_progress', assignee: s1, lease: { session: s1 } })
  })
  test('leaves a task alone that was blocked in the meantime', () => {
    const block = { type: 'task.block', task: t1, reason: 'rain' } as const
    expect(
      given(...waiting, block)
        .when(report(s1))
        .task(t1),
    ).toMatchObject({ status: 'blocked', assignee: s1 })
  })
  test('that is not running within 30 s may be claimed by another', () => {
    const { project, session } = given(...waiting).when(late)
    expect(session(s1)).toMatchObject({ status: 'spawning', spawner: null, claim: { tries: 1 } })
    expect(project.tasks[t1]).toMatchObject({ status: 'todo', assignee: s1 })
    expect(
      given(...waiting, late)
        .when(claimed(s1, m2))
        .session(s1).claim?.tries,
    ).toBe(2)
  })
  test('is not given back before', () => expect(given(...waiting).when({ later: seconds(28) }).events).toEqual([]))
  test('is not started by the machine that lost the claim', () => {
    const { refused } = given(...waiting, late, claimed(s1, m2)).when({
      by: machine(m1),
      ask: report(s1),
    })
    expect(refused).toMatchObject({ error: 'forbidden', message: `${s1} does not run on ${m1}` })
  })
  test('has failed after three claims that led nowhere, and says so', () => {
    const { session, task, project } = given(...waiting, late, claimed(s1, m2), late, claimed(s1)).when(late)
    expect(session(s1)).toMatchObject({
      status: 'ended',
      outcome: 'failed',
      reason: 'claimed 3 times and never came to run',
    })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, attempts: [{ session: s1, outcome: 'failed' }] })
    expect(project.live).toEqual({})
  })
  test('that is to be stopped is not given to another when it never comes to run', () => {
    const { session } = given(...waiting, stop).when(late)
    expect(session(s1)).toMatchObject({ status: 'ended', outcome: 'stopped' })
  })
  test('that is heard of runs, though the word that it started was lost', () => {
    const { types, session, task } = given(...waiting).when(heard('tool_start', { session: s1, tool: 'Bash' }))
    expect(types).toEqual(['session:updated', 'task:updated', 'hook:tool_start'])
    expect(session(s1)).toMatchObject({ status: 'running', tool: { name: 'Bash' } })
    expect(task(t1).status).toBe('in_progress')
  })
  test('that was given back stays to be claimed when it is heard of late', () =>
    expect(
      given(...waiting, late)
        .when(heard('prompt', {}, agent(s1)))
        .session(s1).status,
    ).toBe('spawning'))
})

describe('a session at work', () => {
  test('rests, and goes on', () => {
    expect(
      given(...atWork(s1))
        .when(report(s1, 'idle'))
        .session(s1).status,
    ).toBe('idle')
    expect(
      given(...atWork(s1), report(s1, 'idle'))
        .when(report(s1))
        .session(s1).status,
    ).toBe('running')
  })
  test('waits for nobody any more once its machine sees it at work', () => {
    const { session } = given(...atWork(s1), heard('permission', { session: s1, needs })).when(report(s1))
    expect(session(s1)).toMatchObject({ status: 'running', needsYou: null })
  })
  test('is spoken for by its own machine only', () => {
    for (const ask of [report(s1, 'idle'), ended(s1, 'failed')]) {
      const { refused } = given(...atWork(s1)).when(ask, { by: machine(m2) })
      expect(refused).toMatchObject({ error: 'forbidden', suggestion: `maestro session show ${s1}` })
    }
  })
  test('is asked to stop, and stays until it has', () => {
    const { session } = given(...atWork(s1)).when(stop, { now: 6 })
    expect(session(s1)).toMatchObject({ status: 'running', stopping: { by: 'person:Ann', at: 6 } })
    expect(
      given(...atWork(s1), stop)
        .when(ended(s1, 'stopped'))
        .session(s1),
    ).toMatchObject({ outcome: 'stopped', stopping: null })
  })
  test('that was never claimed is stopped at once', () => {
    const { session, task } = given(add(t1), spawn(s1, [t1])).when(stop)
    expect(session(s1)).toMatchObject({
      status: 'ended',
      outcome: 'stopped',
      reason: 'stopped by person:Ann before it started',
    })
    expect(task(t1)).toMatchObject({ status: 'todo', assignee: null, attempts: [] })
  })
  test('that has ended cannot be reported at work', () =>
    expect(given(...atWork(s1), ended(s1, 'failed')).when(report(s1)).refused.error).toBe('wrong_status'))
  test("says its progress, on the task's timeline where it has one", () => {
    const progress = { type: 'session.progress', session: s1, text: 'Half way' } as const
    expect(
      given(...atWork(s1))
        .when(progress, { by: agent(s1) })
        .session(s1).progress?.text,
    ).toBe('Half way')
    const { task, session } = given(add(t1), ...atWork(s1, [t1])).when(progress, { by: agent(s1) })
    expect(session(s1).progress?.text).toBe('Half way')
    expect(task(t1).note).toMatchObject({ text: 'Half way' })
  })
  test('says its progress on the task that it works on, not on one it has done', () => {
    const story = given(add(t1), add(t2), ...atWork(s1, [t1]), { type: 'task.complete', task: t1 }, take(t2, s1))
    const { events } = story.when({ type: 'session.progress', session: s1, text: 'Half way' }, { by: agent(s1) })
    expect(events[0]?.data).toMatchObject({ task: t2 })
  })
  test("has the agent's own id registered", () => {
    const register = { type: 'session.register', session: s1, agentSession: 'c0ffee' } as const
    expect(
      given(...atWork(s1))
        .when(register, { by: agent(s1) })
        .session(s1).agentSession,
    ).toBe('c0ffee')
  })
})

test('a session of a machine that is here is not unreachable', () => {
  const { project } = given(...atWork(s1), { later: minutes(60) })
  expect(unreachableSince(project, project.sessions[s1]!)).toBeUndefined()
})
