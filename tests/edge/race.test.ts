import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { type Actor, scopesFor } from '../../protocol/actor.ts'
import { readyTasks } from '../../protocol/graph.ts'
import type { SessionId, TaskId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { nextTask } from '../../protocol/task-rules.ts'
import { broken } from '../pure/protocol/invariants.ts'
import { type Edge, startEdge } from './edge.ts'
import { type Attempt, type History, Witness } from './parts/witness.ts'
import { makeScene } from './scene.ts'

let edge: Edge
beforeAll(async () => {
  edge = await startEdge()
})
afterAll(() => edge?.stop())

const agentOf = (session: SessionId): Actor => ({
  ...{ kind: 'session', key: session, name: session, scopes: scopesFor('session'), session },
})

type Racer = { session: SessionId; agent: Client; by: Actor }

/** Twenty tasks: eight to begin with, eight that need one or two of those, four that need two of these. */
async function makePlan(owner: Client): Promise<TaskId[]> {
  const tasks: TaskId[] = []
  const priorities = ['low', 'medium', 'high', 'urgent'] as const
  const add = async (...needs: number[]) => {
    const task = newId('task')
    const of = needs.map((n) => tasks[n]!)
    const n = tasks.push(task)
    await owner.execute('task.create', { task, title: `Task ${n}`, priority: priorities[n % 4]!, needs: of })
  }
  for (let n = 0; n < 8; n++) await add()
  for (let n = 0; n < 8; n++) await (n % 2 ? add(n) : add(n, n + 1))
  for (let n = 8; n < 16; n += 2) await add(n, n + 1)
  return tasks
}

const isClaim = (entry: Entry): entry is Extract<Entry, { type: 'task:updated' }> =>
  entry.type === 'task:updated' && entry.data.action === 'claimed'

describe('fifty sessions race for twenty tasks', { timeout: 120_000 }, () => {
  let history: History
  let tasks: TaskId[]
  const attempts: Attempt<'task.next'>[] = []
  /** What each wave came to once it was over: how many could have begun, and how many had nothing to do. */
  const rests: { ready: number; idle: number }[] = []

  beforeAll(async () => {
    const scene = await makeScene(edge)
    const racers: Racer[] = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const { session, agent } = await scene.idle()
        return { session, agent, by: agentOf(session) }
      }),
    )
    tasks = await makePlan(scene.owner)
    const witness = new Witness(scene.owner)
    const holds = new Map<SessionId, TaskId>()
    const next = async ({ session, agent, by }: Racer) => {
      const attempt = await witness.ask(agent, by, 'task.next', { session })
      attempts.push(attempt)
      const claim = attempt.entries?.find(isClaim)
      if (claim) holds.set(session, claim.data.task)
    }
    const step = async (racer: Racer) => {
      const task = holds.get(racer.session)
      holds.delete(racer.session)
      if (task) await racer.agent.execute('task.complete', { task })
      // Asking twice at once must not be taking two.
      await Promise.all([next(racer), next(racer)])
    }
    do {
      await Promise.all(racers.map(step))
      // Whoever was sent away before others finished asks again.
      await Promise.all(racers.filter(({ session }) => !holds.has(session)).map(next))
      const project = await scene.owner.query('project.show', {})
      rests.push({ ready: readyTasks(project).length, idle: racers.length - holds.size })
    } while (holds.size > 0)
    history = await witness.log()
  }, 120_000)

  test('each is claimed once, by one, and done', () => {
    const claims = history.log.filter(isClaim)
    expect(claims.map(({ data }) => data.task).sort()).toEqual([...tasks].sort())
    expect(Object.values(history.now.tasks).map(({ status }) => status)).toEqual(tasks.map(() => 'done'))
  })

  test('each claim is of the best that was ready, by a session that had none', () => {
    for (const { seq, data, by } of history.log.filter(isClaim)) {
      const before = history.at(seq - 1)
      expect(data.task).toBe(nextTask(before).id)
      expect(data.changes.assignee).toBe(by)
      expect(Object.values(before.tasks).filter((task) => task.lease?.session === by)).toEqual([])
    }
  })

  test('nobody is sent away while a task is ready, and each is told why', () => {
    const refused = attempts.filter((attempt) => attempt.refused)
    expect(refused.length).toBeGreaterThan(100)
    expect(new Set(refused.map((attempt) => attempt.refused?.code))).toEqual(new Set(['all_claimed', 'none_ready']))
    expect(attempts.filter((attempt) => !history.explains(attempt))).toEqual([])
  })

  test('whenever the race rests, either no task is ready or nobody is idle', () => {
    expect(rests.length).toBeGreaterThan(3)
    expect(rests.filter(({ ready, idle }) => ready > 0 && idle > 0)).toEqual([])
  })

  test('and the project keeps its promises after every entry', () => {
    expect(history.log.flatMap(({ seq }) => broken(history.at(seq)))).toEqual([])
  })
})
