import { describe, expect, test } from 'vitest'
import { waitsFor } from '../../../protocol/session-rules.ts'
import { tell } from '../../../protocol/told.ts'
import {
  type Asked,
  add,
  agent,
  ann,
  atWork,
  bob,
  claimed,
  given,
  m1,
  machine,
  minutes,
  online,
  report,
  s1,
  s2,
  seconds,
  spawn,
  t1,
} from './given.ts'

const freeze: Asked = { type: 'project.freeze', reason: 'too many of them' }
const thaw: Asked = { type: 'project.thaw' }

describe('a freeze', () => {
  test('says who did it, when, and why', () => {
    const { project } = given().when(freeze)
    expect(project.frozen).toEqual({ by: 'person:Ann', at: expect.any(Number), reason: 'too many of them' })
  })

  test('stays the first one’s when another asks for it too', () => {
    const { events, project } = given(freeze).when({ by: bob, ask: { type: 'project.freeze', reason: 'me too' } })
    expect(events).toEqual([])
    expect(project.frozen?.by).toBe('person:Ann')
  })

  test('is a person’s to begin and to end', () => {
    const story = given(...atWork(s1))
    expect(story.when(freeze, { by: agent(s1) }).refused.error).toBe('forbidden')
    expect(story.when(freeze, { by: machine(m1) }).refused.error).toBe('forbidden')
    expect(given(freeze, ...[]).when(thaw, { by: machine(m1) }).refused.error).toBe('forbidden')
    expect(given(freeze).when(thaw, { by: bob }).project.frozen).toBeNull()
  })

  test('is told in the log, and so is its end', () => {
    const story = given(freeze, thaw)
    const told = story.log.slice(-2).map((entry) => tell(entry, story.project))
    expect(told.map(({ what, target }) => `${what}: ${target}`)).toEqual([
      'Frozen: too many of them',
      'Thawed: agents may be started again',
    ])
  })
})

describe('in a frozen project', () => {
  test('a session is not asked for, and the refusal says who to turn to', () => {
    const story = given(...atWork(s1), freeze)
    expect(story.when(spawn(s2)).refused).toMatchObject({
      error: 'frozen',
      message: expect.stringContaining('frozen by Ann (too many of them)'),
      suggestion: 'maestro project thaw',
    })
    expect(story.when(spawn(s2), { by: agent(s1) }).refused).toMatchObject({
      error: 'frozen',
      suggestion: expect.stringContaining('maestro update'),
    })
  })

  test('one that was asked for before is not claimed, says why it waits, and is claimed after the thaw', () => {
    const story = given(online(m1), spawn(s1), freeze)
    expect(story.when(claimed(s1)).refused.error).toBe('frozen')
    expect(waitsFor(story.project, story.project.sessions[s1]!)).toContain('frozen by Ann')
    story.take(thaw)
    expect(story.when(claimed(s1)).session(s1).spawner).toBe(m1)
  })

  test('one that was claimed and may not be started goes back, and that was no try', () => {
    const story = given(online(m1), spawn(s1), claimed(s1), freeze)
    for (let n = 0; n < 5; n++) story.take({ later: minutes(1) })
    expect(story.project.sessions[s1]).toMatchObject({ status: 'spawning', spawner: null, claim: null })
    story.take(thaw)
    expect(story.when(claimed(s1)).session(s1).claim?.tries).toBe(1)
  })

  test('what runs goes on, is heard, works on its tasks and can be stopped', () => {
    const story = given(add(t1), ...atWork(s1, [t1]), freeze)
    expect(story.when(report(s1, 'idle')).session(s1).status).toBe('idle')
    expect(story.when({ type: 'task.complete', task: t1, summary: 'Done' }, { by: agent(s1) }).task(t1).status).toBe(
      'done',
    )
    expect(story.when({ type: 'session.stop', session: s1 }, { by: ann }).session(s1).stopping).not.toBeNull()
  })

  test('one that came to run as the project froze is at work', () => {
    const story = given(online(m1), spawn(s1), claimed(s1), freeze)
    expect(story.when(report(s1), { now: story.now + seconds(1) }).session(s1).status).toBe('running')
  })
})
