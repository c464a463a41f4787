import { describe, expect, test } from 'vitest'
import {
  type Asked,
  add,
  agent,
  atWork,
  claimed,
  complete,
  conversed,
  ended,
  given,
  heard,
  m1,
  m2,
  online,
  report,
  s1,
  s2,
  s3,
  spawn,
  t1,
  t2,
} from './given.ts'

const goOn: Asked = { type: 'session.resume', session: s1, into: s2, prompt: 'Go on' }

describe('resuming a session', () => {
  test('asks for one like it, on its machine, with its conversation', () => {
    const { project, session } = given(...conversed(s1)).when(goOn)
    expect(session(s2)).toMatchObject({
      ...{ status: 'spawning', resumes: s1, agentSession: `conversation-${s1}`, target: m1, prompt: 'Go on' },
      ...{ profile: 'claude', workspace: 'scratch', name: project.sessions[s1]!.name },
    })
  })

  test('takes those of its tasks that are free', () => {
    const story = given(add(t1), add(t2), ...conversed(s1, [t1, t2]), complete(t2))
    const { session, task } = story.when(goOn)
    expect(session(s2).tasks).toEqual([t1])
    expect(task(t1).assignee).toBe(s2)
    expect(
      given(add(t1), ...conversed(s1, [t1]), spawn(s3, [t1]))
        .when(goOn)
        .session(s2).tasks,
    ).toEqual([])
  })

  test('goes to no other machine', () => {
    const story = given(...conversed(s1), online(m2), goOn)
    expect(story.when(claimed(s2, m2)).refused.error).toBe('at_capacity')
    expect(story.when(claimed(s2)).session(s2).spawner).toBe(m1)
  })

  test('can be done with the one that went on, too', () => {
    const story = given(...conversed(s1), goOn, claimed(s2), report(s2), ended(s2, 'completed'))
    expect(story.when({ type: 'session.resume', session: s2, into: s3 }).session(s3)).toMatchObject({
      resumes: s2,
      agentSession: `conversation-${s1}`,
    })
  })

  test('is refused while it runs, or another goes on with it', () => {
    expect(given(...atWork(s1)).when(goOn).refused).toMatchObject({
      error: 'wrong_status',
      suggestion: `maestro session send ${s1} "…"`,
    })
    expect(given(...conversed(s1), goOn).when({ ...goOn, into: s3 }).refused).toMatchObject({
      error: 'conflict',
      message: `${s2} goes on with the conversation of ${s1} already`,
    })
  })

  test('is refused where there is no conversation to find', () => {
    const never = given(...atWork(s1), ended(s1, 'failed')).when(goOn).refused
    expect(never.message).toContain('never told its agent’s own id')
    expect(never.suggestion).toBe('maestro session spawn --profile claude --workspace scratch')
    expect(given(spawn(s1), { type: 'session.stop', session: s1 }).when(goOn).refused.message).toContain('never ran')
    const demo = online(m1, { profiles: [{ name: 'claude', agent: 'demo' }] })
    const played = given(demo, spawn(s1), claimed(s1), report(s1), ended(s1, 'completed')).when(goOn).refused
    expect(played.message).toContain('of the agent demo')
  })

  test.each(['--dangerously', '-p', '../../etc', 'a b', ''])(
    'an agent’s own id that says %j is not one',
    (agentSession) => {
      const story = given(...atWork(s1), heard('stop', { session: s1, agentSession }), ended(s1, 'completed'))
      expect(story.when(goOn).refused.error).toBe('conflict')
    },
  )

  test('is an agent’s to ask for only of those it started', () => {
    const story = given(...conversed(s1), ...atWork(s3))
    expect(story.when(goOn, { by: agent(s3) }).refused.error).toBe('forbidden')
  })
})
