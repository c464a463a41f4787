import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../../../protocol/actor.ts'
import { nextAlarm } from '../../../protocol/clock.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import type { Project } from '../../../protocol/model.ts'
import { type Event, events, replay } from '../../../protocol/project.ts'
import { isAncestor } from '../../../protocol/task-access.ts'
import { anything } from './anything.ts'
import { type Asked, agent, ann, given, type Step, Story } from './given.ts'
import { startedTwice } from './invariants.ts'

const RUNS = 400

/**
 * Plays `steps`, each taken by the project or refused with a reason. `Story` holds the project that `decide` sees and every
 * entry frozen, so that changing either fails; and looks after `invariants.ts` at each step.
 */
function play(steps: Step[], watch: (step: Step, events: Event[], story: Story) => void = () => {}): Story {
  const story = given()
  for (const step of steps) {
    story.pass(1_000)
    const events = story.try(step)
    if (events) watch(step, events, story)
    else same(story.project, story.before)
  }
  return story
}

const always = (holds: (steps: Step[]) => void, numRuns = RUNS) =>
  fc.assert(
    fc.property(anything, (steps) => holds(steps)),
    { numRuns },
  )
const same = (a: unknown, b: unknown) => isDeepStrictEqual(a, b) || expect(a).toStrictEqual(b)
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('whatever anybody does, in any order,', () => {
  test(
    'the project keeps its promises, and each is taken as a whole or refused with a reason',
    { timeout: 30_000 },
    () =>
      always((steps) => {
        const { log } = play(steps, (step, events, { project, before, now }) => {
          // Once time has had its say, it has nothing more to say at once.
          if ('later' in step) expect(nextAlarm(project) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now)
          if ('ask' in step) expect(events.filter((event) => isTrespass(before, step.by, event))).toEqual([])
        })
        expect(startedTwice(log)).toEqual([])
      }),
  )

  test('replaying the log gives the live project, from the start or from any snapshot', { timeout: 30_000 }, () =>
    fc.assert(
      fc.property(anything, fc.double({ min: 0, max: 1, noNaN: true }), (steps, share) => {
        const { log, project } = play(steps)
        const cut = Math.floor(log.length * share)
        same(replay(log), project)
        same(replay(copy(log).slice(cut), copy(replay(log.slice(0, cut)))), project)
      }),
      { numRuns: RUNS },
    ),
  )

  test('every entry is what the table says, and survives the wire', { timeout: 30_000 }, () =>
    always((steps) => {
      for (const entry of play(steps).log) {
        same(copy(entry), entry)
        same(events[entry.type].parse(entry.data), entry.data)
      }
    }, 100),
  )

  test('asking again at once changes nothing more', { timeout: 30_000 }, () =>
    always((steps) => {
      play(steps, (step, _, story) => {
        if ('heard' in step) return
        const ask = 'later' in step ? { later: 0 } : step
        if ('type' in ask && isMore(ask)) return
        if ('ask' in ask && (isMore(ask.ask) || hasEnded(story.project, ask.by.session))) return
        same(story.take(ask), [])
      })
    }),
  )
})

test('these sequences do reach every kind of event, status and outcome', { timeout: 30_000 }, () => {
  const seen = new Set<string>()
  const note = (project: Project) => {
    for (const { status } of Object.values(project.tasks)) seen.add(`task ${status}`)
    for (const { status, outcome } of Object.values(project.sessions)) seen.add(`session ${outcome ?? status}`)
  }
  for (const steps of fc.sample(anything, { numRuns: 300, seed: 1 })) {
    const { log } = play(steps, (_, __, { project }) => note(project))
    for (const { type, data } of log) seen.add('action' in data ? `${type} ${data.action}` : type)
  }
  const task = ['todo', 'in_progress', 'blocked', 'in_review', 'done', 'cancelled'].map((status) => `task ${status}`)
  const session = ['spawning', 'running', 'idle', 'waiting', 'completed', 'failed', 'stopped', 'lost'].map(
    (is) => `session ${is}`,
  )
  const actions = {
    task: [
      'edited',
      'assigned',
      'claimed',
      'released',
      'blocked',
      'unblocked',
      'handed_over',
      'completed',
      'reopened',
      'cancelled',
      'attempted',
      'restored',
    ],
    session: ['claimed', 'unclaimed', 'started', 'rested', 'stopping', 'progressed', 'registered', 'revived'],
    spawner: ['renamed', 'drained', 'undrained', 'revoked'],
  }
  const updates = Object.entries(actions).flatMap(([noun, all]) => all.map((action) => `${noun}:updated ${action}`))
  // The updates are among the actions; sessions are forgotten when there are a thousand of them (forgetting.test.ts).
  const others = ['task:updated', 'session:updated', 'spawner:updated', 'session:forgotten']
  const types = Object.keys(events).filter((type) => !others.includes(type))
  expect([...task, ...session, ...updates, ...types].filter((one) => !seen.has(one))).toEqual([])
})

/** Does asking this again ask for more? */
const isMore = (ask: Asked) =>
  ask.type === 'task.note' || ask.type === 'session.progress' || (ask.type === 'task.undo' && !ask.change)
const hasEnded = (project: Project, session?: SessionId) => session && project.sessions[session]?.status === 'ended'

/** Does an agent change a task that another holds, and that none of its own made? */
function isTrespass(before: Project, by: Actor, event: Event): boolean {
  const { session } = by
  if (by.kind !== 'session' || !session) return false
  if (event.type !== 'task:updated' && event.type !== 'task:deleted' && event.type !== 'task:note') return false
  const task = before.tasks[event.data.task]
  if (!task?.assignee) return false
  // Removing a task takes it from what others need, whoever has them.
  if (event.type === 'task:updated' && Object.keys(event.data.changes).join() === 'needs') return false
  const family = (id: string) => id === session || isAncestor(before, session, id as SessionId) // other names have no parents
  return !family(task.assignee) && !family(task.createdBy)
}

test('two that ask for one task at once: one has it, and everyone agrees who', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 2 }), (order) => {
      const story = new Story()
      story.take({ type: 'project.create', project: `proj_${'0'.repeat(32)}`, name: 'Garden' })
      story.take({ type: 'task.create', task: 'task_00000001', title: 'One' })
      const ids = order.map((n): SessionId => `sess_0000000${n}`)
      for (const session of ids) story.take({ by: ann, ask: { type: 'session.spawn', session } })
      const answers = ids.map((session) => story.try({ by: agent(session), ask: { type: 'task.next', session } }))
      expect(answers.map((events) => events !== undefined)).toEqual(ids.map((_, i) => i === 0))
      expect(story.project.tasks.task_00000001?.assignee).toBe(ids[0])
    }),
    { numRuns: 50 },
  )
})
