import fc from 'fast-check'
import { type Actor, system } from '../../../protocol/actor.ts'
import { hookKinds } from '../../../protocol/hook-event.ts'
import { unmanagedSessionId } from '../../../protocol/ids.ts'
import {
  type Asked,
  add,
  agent,
  ann,
  atWork,
  bob,
  claimed,
  complete,
  eventId,
  heard,
  hookKey,
  m1,
  m2,
  machine,
  minutes,
  offline,
  online,
  report,
  type Step,
  seconds,
  sessionId,
  spawn,
  subId,
  take,
  taskId,
} from './given.ts'

// Few ids, so that what happens meets what happened. Two of the sessions are started by hand.
const own = fc.constantFrom('hand', 'hand', 'other hand')
const task = fc.integer({ min: 1, max: 4 }).map(taskId)
const tasks = fc.oneof(fc.constant([]), fc.array(task, { maxLength: 3 }))
const subtask = fc.integer({ min: 1, max: 2 }).map(subId)
const spawned = fc.integer({ min: 1, max: 5 }).map(sessionId)
const session = fc.oneof(
  { arbitrary: spawned, weight: 4 },
  { arbitrary: fc.constant(unmanagedSessionId('hand')), weight: 1 },
)
const late = 'spn_00000003' // a machine that is enrolled and never comes
const spawner = fc.constantFrom(m1, m2)
const word = fc.constantFrom('one', 'two', 'three')
const flag = fc.boolean()
const change = fc.integer({ min: 1, max: 40 }).map(eventId)

const anyone: fc.Arbitrary<Actor> = fc.oneof(
  fc.constantFrom(ann, bob, hookKey, system),
  { arbitrary: session.map(agent), weight: 4 },
  { arbitrary: spawner.map(machine), weight: 2 },
)

const of = <T extends Asked['type'], R extends object>(
  type: T,
  fields: { [K in keyof R]: fc.Arbitrary<R[K]> },
  weight = 1,
) => ({
  arbitrary: fc.record(
    { type: fc.constant(type), ...fields },
    { noNullPrototype: true },
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<Asked>, // the fields are those of `type`, or decide will tell
  weight,
})
const result = { summary: fc.constantFrom('', 'It works'), files: fc.constantFrom([], ['a.ts']) }
const outcome = fc.constantFrom('completed', 'failed', 'stopped', 'lost')

/** What one person may do to tasks alone. */
const alone = [
  of('task.create', { task, title: word, needs: tasks, priority: fc.constantFrom('low', 'medium', 'urgent') }, 6),
  of(
    'task.create',
    { task, title: word, subtasks: fc.array(fc.record({ subtask, title: word }), { maxLength: 2 }) },
    3,
  ),
  of('task.import', {
    tasks: fc.array(fc.record({ task, title: word, needs: tasks }), { minLength: 1, maxLength: 3 }),
  }),
  of('task.edit', { task, title: word }),
  of('task.edit', { task, needs: tasks }, 3),
  of('task.edit', {
    task,
    title: fc.constant(undefined),
    labels: fc.array(word, { maxLength: 2 }),
    position: fc.nat(9),
  }),
  of('task.release', { task }, 2),
  of('task.block', { task, reason: word }, 3),
  of('task.unblock', { task }, 4),
  of('task.review', { task, ...result }, 2),
  of('task.complete', { task, ...result }, 4),
  of('task.reopen', { task }, 2),
  of('task.cancel', { task, reason: fc.constantFrom('', 'rain') }),
  of('task.delete', { task }),
  of('subtask.create', { task, subtask, title: word }, 6),
  of('subtask.edit', { task, subtask, title: word }, 5),
  of('subtask.complete', { task, subtask }, 4),
  of('subtask.reopen', { task, subtask }),
  of('subtask.move', { task, subtask, before: fc.option(subtask) }, 2),
  of('subtask.delete', { task, subtask }, 3),
]
export const edits: fc.Arbitrary<Asked> = fc.oneof(...alone)

const command: fc.Arbitrary<Asked> = fc.oneof(
  ...alone,
  of('project.edit', { name: word }),
  of('project.freeze', { reason: word }),
  of('project.thaw', {}, 3),
  of('task.claim', { task, session }, 5),
  of('task.next', { session }, 4),
  of('task.assign', { task, session, from: fc.option(session, { nil: undefined }) }, 3),
  of('task.note', { task, text: word }),
  of('task.undo', {}, 3),
  of('task.undo', { change }),
  of(
    'session.spawn',
    {
      session: spawned,
      tasks,
      spawner: fc.option(spawner, { freq: 2 }),
      skills: fc.constantFrom([], [], [], ['ours']),
      worktree: fc.constantFrom(undefined, undefined, true, false),
      label: fc.constantFrom(null, null, null, 'gpu'),
    },
    8,
  ),
  of('session.claim', { session: spawned, spawner }, 8),
  of('session.place', {
    session,
    place: fc.record(
      { worktree: flag, branch: fc.constantFrom('main', null), note: fc.constant(null) },
      { noNullPrototype: true },
    ),
  }),
  of('session.report', { session, status: fc.constantFrom('running', 'idle') }, 8),
  of('session.end', { session, outcome, reason: fc.option(word) }, 4),
  of('session.stop', { session }, 2),
  of('session.resume', { session, into: spawned }, 2),
  of('session.progress', { session, text: word }),
  of('session.register', { session, agentSession: own }),
  of('spawner.online', { ...machineFacts(), alive: fc.array(session, { maxLength: 4 }) }, 4),
  of('spawner.offline', { spawner }, 3),
  of('spawner.expect', { spawner: fc.constant(late), name: word }, 2),
  of('spawner.rename', { spawner, name: word }),
  of('spawner.drain', { spawner }),
  of('spawner.undrain', { spawner }, 2),
  of('spawner.revoke', { spawner: fc.constantFrom(m2, late) }),
)

function machineFacts() {
  const { profiles, workspaces, version } = online(m1) as Extract<Asked, { type: 'spawner.online' }>
  const facts = { name: word, machine: word, version: fc.constant(version), capacity: fc.constantFrom(1, 3, 30) }
  const names = {
    workspaces: fc.constant(workspaces),
    skills: fc.subarray(['ours', 'more']),
    labels: fc.subarray(['gpu']),
  }
  return { spawner, ...facts, profiles: fc.constant(profiles), ...names, typing: flag }
}

const needs = fc.record(
  { kind: fc.constantFrom('permission', 'question', 'idle'), message: word },
  { noNullPrototype: true },
)
const figure = fc.nat(99)
const figures = fc.record(
  {
    ...{ input: figure, output: figure, cacheRead: figure, cacheWrite5m: figure, cacheWrite1h: figure },
    messages: figure,
  },
  { noNullPrototype: true },
)
const models = fc.dictionary(fc.constantFrom('claude-opus-4-8', 'constructor'), figures, {
  noNullPrototype: true,
})
const usage = fc.record({ of: fc.constantFrom('session', 'event'), models }, { noNullPrototype: true })
const tools = fc.constantFrom('Bash', 'Edit', 'constructor', '__proto__')
const hook = fc
  .record(
    {
      ...{ session, agentSession: own, tool: tools, toolUse: word, ms: fc.nat(99), needs, subagent: own, usage },
      payload: fc.constantFrom(undefined, null, { a: [1] }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .chain((more) =>
    fc.record({ kind: fc.constantFrom(...hookKinds), by: anyone }).map(({ kind, by }) => {
      const { needs, ...rest } = more
      // Most of what is heard asks for nothing.
      return heard(kind, kind === 'permission' || kind === 'notification' ? more : rest, by)
    }),
  )

const later = fc.constantFrom(...[1, 1, 10, 10, 31, 120, 360, 1_860].map(seconds)).map((ms) => ({ later: ms }))

export const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: command, weight: 16 }, // by whoever usually asks for it
  { arbitrary: fc.record({ by: anyone, ask: command }), weight: 5 },
  { arbitrary: hook, weight: 4 },
  { arbitrary: later, weight: 2 },
)
/** Mere chance seldom does one thing after another as they are meant to be done. */
export const asMeant: fc.Arbitrary<Step[]> = fc.oneof(
  fc.tuple(spawned, tasks, spawner).map(([session, tasks, machine]) => atWork(session, tasks.slice(0, 1), machine)),
  fc.tuple(spawned, spawner).map(([session, machine]) => [claimed(session, machine), report(session)]),
  fc.tuple(task, session).map(([task, session]) => [take(task, session), complete(task)]),
  fc.tuple(task, session).map(([task, session]) => [add(task), { by: agent(session), ask: take(task, session) }]),
  spawner.map((machine) => [offline(machine), { later: minutes(6) }]),
)

const opening: Step[] = [online(m1), online(m2), add(taskId(1)), spawn(sessionId(1), [taskId(1)]), add(taskId(2))]

/** What anybody may do to a project, in any order: sensible, mistaken, forbidden, repeated, late. */
export const anything: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.constantFrom(opening, []),
    fc.array(fc.oneof({ arbitrary: step.map((one) => [one]), weight: 8 }, asMeant), {
      minLength: 20,
      maxLength: 60,
      size: 'max',
    }),
  )
  .map(([first, rest]) => [...first, ...rest.flat()])
