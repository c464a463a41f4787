import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parses } from '../../cli/main.ts'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { type ErrorBody, type ErrorCode, MaestroError } from '../../protocol/errors.ts'
import { type SessionId, type TaskId, unmanagedSessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, ioIn, say } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
/** A worker at work on a task of its own, another one, and one who leads. */
let worker: Agent
let other: Agent
let leader: Agent
type Agent = Awaited<ReturnType<typeof makeScene>>['run'] extends (...args: never[]) => Promise<infer A> ? A : never

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  worker = await scene.run()
  other = await scene.run()
  leader = await scene.run('orchestrator')
})
afterAll(() => edge.stop())

type Who = 'worker' | 'orchestrator' | 'person'
const clientOf = (who: Who) => ({ worker: worker.agent, orchestrator: leader.agent, person: scene.owner })[who]
function envOf(who: Who): Record<string, string> {
  const common = { MAESTRO_HOME: edge.home.root, MAESTRO_API_URL: edge.url, MAESTRO_PROJECT_ID: scene.project }
  if (who === 'person') return common
  const { session, task, agent } = who === 'worker' ? worker : leader
  const own = { MAESTRO_SESSION_ID: session, MAESTRO_TASK_IDS: task, MAESTRO_ROLE: who }
  return { ...common, ...own, MAESTRO_API_KEY: String(agent.options.key) }
}

/** What `step` was refused with. */
async function refusalOf(step: () => Promise<unknown>): Promise<ErrorBody> {
  try {
    await step()
  } catch (error) {
    if (error instanceof MaestroError) return error.toJSON()
    throw error
  }
  throw new Error('it was not refused')
}

const wordsOf = (line: string) => [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word).slice(1)
/** Commands that end or change something for good are only looked at, not run. */
const isLasting = (line: string) =>
  /^maestro (session (stop|spawn)|task (cancel|complete|reopen|unblock|claim))\b/.test(line)

/** A task that is there, and in which state. */
async function task(more: { needs?: TaskId[]; by?: Client } = {}): Promise<TaskId> {
  const id = newId('task')
  await (more.by ?? scene.owner).execute('task.create', { task: id, title: `Task ${id}`, needs: more.needs ?? [] })
  return id
}
const done = async (by?: Client) => {
  const id = await task(by ? { by } : {})
  await scene.owner.execute('task.complete', { task: id })
  return id
}
async function ended(): Promise<SessionId> {
  const { session } = await scene.run()
  await scene.spawner.execute('session.end', { session, outcome: 'stopped' })
  return session
}
const nobody = { task: 'task_00000000', session: 'sess_00000000', subtask: 'sub_00000000' } as const

type Case = [what: string, code: ErrorCode, ask: (by: Client) => Promise<unknown>, who?: Who[]]
const everybody: Who[] = ['worker', 'person']
const agents: Who[] = ['worker', 'orchestrator']

const cases: Case[] = [
  ['a task that is not there', 'task_not_found', (by) => by.query('task.show', { task: nobody.task })],
  ['a session that is not there', 'session_not_found', (by) => by.query('session.show', { session: nobody.session })],
  [
    'a need that is not there',
    'task_not_found',
    (by) => by.execute('task.create', { task: newId('task'), title: 'x', needs: [nobody.task] }),
  ],
  [
    'a circle of needs',
    'would_cycle',
    async (by) => {
      const first = await task({ by })
      const second = await task({ by, needs: [first] })
      return by.execute('task.edit', { task: first, needs: [second] })
    },
  ],
  [
    'an id that is another task’s',
    'id_taken',
    async (by) => by.execute('task.create', { task: await task(), title: 'x' }),
  ],
  [
    'two steps with one id',
    'id_taken',
    (by) => {
      const subtasks = [
        { subtask: nobody.subtask, title: 'a' },
        { subtask: nobody.subtask, title: 'b' },
      ]
      return by.execute('task.create', { task: newId('task'), title: 'x', subtasks })
    },
  ],
  [
    'an id that is another step’s',
    'id_taken',
    async (by) => {
      const id = await task({ by })
      await by.execute('subtask.create', { task: id, subtask: nobody.subtask, title: 'a' })
      return by.execute('subtask.create', { task: id, subtask: nobody.subtask, title: 'b' })
    },
  ],
  [
    'a step that is not there',
    'subtask_not_found',
    async (by) => by.execute('subtask.complete', { task: await task({ by }), subtask: nobody.subtask }),
  ],
  [
    'a step before one that is not there',
    'subtask_not_found',
    async (by) => {
      const [id, subtask] = [await task({ by }), newId('sub')]
      await by.execute('subtask.create', { task: id, subtask, title: 'a' })
      return by.execute('subtask.move', { task: id, subtask, before: nobody.subtask })
    },
  ],
  [
    'a step too many',
    'conflict',
    async (by) => {
      const id = newId('task')
      const subtasks = Array.from({ length: 200 }, (_, n) => ({ subtask: newId('sub'), title: `${n}` }))
      await by.execute('task.create', { task: id, title: 'x', subtasks })
      return by.execute('subtask.create', { task: id, subtask: newId('sub'), title: 'one more' })
    },
  ],
  ['a page after one that has gone', 'invalid_input', (by) => by.query('task.list', { cursor: nobody.task })],
  ['sessions after one that has gone', 'invalid_input', (by) => by.query('session.list', { cursor: nobody.session })],

  ['a task of somebody else', 'forbidden', (by) => by.execute('task.complete', { task: other.task }), agents],
  [
    'a step of somebody else',
    'forbidden',
    (by) => by.execute('subtask.create', { task: other.task, subtask: newId('sub'), title: 'x' }),
    agents,
  ],
  [
    'a claim for somebody else',
    'forbidden',
    async (by) => by.execute('task.claim', { task: await task(), session: other.session }),
    agents,
  ],
  [
    'a task for somebody else',
    'forbidden',
    async (by) => by.execute('task.assign', { task: await task({ by }), session: other.session }),
    agents,
  ],
  ['the end of somebody else', 'forbidden', (by) => by.execute('session.stop', { session: other.session }), agents],
  ['a session, for a worker', 'forbidden', (by) => by.execute('session.spawn', { session: newId('sess') }), ['worker']],
  ['a project, for an agent', 'forbidden', (by) => by.execute('project.edit', { name: 'Mine' }), agents],

  [
    'a claim on what is taken',
    'already_claimed',
    async (by) => by.execute('task.claim', { task: other.task, session: sessionOf(by) }),
    agents,
  ],
  [
    'a claim by a person on what is taken',
    'already_claimed',
    (by) => by.execute('task.claim', { task: other.task, session: leader.session }),
    ['person'],
  ],
  [
    'a claim on what is done',
    'wrong_status',
    async (by) => by.execute('task.claim', { task: await done(), session: sessionOf(by) }),
  ],
  [
    'a claim on what is blocked',
    'wrong_status',
    async (by) => {
      const id = await task()
      await scene.owner.execute('task.block', { task: id, reason: 'rain' })
      return by.execute('task.claim', { task: id, session: sessionOf(by) })
    },
  ],
  [
    'a claim on what waits',
    'not_ready',
    async (by) => by.execute('task.claim', { task: await task({ needs: [other.task] }), session: sessionOf(by) }),
  ],
  [
    'a claim for one that has ended',
    'wrong_status',
    async (by) => by.execute('task.claim', { task: await task(), session: await ended() }),
    ['person'],
  ],
  [
    'a task for one that has ended',
    'wrong_status',
    async (by) => by.execute('task.assign', { task: await task(), session: await ended() }),
    ['person'],
  ],
  [
    'a task from one that has not got it',
    'conflict',
    async (by) => by.execute('task.assign', { task: await task({ by }), session: sessionOf(by), from: other.session }),
  ],
  [
    'review of what nobody began',
    'wrong_status',
    async (by) => by.execute('task.review', { task: await task({ by }) }),
  ],
  [
    'completion of what it never began',
    'wrong_status',
    async (by) => by.execute('task.complete', { task: await task({ by }) }),
    agents,
  ],
  [
    'completion of what is blocked',
    'wrong_status',
    async (by) => {
      const id = await task({ by })
      await by.execute('task.block', { task: id, reason: 'rain' })
      return by.execute('task.complete', { task: id })
    },
  ],
  [
    'completion of what waits',
    'not_ready',
    async (by) => {
      const [first, id] = [await task({ by }), await task({ by })]
      await by.execute('task.claim', { task: id, session: sessionOf(by) })
      await by.execute('task.edit', { task: id, needs: [first] })
      return by.execute('task.complete', { task: id })
    },
  ],
  [
    'completion of what it handed over itself',
    'wrong_status',
    async (by) => by.execute('task.complete', { task: await handedOver(by) }),
    agents,
  ],
  [
    'blocking of what is handed over',
    'wrong_status',
    async (by) => by.execute('task.block', { task: await handedOver(by), reason: 'rain' }),
  ],
  ['giving up what is done', 'wrong_status', async (by) => by.execute('task.cancel', { task: await done(by) })],
  [
    'reopening of what is at work',
    'wrong_status',
    async (by) => {
      const id = await task({ by })
      await by.execute('task.claim', { task: id, session: sessionOf(by) })
      return by.execute('task.reopen', { task: id })
    },
  ],
  [
    'removal of what is at work',
    'conflict',
    async (by) => {
      const id = await task({ by })
      await by.execute('task.claim', { task: id, session: sessionOf(by) })
      return by.execute('task.delete', { task: id })
    },
  ],
  [
    'removal of what is handed over',
    'conflict',
    async (by) => by.execute('task.delete', { task: await handedOver(by) }),
  ],
  [
    'a session on what is taken',
    'already_claimed',
    async (by) => by.execute('session.spawn', { session: newId('sess'), tasks: [await taken(by)] }),
    ['orchestrator', 'person'],
  ],
  [
    'a session on what is done',
    'wrong_status',
    async (by) => by.execute('session.spawn', { session: newId('sess'), tasks: [await done(by)] }),
    ['orchestrator', 'person'],
  ],
  [
    'a session on what waits',
    'not_ready',
    async (by) =>
      by.execute('session.spawn', { session: newId('sess'), tasks: [await task({ by, needs: [other.task] })] }),
    ['orchestrator', 'person'],
  ],
  ['undoing by an agent', 'forbidden', (by) => by.execute('task.undo', {}), agents],
  ['undoing what never was', 'change_not_found', (by) => by.execute('task.undo', { change: newId('evt') }), ['person']],
  [
    'a session under the id of another',
    'id_taken',
    (by) => by.execute('session.spawn', { session: other.session, profile: 'x' }),
    ['orchestrator', 'person'],
  ],
]

const sessionOf = (by: Client) => (by === leader.agent ? leader : worker).session
async function handedOver(by: Client): Promise<TaskId> {
  const id = await task({ by })
  await by.execute('task.claim', { task: id, session: sessionOf(by) })
  await by.execute('task.review', { task: id })
  return id
}
async function taken(by: Client): Promise<TaskId> {
  const id = await task({ by })
  await scene.owner.execute('session.spawn', { session: newId('sess'), tasks: [id], profile: 'nobody-has-it' })
  return id
}

const rows = cases.flatMap(([what, code, ask, who = everybody]) => who.map((one) => [what, one, code, ask] as const))
const provoked = new Set<string>()

/** One sentence, and a command that whoever was refused may run, filled in. */
async function check(refused: ErrorBody, who: Who): Promise<void> {
  provoked.add(refused.error)
  expect(refused.message).toMatch(/^\S[^\n]*[^\s.]$/)
  expect(refused.message.length).toBeLessThan(200)
  expect(refused.message).not.toMatch(/\. [A-Z]/)
  const { suggestion } = refused
  expect(suggestion).toMatch(/^maestro [a-z]/)
  const words = wordsOf(suggestion!)
  await expect(parses(words, ioIn(envOf(who))), suggestion).resolves.toBe(true)
  if (isLasting(suggestion!)) return
  const said = await say([...words, '--json'], { env: envOf(who) })
  const error = said.code === 0 ? undefined : envelope(said).error
  expect([suggestion, ['forbidden', 'invalid_input', 'unauthenticated'].includes(error!)]).toEqual([suggestion, false])
}

describe('what is refused', () => {
  test.each(rows)(
    '%s, asked for by a %s, is %s: with a sentence, and a command that one may run',
    async (_, who, code, ask) => {
      const refused = await refusalOf(() => ask(clientOf(who)))
      expect(refused.error).toBe(code)
      await check(refused, who)
      for (const value of refused.validValues ?? []) expect(value).not.toBe('')
    },
  )

  test('to an agent whose session has ended says so, and it may still ask who it was', async () => {
    const { session, task, agent } = await scene.run()
    await scene.spawner.execute('session.end', { session, outcome: 'stopped' })
    const refused = await refusalOf(() => agent.execute('task.note', { task, text: 'x' }))
    expect(refused).toMatchObject({ error: 'credentials_ended', suggestion: 'maestro whoami' })
    provoked.add(refused.error)
    const env = { ...envOf('worker'), MAESTRO_SESSION_ID: session, MAESTRO_API_KEY: String(agent.options.key) }
    expect((await say(['whoami'], { env })).code).toBe(0)
  })

  test('to an orchestrator with all the children it may have, and to a machine, leads on too', async () => {
    const mine: SessionId[] = []
    const refused = await refusalOf(async () => {
      for (;;) {
        const session = newId('sess')
        await leader.agent.execute('session.spawn', { session, profile: 'nobody-has-it' })
        mine.push(session)
      }
    })
    expect(refused.error).toBe('budget_exhausted')
    await check(refused, 'orchestrator')
    const [session] = mine as [SessionId]
    const cannot = await refusalOf(() => scene.spawner.execute('session.claim', { session, spawner: scene.me }))
    expect(cannot.error).toBe('at_capacity')
    await check(cannot, 'person')
    for (const session of mine) await leader.agent.execute('session.stop', { session })
  })

  test('where there is nothing to take, and of what is not there at all, leads on too', async () => {
    const empty = await makeScene(edge)
    const session = newId('sess')
    await empty.owner.execute('session.spawn', { session, profile: 'demo' })
    await empty.spawner.execute('session.claim', { session, spawner: empty.me })
    const none = await refusalOf(() => empty.owner.execute('task.next', { session }))
    expect(none).toMatchObject({ error: 'none_ready', message: 'There are no tasks yet' })
    await check(none, 'worker')
    await empty.run()
    const all = await refusalOf(() => empty.owner.execute('task.next', { session }))
    expect(all.error).toBe('all_claimed')
    await check(all, 'worker')
    await check(await refusalOf(() => empty.owner.with({ project: newId('proj') }).query('project.show', {})), 'person')

    const project = newId('proj')
    await scene.owner.ask('project.new', { project, name: 'without machines' })
    const there = { owner: scene.owner.with({ project }), spawner: scene.spawner.with({ project }) }
    await there.owner.execute('session.spawn', { session, profile: 'demo' })
    const strange = await refusalOf(() => there.spawner.execute('session.claim', { session, spawner: scene.me }))
    expect(strange.error).toBe('spawner_not_found')
    await check(strange, 'person')
  })

  test('of a session that Maestro did not start says where it can be stopped', async () => {
    const [agentSession, id] = [crypto.randomUUID(), newId('evt')]
    const event = {
      id,
      at: Date.now(),
      agent: 'claude-code',
      agentSession,
      kind: 'prompt',
      name: 'UserPromptSubmit',
      summary: 'x',
      payload: {},
    }
    await scene.spawner.report([event])
    const session = unmanagedSessionId(agentSession)
    const refused = await refusalOf(() => scene.owner.execute('session.stop', { session }))
    expect(refused).toMatchObject({
      error: 'conflict',
      message: `${session} was not started by Maestro: stop it where it runs`,
    })
    await check(refused, 'person')
  })

  test.each([
    ['person', () => scene.owner],
    ['orchestrator', () => leader.agent],
  ] as const)('by a freeze leads a %s on too', async (who, by) => {
    await scene.owner.execute('project.freeze', { reason: 'a test' })
    const refused = await refusalOf(() => by().execute('session.spawn', { session: newId('sess'), profile: 'x' }))
    expect(refused.error).toBe('frozen')
    await check(refused, who)
    await scene.owner.execute('project.thaw', {})
  })

  test('in protocol/ is all here', () => {
    const folder = join(import.meta.dirname, '../../protocol')
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    const codes = new Set(texts.flatMap((text) => [...text.matchAll(/\brefuse\(\s*'(\w+)'/g)].map(([, code]) => code!)))
    expect([...codes].filter((code) => !provoked.has(code))).toEqual([])
  })
})
