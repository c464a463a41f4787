import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import type { SpawnerId } from '../../protocol/ids.ts'
import type { Project } from '../../protocol/model.ts'
import { type Edge, startEdge } from './edge.ts'

let edge: Edge
let owner: Client
beforeAll(async () => {
  edge = await startEdge()
  const client = new Client({ url: edge.url, key: edge.ownerKey })
  const project = newId('proj')
  await client.ask('project.new', { project, name: 'shop' })
  owner = client.with({ project })
})
afterAll(() => edge.stop())

async function socketsOf(client: Client): Promise<number> {
  const line = (await client.ask('metrics', {})).split('\n').find((one) => one.startsWith('maestro_sockets{'))
  return Number(line?.split(' ').at(-1))
}

/** A viewer of the project, and a wait for what it comes to see. */
function watch(client: Client) {
  const keeper = plainKeeper()
  const waits: { sees: (project: Project) => boolean; done: () => void }[] = []
  const look = () => {
    for (const wait of [...waits]) if (wait.sees(keeper.project)) wait.done()
  }
  const live = new Live(client, new Replica(keeper), { entries: look, snapshot: look })
  live.start()
  const until = (sees: (project: Project) => boolean) =>
    new Promise<void>((resolve) => {
      waits.push({ sees, done: resolve })
      look()
    })
  return { live, keeper, until }
}

describe('a project', () => {
  test('tells every viewer what was done, as it is done', async () => {
    const viewer = watch(owner)
    const task = newId('task')
    await owner.execute('task.create', { task, title: 'Retry payments' })
    await viewer.until((project) => project.tasks[task]?.title === 'Retry payments')
    viewer.live.stop()
  })

  test('does what is asked twice once', async () => {
    const task = newId('task')
    await owner.execute('task.create', { task, title: 'Once' })
    const id = newId('evt')
    const first = await owner.execute('task.note', { task, text: 'half way' }, id)
    const second = await owner.execute('task.note', { task, text: 'half way' }, id)
    expect(second).toEqual({ entries: first.entries, duplicate: true })
  })

  test('does nothing for an id that was used for something else, or by somebody else', async () => {
    const task = newId('task')
    const id = newId('evt')
    const other = new Client({ ...owner.options, key: edge.spawnerKey })
    await owner.execute('task.create', { task, title: 'Once' }, id)
    const asks = [
      () => owner.execute('task.delete', { task }, id),
      () => other.execute('spawner.offline', { spawner: newId('spn') }, id),
    ]
    for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: 'conflict' })
    expect((await owner.query('task.show', { task })).title).toBe('Once')
  })

  test('tells of one session what came after a seq, and nothing of others', async () => {
    const [one, two] = [newId('sess'), newId('sess')]
    for (const session of [one, two, one]) await owner.execute('session.spawn', { session, profile: 'demo' })
    const { entries } = await owner.askProject('entry.list', { since: 0, session: two })
    expect(entries).toMatchObject([{ type: 'session:spawn_request', data: { session: { id: two } } }])
  })

  test('is after a restart what it was before', async () => {
    const before = await owner.query('project.show', {})
    await edge.restart()
    expect(await owner.query('project.show', {})).toEqual(before)
  })

  test('gives a viewer that was away exactly what it missed', async () => {
    const viewer = watch(owner)
    await viewer.until(({ name }) => name === 'shop')
    await edge.restart()
    const task = newId('task')
    await owner.execute('task.create', { task, title: 'While away' })
    await viewer.until((project) => project.tasks[task] !== undefined)
    expect(viewer.keeper.project).toEqual(await owner.query('project.show', {}))
    viewer.live.stop()
  })

  test('has one connection to a viewer that is in a hurry, and none once it stops', async () => {
    const before = await socketsOf(owner)
    const viewer = watch(owner)
    for (let i = 0; i < 5; i++) viewer.live.hurry()
    await viewer.until(({ id }) => id !== null)
    // Whatever the hurry began has been answered by the time that this has been.
    for (let i = 0; i < 5; i++) await owner.askProject('ticket', {})
    expect(await socketsOf(owner)).toBe(before + 1)
    viewer.live.stop()
    await expect.poll(() => socketsOf(owner)).toBe(before)
  })

  test('archives its log into the history, in order', async () => {
    const { entries } = await owner.askProject('entry.list', { limit: 1000 })
    await expect
      .poll(async () => (await edge.sql([{ sql: 'SELECT seq FROM entries ORDER BY seq' }]))[0]!.length, {
        timeout: 10_000,
      })
      .toBeGreaterThanOrEqual(entries.length)
  })
})

describe('a spawner', () => {
  test('is offline as soon as its connection is gone', async () => {
    const spawner = new Client({ ...owner.options, key: edge.spawnerKey })
    const me = (await spawner.ask('whoami', {})).spawner as SpawnerId
    const inventory = { name: 'studio', machine: 'studio', version: '0', profiles: [], workspaces: [], capacity: 1 }
    const line = watch(spawner)
    await line.until(({ name }) => name === 'shop')
    await spawner.execute('spawner.online', { spawner: me, ...inventory })
    const viewer = watch(owner)
    await viewer.until((project) => project.spawners[me]?.status === 'online')
    line.live.stop()
    await viewer.until((project) => project.spawners[me]?.status === 'offline')
    viewer.live.stop()
  })
})
