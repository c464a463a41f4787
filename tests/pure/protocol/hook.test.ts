import { describe, expect, test } from 'vitest'
import { HookEvent, hookKinds } from '../../../protocol/hook-event.ts'
import { unmanagedSessionId } from '../../../protocol/ids.ts'
import { decideHeard, replay } from '../../../protocol/project.ts'
import {
  add,
  agent,
  ann,
  atWork,
  claimed,
  ended,
  given,
  heard,
  hookKey,
  m1,
  m2,
  machine,
  minutes,
  online,
  report,
  type Step,
  s1,
  s2,
  spawn,
  t1,
  take,
} from './given.ts'

const mine = { session: s1 }
const permission = { ...mine, needs: { kind: 'permission', message: 'May I push?' } } as const
const waiting = [...atWork(s1), heard('permission', permission)]
const byHand = { agentSession: 'c0ffee' }
const hand = unmanagedSessionId('c0ffee')

describe('a hook event', () => {
  test('is kept as it was told, with the time of its source', () => {
    const { events } = given(...atWork(s1)).when(
      heard('tool_use', {
        ...mine,
        tool: 'Edit',
        toolUse: 'tu_1',
        summary: 'Edit src/date.ts',
        ms: 12,
        payload: { a: 1 },
      }),
    )
    expect(events).toEqual([
      {
        type: 'hook:tool_use',
        data: {
          ...{ session: s1, agent: 'claude-code', agentSession: null, name: 'tool_use', tool: 'Edit', toolUse: 'tu_1' },
          ...{ summary: 'Edit src/date.ts', ms: 12, needs: null, end: null, payload: { a: 1 } },
          sentAt: expect.any(Number),
        },
      },
    ])
  })
  test('without a payload survives the way to a snapshot', () => {
    const { events } = given(...atWork(s1)).when(heard('stop', { ...mine, payload: undefined }))
    expect(JSON.parse(JSON.stringify(events))).toStrictEqual(events)
  })
  test.each(hookKinds)('of kind %s is an entry of that kind', (kind) =>
    expect(given(...atWork(s1)).when(heard(kind, mine)).types).toEqual([`hook:${kind}`]),
  )
  test('renews the lease of the tasks of its session', () => {
    const { task, session } = given(add(t1), ...atWork(s1), take(t1, s1)).when(heard('tool_use', mine), { now: 7_000 })
    expect(task(t1).lease).toEqual({ session: s1, expiresAt: 7_000 + minutes(30) })
    expect(session(s1).lastSeenAt).toBe(7_000)
  })
  test("records the agent's own id beside ours", () =>
    expect(
      given(...atWork(s1))
        .when(heard('session_start', { ...mine, agentSession: 'abc' }))
        .session(s1).agentSession,
    ).toBe('abc'))
})

describe('a session that needs somebody', () => {
  test('waits, and says for what and since when', () => {
    const { session } = given(...atWork(s1)).when(heard('permission', permission), { now: 5 })
    expect(session(s1)).toMatchObject({
      status: 'waiting',
      needsYou: { kind: 'permission', message: 'May I push?', since: 5 },
    })
  })
  test('waits still when something was not heard of it, which is counted', () => {
    const gap = { what: 'dropped', events: 37 } as const
    const { session, project } = given(...waiting).when(heard('gap', { ...mine, gap }))
    expect(session(s1)).toMatchObject({ status: 'waiting', missed: { dropped: 37, setAside: 0 } })
    expect(project.missed).toEqual({ dropped: 37, setAside: 0 })
  })
  test('keeps what it asked for when the notification comes after', () => {
    const notification = { ...mine, needs: { kind: 'permission', message: 'Claude needs you' } } as const
    const before = given(...waiting)
    const since = before.project.sessions[s1]?.needsYou?.since
    expect(before.when(heard('notification', notification)).session(s1).needsYou).toEqual({
      kind: 'permission',
      message: 'May I push?',
      since,
    })
  })
  test('waits by a notification alone', () => {
    const { session } = given(...atWork(s1)).when(
      heard('notification', { ...mine, needs: { kind: 'question', message: 'Which?' } }),
    )
    expect(session(s1)).toMatchObject({ status: 'waiting', needsYou: { kind: 'question', message: 'Which?' } })
  })
  test.each(hookKinds.filter((kind) => kind !== 'stop' && kind !== 'usage' && kind !== 'gap'))(
    'goes on by the next event, of whatever kind, where nobody knows who asks: %s',
    (kind) =>
      expect(
        given(...waiting)
          .when(heard(kind, mine))
          .session(s1),
      ).toMatchObject({ status: 'running', needsYou: null }),
  )
  test('rests once it stops', () => {
    expect(
      given(...waiting)
        .when(heard('stop', mine))
        .session(s1),
    ).toMatchObject({ status: 'idle', needsYou: null })
    const idle = { ...mine, needs: { kind: 'idle', message: 'Claude is waiting for your input' } } as const
    expect(
      given(...waiting)
        .when(heard('notification', idle))
        .session(s1),
    ).toMatchObject({ status: 'idle', needsYou: null })
  })
})

describe('an agent that asks while parts of it work on', () => {
  const call = (use: string, more: object = {}) => ({
    ...mine,
    tool: 'Bash',
    toolUse: use,
    summary: `Bash ${use}`,
    ...more,
  })
  const asks = (more: object = {}) =>
    heard('permission', { ...mine, tool: 'Bash', needs: { kind: 'permission', message: 'Bash: tu_1' }, ...more })
  const part = { subagent: 'a1' }
  /** The agent's own Bash asks; a subagent and a second call of the agent's own are at work beside it. */
  const begun = [
    ...atWork(s1),
    ...[heard('tool_start', call('tu_9', part)), heard('tool_start', call('tu_2')), heard('tool_start', call('tu_1'))],
    asks(),
  ]
  const stays = { status: 'waiting', needsYou: { message: 'Bash: tu_1', use: 'tu_1', subagent: null } }
  const following = (step: Step) =>
    given(...begun)
      .when(step)
      .session(s1)

  test('says which call it asks for', () => expect(given(...begun).project.sessions[s1]).toMatchObject(stays))
  test.each([
    ['a subagent ends a tool', heard('tool_use', call('tu_9', part))],
    ['a subagent begins a tool', heard('tool_start', call('tu_8', part))],
    ['a subagent fails', heard('tool_failure', call('tu_9', part))],
    ['a subagent starts', heard('subagent_start', { ...mine, ...part })],
    ['a subagent ends', heard('subagent_stop', { ...mine, ...part })],
    ['a call that ran beside it ends', heard('tool_use', call('tu_2'))],
    ['a call that ran beside it fails', heard('tool_failure', call('tu_2'))],
    ['a notification that asks nothing comes', heard('notification', mine)],
    ['its tokens are counted', heard('usage', mine)],
  ])('still asks when %s', (_, step) => expect(following(step)).toMatchObject(stays))
  test.each([
    ['the call ends', heard('tool_use', call('tu_1')), 'running'],
    ['the call fails', heard('tool_failure', call('tu_1')), 'running'],
    ['it begins another call, as it does after a "No"', heard('tool_start', call('tu_3')), 'running'],
    ['somebody prompts it', heard('prompt', mine), 'running'],
    ['its turn ends', heard('stop', mine), 'idle'],
    ['it is idle', heard('notification', { ...mine, needs: { kind: 'idle', message: 'Waiting for input' } }), 'idle'],
    ['it starts again', heard('session_start', mine), 'running'],
    ['it is over', heard('session_end', mine), 'running'],
    ['its conversation is compacted', heard('compact', mine), 'running'],
    ['the question is answered', heard('other', mine), 'running'],
  ])('asks no more when %s', (_, step, status) => expect(following(step)).toMatchObject({ status, needsYou: null }))
  test('a call begun in the same moment is no answer, and its end is none either', () => {
    const story = given(...atWork(s1), heard('tool_start', call('tu_1')), asks())
    expect(story.when(heard('tool_start', call('tu_4')), { now: story.now + 500 }).session(s1)).toMatchObject(stays)
    expect(story.when(heard('tool_use', call('tu_4'))).session(s1)).toMatchObject(stays)
    expect(story.when(heard('tool_use', call('tu_1'))).session(s1).status).toBe('running')
  })
  test('a subagent that asks goes on by what it does itself, or by its end, not by what the agent does', () => {
    const asking = given(...atWork(s1), heard('tool_start', call('tu_1', part)), asks(part))
    expect(asking.project.sessions[s1]?.needsYou).toMatchObject({ subagent: 'a1', use: 'tu_1' })
    expect(asking.when(heard('tool_use', call('tu_2'))).session(s1).status).toBe('waiting')
    expect(asking.when(heard('subagent_stop', { ...mine, subagent: 'a2' })).session(s1).status).toBe('waiting')
    expect(asking.when(heard('subagent_stop', { ...mine, ...part })).session(s1).status).toBe('running')
  })
  test('the notification that comes late leaves it as it is', () => {
    const late = heard('notification', { ...mine, needs: { kind: 'permission', message: 'Claude needs you' } })
    expect(following(late)).toMatchObject(stays)
  })
  test('a second question takes the place of the first, with its own time', () => {
    const second = asks({ ...part, needs: { kind: 'permission', message: 'Bash: tu_9' } })
    const first = given(...begun).project.sessions[s1]?.needsYou
    const { needsYou } = following(second)
    expect(needsYou).toMatchObject({ message: 'Bash: tu_9', use: 'tu_9', subagent: 'a1' })
    expect(needsYou?.since).toBeGreaterThan(first?.since ?? Number.POSITIVE_INFINITY)
  })
  test('never stays asking when its machine says that it goes on, as after a "No" that sends nothing', () =>
    expect(
      given(...atWork(s1), heard('tool_start', call('tu_1')), asks())
        .when(report(s1))
        .session(s1),
    ).toMatchObject({
      status: 'running',
      needsYou: null,
    }))
})

describe('a session that rests', () => {
  const resting = [...atWork(s1), heard('stop', mine)]
  test.each(['prompt', 'tool_start', 'tool_use', 'tool_failure', 'subagent_start'] as const)(
    'goes on with %s',
    (kind) =>
      expect(
        given(...resting)
          .when(heard(kind, mine))
          .session(s1).status,
      ).toBe('running'),
  )
  test.each(['session_start', 'notification', 'subagent_stop', 'compact', 'session_end', 'usage', 'other'] as const)(
    'goes on resting with %s',
    (kind) =>
      expect(
        given(...resting)
          .when(heard(kind, mine))
          .session(s1).status,
      ).toBe('idle'),
  )
})

describe('tools', () => {
  const bash = { ...mine, tool: 'Bash', toolUse: 'tu_1', summary: 'Bash npm test' }
  test('the one in use is shown while it runs', () => {
    const { session } = given(...atWork(s1)).when(heard('tool_start', bash), { now: 3 })
    expect(session(s1).tool).toEqual({ name: 'Bash', summary: 'Bash npm test', since: 3, use: 'tu_1' })
  })
  test.each([
    ['tool_use', bash],
    ['tool_failure', bash],
    ['stop', mine],
    ['session_end', mine],
  ] as const)('is shown no more after %s', (kind, more) =>
    expect(
      given(...atWork(s1), heard('tool_start', bash))
        .when(heard(kind, more))
        .session(s1).tool,
    ).toBeNull(),
  )
  test('goes on being shown while another ends', () => {
    const { session } = given(...atWork(s1), heard('tool_start', bash)).when(
      heard('tool_use', { ...bash, toolUse: 'tu_0' }),
    )
    expect(session(s1).tool?.name).toBe('Bash')
  })
  test('the one that began before is shown again when the last one ends', () => {
    const edit = { ...mine, tool: 'Edit', toolUse: 'tu_2', summary: 'Edit a.ts' }
    const { session } = given(...atWork(s1), heard('tool_start', bash), heard('tool_start', edit)).when(
      heard('tool_use', edit),
    )
    expect(session(s1).tool).toMatchObject({ name: 'Bash', use: 'tu_1' })
  })
  test('what an interrupted turn had begun is not in use in the next', () => {
    const { session } = given(...atWork(s1), heard('tool_start', bash)).when(heard('prompt', mine))
    expect(session(s1)).toMatchObject({ tool: null, calls: [] })
  })
  test('without an id are in use until the next one ends', () => {
    const { toolUse: _, ...without } = bash
    const { session } = given(...atWork(s1), heard('tool_start', without)).when(heard('tool_use', without))
    expect(session(s1).tool).toBeNull()
  })
  test('that do not say how long they took are timed from their start, by the clock of their source', () => {
    const story = given(...atWork(s1), heard('tool_start', bash)) // steps are a second apart
    const { events, session } = story.when(heard('tool_use', bash))
    expect(events[0]?.data).toMatchObject({ ms: 1_000 })
    expect(session(s1).tools.Bash).toEqual({ calls: 1, failures: 0, ms: 1_000, lastMs: 1_000 })
  })
  test('are remembered as begun up to thirty, and none is after the end', () => {
    const many = Array.from({ length: 40 }, (_, n) => heard('tool_start', { ...bash, toolUse: `tu_${n}` }))
    const story = given(...atWork(s1), ...many)
    expect(story.project.sessions[s1]?.calls?.map(({ use }) => use)).toEqual(
      Array.from({ length: 30 }, (_, n) => `tu_${n + 10}`),
    )
    expect(story.when(ended(s1, 'completed')).session(s1).calls).toEqual([])
  })
  test('are counted, with failures and durations', () => {
    const story = given(
      ...atWork(s1),
      heard('tool_use', { ...bash, ms: 30 }),
      heard('tool_failure', { ...bash, ms: 5 }),
      heard('tool_use', { ...mine, tool: 'Edit' }),
    )
    expect(story.when(heard('tool_use', bash)).session(s1).tools).toEqual({
      Bash: { calls: 3, failures: 1, ms: 35, lastMs: 5 },
      Edit: { calls: 1, failures: 0, ms: 0, lastMs: 0 },
    })
  })
  test('are counted apart up to two hundred, and the rest together', () => {
    const many = Array.from({ length: 260 }, (_, n) => heard('tool_use', { ...mine, tool: `tool-${n}`, ms: 2 }))
    const { tools } = given(...atWork(s1), ...many).project.sessions[s1]!
    expect(Object.keys(tools)).toHaveLength(201)
    expect(tools.other).toEqual({ calls: 60, failures: 0, ms: 120, lastMs: 2 })
  })
  test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('named %s break nothing', (tool) => {
    const { session, project } = given(...atWork(s1)).when(heard('tool_use', { ...mine, tool, ms: 1 }))
    const counted = tool === '__proto__' ? {} : { [tool]: { calls: 1, failures: 0, ms: 1, lastMs: 1 } }
    expect(session(s1).tools).toEqual(counted)
    expect(JSON.parse(JSON.stringify(project))).toEqual(project)
  })
})

describe('whose event it is', () => {
  const two = [...atWork(s1), ...atWork(s2, [], m2)]
  test("a machine's word counts for what runs on it", () =>
    expect(
      given(...two)
        .when(heard('stop', { session: s2 }, machine(m2)))
        .session(s2).status,
    ).toBe('idle'))
  test("a machine's word does not count for what runs elsewhere", () => {
    const { events, session } = given(...two).when(heard('stop', { session: s2 }, machine(m1)))
    expect(events[0]?.data).toMatchObject({ session: null })
    expect(session(s2).status).toBe('running')
  })
  test("a machine's word counts for what it had claimed before it was away too long", () => {
    const late = [online(m1), spawn(s1), claimed(s1), { later: minutes(1) }]
    const { types, events, session } = given(...late).when(heard('session_start', { ...mine, ...byHand }))
    expect(types).toEqual(['hook:session_start'])
    expect(events[0]?.data).toMatchObject({ session: s1 })
    expect(session(s1)).toMatchObject({ status: 'spawning', spawner: null, agentSession: 'c0ffee' })
  })
  test('what Maestro started is nobody’s by hand, whoever has it by now', () => {
    const moved = [online(m1), spawn(s1), claimed(s1), { later: minutes(1) }, online(m2), claimed(s1, m2)]
    const { types, events } = given(...moved).when(heard('session_start', { ...mine, ...byHand }, machine(m1)))
    expect(types).toEqual(['hook:session_start'])
    expect(events[0]?.data).toMatchObject({ session: null })
  })
  test("an agent's key decides for itself, whatever is sent", () => {
    const { session } = given(...two).when(heard('stop', { session: s2 }, agent(s1)))
    expect([session(s1).status, session(s2).status]).toEqual(['idle', 'running'])
  })
  test.each([ann, hookKey])('the word of a $kind counts for none', (by) => {
    const { events, session } = given(...two).when(heard('stop', { session: s2 }, by))
    expect(events[0]?.data).toMatchObject({ session: null })
    expect(session(s2).status).toBe('running')
  })
  test("without ours, is the session's whose agent has the id that was registered", () => {
    const registered = { by: agent(s1), ask: { type: 'session.register', session: s1, agentSession: 'known' } } as const
    const told = (by: typeof hookKey) => heard('prompt', { agentSession: 'known' }, by)
    expect(given(...atWork(s1), registered).when(told(hookKey)).events[0]?.data).toMatchObject({ session: s1 })
    expect(given(...atWork(s1), registered).when(told(machine(m1))).events[0]?.data).toMatchObject({ session: s1 })
    expect(given(...atWork(s1), registered).when(told(machine(m2))).types).toEqual(['session:created', 'hook:prompt'])
  })
  test("the agent's own id never leads to a session that Maestro started", () => {
    const forged = spawn(unmanagedSessionId('forged'))
    const { types, events } = given(forged).when(heard('session_end', { agentSession: 'forged' }, hookKey))
    expect(types).toEqual(['hook:session_end'])
    expect(events[0]?.data).toMatchObject({ session: null })
  })
})

describe('a session that nobody spawned', () => {
  test('is kept as unmanaged, from its first event on', () => {
    const { types, session, project } = given().when(heard('prompt', byHand, hookKey))
    expect(types).toEqual(['session:created', 'hook:prompt'])
    expect(session(hand)).toMatchObject({
      managed: false,
      status: 'running',
      name: 'claude-code started by hand',
      agentSession: 'c0ffee',
    })
    expect(project.live[hand]).toBe(true)
  })
  test('is made once', () =>
    expect(given(heard('prompt', byHand, hookKey)).when(heard('stop', byHand, hookKey)).types).toEqual(['hook:stop']))
  test('is heard even when it says nothing of itself', () => {
    const { types, project } = given().when(heard('prompt', {}, hookKey))
    expect(types).toEqual(['hook:prompt'])
    expect(project.sessions).toEqual({})
  })
  test('ends with its last event, and its tasks move', () => {
    const { types, session, task } = given(add(t1), heard('prompt', byHand, hookKey), take(t1, hand)).when(
      heard('session_end', { ...byHand, end: { reason: 'logout' } }, hookKey),
    )
    expect(types).toEqual(['hook:session_end', 'session:ended', 'task:updated'])
    expect(session(hand)).toMatchObject({ status: 'ended', outcome: 'completed', reason: 'logout' })
    expect(task(t1).status).toBe('in_review')
  })
  test('that is first heard of at its end has ended', () =>
    expect(
      given()
        .when(heard('session_end', byHand, hookKey))
        .session(hand),
    ).toMatchObject({ status: 'ended', outcome: 'completed' }))
  test('is lost after half an hour of silence, and back when it is heard again', () => {
    const silent = [heard('prompt', byHand, hookKey), { later: minutes(31) }]
    const { project } = given(...silent)
    expect(project.sessions[hand]).toMatchObject({
      status: 'ended',
      outcome: 'lost',
      reason: 'nothing heard of it any more',
    })
    expect(
      given(...silent)
        .when(heard('prompt', byHand, hookKey))
        .session(hand),
    ).toMatchObject({ status: 'running', outcome: null, reason: null })
  })
  test('cannot be stopped from here', () => {
    const { refused } = given(heard('prompt', byHand, hookKey)).when({ type: 'session.stop', session: hand })
    expect(refused).toMatchObject({ error: 'conflict', suggestion: `maestro session show ${hand}` })
  })
})

describe('an event of a session that has ended', () => {
  test.each(hookKinds)('is kept and changes no status: %s', (kind) => {
    const { types, session } = given(...atWork(s1), ended(s1, 'completed')).when(
      heard(kind, { ...permission, tool: 'Bash' }),
    )
    expect(types).toEqual([`hook:${kind}`])
    expect(session(s1)).toMatchObject({ status: 'ended', outcome: 'completed', needsYou: null, tool: null })
  })
  test('counts its tool, which did run', () =>
    expect(
      given(...atWork(s1), ended(s1, 'completed'))
        .when(heard('tool_use', { ...mine, tool: 'Bash' }))
        .session(s1).tools.Bash?.calls,
    ).toBe(1))
})

test('an event from the key of a session that is not there breaks nothing', () => {
  const { types, project } = given().when(heard('tool_use', byHand, agent(s1)))
  expect(types).toEqual(['hook:tool_use'])
  expect(project.sessions).toEqual({})
})

test('an event of a session that is gone from the log breaks nothing', () => {
  const event = HookEvent.parse({ ...heard('stop').heard, session: s1 })
  const story = given(online(m1), spawn(s1), claimed(s1), report(s1))
  const [told] = decideHeard(story.project, event, { by: machine(m1), now: 0 })
  expect(replay([{ seq: 1, id: 'evt_1', at: 1, by: 'x', ...told! } as never]).sessions).toEqual({})
})
