import { expect, test } from 'vitest'
import type { Actor } from '../../../protocol/actor.ts'
import { commands } from '../../../protocol/project.ts'
import {
  type Asked,
  add,
  agent,
  ann,
  atWork,
  claimed,
  complete,
  conversed,
  ended,
  eventId,
  given,
  m1,
  machine,
  offline,
  online,
  projectId,
  report,
  type Step,
  s1,
  s2,
  spawn,
  subId,
  t1,
  t2,
  take,
  undo,
} from './given.ts'

const sub = { task: t1, subtask: subId(1) }
const dig: Asked = { type: 'subtask.create', ...sub, title: 'Dig' }
const rake: Asked = { type: 'subtask.create', task: t1, subtask: subId(2), title: 'Rake' }
const both = [
  { task: t1, title: 'Task 1' },
  { task: t2, title: 'Task 2', needs: [t1] },
]
const place = { worktree: true, branch: 'maestro/dig', note: null }
const working = [add(t1), ...atWork(s1, [t1])]

/** Whoever lost the answer asks again: for every command but those that add a line, a case in which it does something. */
const cases: [Asked, Step[], Actor?][] = [
  [{ type: 'project.create', project: projectId(1), name: 'Garden' }, []],
  [{ type: 'project.edit', name: 'Yard' }, []],
  [{ type: 'project.freeze', reason: 'too many' }, []],
  [{ type: 'project.thaw' }, [{ type: 'project.freeze' }]],
  [add(t1), []],
  [{ type: 'task.import', tasks: [both[1]!, both[0]!] }, []],
  [{ type: 'task.import', tasks: both }, [add(t1)]],
  [{ type: 'task.edit', task: t1, title: 'Better', labels: ['a'], needs: [t2] }, [add(t1), add(t2)]],
  [take(t1, s1), [add(t1), ...atWork(s1)], agent(s1)],
  [{ type: 'task.next', session: s1 }, [add(t1), add(t2), ...atWork(s1)], agent(s1)],
  [{ type: 'task.assign', task: t1, session: s2 }, [...working, ...atWork(s2)]],
  [{ type: 'task.release', task: t1 }, working, agent(s1)],
  [{ type: 'task.release', task: t1 }, [add(t1), ...atWork(s1), take(t1, s1)], agent(s1)],
  [
    { type: 'task.release', task: t1 },
    [add(t1), ...atWork(s1), { by: agent(s1), ask: spawn(s2) }, take(t1, s2)],
    agent(s1),
  ],
  [{ type: 'task.block', task: t1, reason: 'rain' }, working, agent(s1)],
  [{ type: 'task.unblock', task: t1 }, [...working, { type: 'task.block', task: t1, reason: 'rain' }], agent(s1)],
  [{ type: 'task.review', task: t1, summary: 'Done' }, working, agent(s1)],
  [{ type: 'task.complete', task: t1, summary: 'Done' }, working, agent(s1)],
  [{ type: 'task.reopen', task: t1 }, [...working, complete(t1)], agent(s1)],
  [{ type: 'task.cancel', task: t1 }, working, agent(s1)],
  [{ type: 'task.delete', task: t1 }, [add(t1), add(t2, { needs: [t1] })]],
  [{ type: 'task.delete', task: t1 }, [...atWork(s1), { by: agent(s1), ask: add(t1) }], agent(s1)],
  [undo(eventId(2)), [add(t1)]],
  [dig, [add(t1)]],
  [{ type: 'subtask.edit', ...sub, title: 'Hoe' }, [add(t1), dig]],
  [{ type: 'subtask.complete', ...sub }, [add(t1), dig]],
  [{ type: 'subtask.reopen', ...sub }, [add(t1), dig, { type: 'subtask.complete', ...sub }]],
  [{ type: 'subtask.move', ...sub }, [add(t1), dig, rake]],
  [{ type: 'subtask.delete', ...sub }, [add(t1), dig]],
  [spawn(s1, [t1, t1]), [add(t1)]],
  [spawn(s2), atWork(s1), agent(s1)],
  [claimed(s1), [online(m1), spawn(s1)]],
  [{ type: 'session.place', session: s1, place }, [online(m1), spawn(s1), claimed(s1)]],
  [report(s1), [online(m1), spawn(s1), claimed(s1)]],
  [report(s1, 'idle'), atWork(s1)],
  [ended(s1, 'failed'), working],
  [{ type: 'session.stop', session: s1 }, atWork(s1)],
  [{ type: 'session.stop', session: s1 }, [spawn(s1)]],
  [{ type: 'session.resume', session: s1, into: s2 }, conversed(s1)],
  [{ type: 'session.register', session: s1, agentSession: 'abc' }, atWork(s1), agent(s1)],
  [online(m1), []],
  [offline(m1), [online(m1)]],
  [{ type: 'spawner.expect', spawner: m1, name: 'studio' }, [], machine(m1)],
  [{ type: 'spawner.rename', spawner: m1, name: 'studio' }, [online(m1)]],
  [{ type: 'spawner.drain', spawner: m1 }, [online(m1)]],
  [{ type: 'spawner.undrain', spawner: m1 }, [online(m1), { type: 'spawner.drain', spawner: m1 }]],
  [{ type: 'spawner.revoke', spawner: m1 }, working],
]
/** These add a line to what is told, each time. */
const lines = ['task.note', 'session.progress']

test('every command is here', () => {
  const named = new Set([...cases.map(([ask]) => ask.type), ...lines])
  expect([...named].sort()).toEqual(Object.keys(commands).sort())
})

test.each(cases)('asking for $type twice is asking once', (ask, steps, by = undefined) => {
  const who = by ?? undefined
  const story = ask.type === 'project.create' ? given() : given(...steps)
  if (ask.type !== 'project.create') expect(story.when(ask, { ...(who && { by: who }) }).events).not.toEqual([])
  const before = structuredClone(story.project)
  expect(story.when(ask, { ...(who && { by: who }) }).events).toEqual([])
  expect(story.project).toEqual(before)
})

test.each([
  { type: 'task.note', task: t1, text: 'Half way' },
  { type: 'session.progress', session: s1, text: 'Half way' },
] as Asked[])('asking for $type twice says it twice', (ask) => {
  expect(given(...working, ask).when(ask, { by: ann }).events).toHaveLength(1)
})
