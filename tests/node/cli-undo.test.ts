import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { TaskId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, say } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let env: Record<string, string>
beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: scene.project }
})
afterAll(() => edge?.stop())

type Undone = {
  change: string
  undone: { what: string; now: string }[]
  duplicate: boolean
  items: { change: string; what: string; steps: string[]; why: string | null; suggestion: string | null }[]
  task: TaskId
  next?: string[]
}

async function told(...argv: string[]): Promise<Undone> {
  const said = await say([...argv, '--json'], { env })
  const { success, data } = envelope(said)
  if (!success || said.code !== 0 || said.err) throw new Error(`${said.out}${said.err}exit ${said.code}`)
  return data as unknown as Undone // what `maestro undo` and `maestro task create` answer
}
async function refused(...argv: string[]) {
  const said = await say([...argv, '--json'], { env })
  return { exit: said.code, ...envelope(said) }
}
const task = async (title: string, ...more: string[]) => (await told('task', 'create', title, ...more)).task
const shown = (id: TaskId) => scene.owner.query('task.show', { task: id })

describe('maestro undo', () => {
  test('says per task what it took back, and what came of it', async () => {
    const { session, task: id, agent } = await scene.run()
    await told('task', 'complete', id)
    const said = await say(['undo'], { env })
    const what = `completed ${id} “Task of ${session}”`
    expect(said).toEqual({ code: 0, err: '', out: `✓ taken back: ${what}; it is in progress again, with ${session}\n` })
    await agent.execute('task.complete', { task: id }) // which it could not, were it not its own
  })

  test('gives back a whole deletion: the task, and what needed it', async () => {
    const first = await task('Dig', '--subtask', 'Find the spade')
    const second = await task('Sow', '--needs', first)
    const before = await shown(first)
    await told('task', 'delete', first)
    const { undone, change } = await told('undo')
    expect(undone).toEqual([
      { what: `deleted ${first} “Dig”`, now: 'it is back' },
      { what: `edited needs of ${second} “Sow”`, now: 'it is as before' },
    ])
    expect(await shown(first)).toEqual({ ...before, updatedAt: expect.any(Number) })
    expect((await shown(second)).needs).toEqual([first])
    expect(await told('undo', '--change', change)).toMatchObject({ undone: [], change })
    expect((await say(['undo', '--change', change], { env })).out).toBe(`– ${change} was taken back before\n`)
  })

  test('takes a whole plan back, and says the first of it', async () => {
    const tasks = Array.from({ length: 30 }, (_, n) => ({ task: newId('task'), title: `Step ${n + 1}` }))
    await scene.owner.execute('task.import', { tasks })
    const lines = (await say(['undo'], { env })).out.trimEnd().split('\n')
    expect(lines[0]).toBe(`✓ taken back: created ${tasks[29]!.task} “Step 30”; it is gone`)
    expect(lines.slice(20)).toEqual(['  and 10 more'])
    await expect(shown(tasks[0]!.task)).rejects.toMatchObject({ code: 'task_not_found' })
  })

  test('again takes back the change before', async () => {
    const id = await task('One')
    await told('task', 'edit', id, '--title', 'Two', '--priority', 'high')
    await told('subtask', 'create', id, 'A step')
    expect((await told('undo')).undone).toMatchObject([
      { what: expect.stringContaining('“A step”'), now: 'it is gone' },
    ])
    expect((await told('undo')).undone).toEqual([
      { what: `edited title and priority of ${id} “One”`, now: 'they are as before' },
    ])
    expect(await shown(id)).toMatchObject({ title: 'One', priority: 'medium', subtasks: [] })
    expect((await told('undo')).undone).toEqual([{ what: `created ${id} “One”`, now: 'it is gone' }])
    expect(await refused('task', 'show', id)).toMatchObject({ exit: 3, error: 'task_not_found' })
  })

  test('asked for twice with one key takes back one change', async () => {
    const id = await task('One')
    await told('task', 'edit', id, '--title', 'Two')
    await told('task', 'edit', id, '--title', 'Three')
    const key = `undo-${id}`
    const once = await told('undo', '--idempotency-key', key)
    expect(await told('undo', '--idempotency-key', key)).toEqual({ ...once, duplicate: true })
    expect((await shown(id)).title).toBe('Two')
  })

  test('only says what would come of it, with --dry-run', async () => {
    const id = await task('Stays')
    const { undone, change, next } = await told('undo', '--dry-run')
    expect(undone).toEqual([{ what: `created ${id} “Stays”`, now: 'it is gone' }])
    expect(next).toEqual([`maestro undo --change ${change}`])
    expect((await say(['undo', '--dry-run'], { env })).out).toBe(
      `would be taken back: created ${id} “Stays”; it is gone\n`,
    )
    expect((await shown(id)).title).toBe('Stays')
    expect((await told(...next![0]!.split(' ').slice(1))).undone).toEqual(undone)
  })

  test('lists what can be taken back, newest first, and what cannot, with the reason', async () => {
    const { agent, task: held } = await scene.run()
    const id = await task('Listed')
    await told('task', 'edit', held, '--title', 'Held')
    await agent.execute('task.edit', { task: held, title: 'Mine' })
    const { items } = await told('undo', '--list')
    expect(items.slice(0, 2)).toMatchObject([
      { what: expect.stringContaining('edited title'), why: `${held} has another title since` },
      { what: `created ${id} “Listed”`, steps: [`created ${id} “Listed”`], why: null },
    ])
    const { out, err } = await say(['undo', '--list'], { env })
    expect(out.split('\n')[0]).toMatch(/^change +when +what +but$/)
    expect(err).toBe(`→ maestro undo --change ${items[1]!.change}\n`)
    const { change } = items[1]!
    expect((await told('undo', '--change', change.slice(0, -2))).undone).toEqual([
      { what: `created ${id} “Listed”`, now: 'it is gone' },
    ])
    expect(await refused('undo')).toMatchObject({
      ...{ exit: 5, error: 'conflict', message: items[0]!.why, suggestion: `maestro task show ${held}` },
    })
    expect(await refused('undo', '--dry-run')).toMatchObject({ exit: 5, message: items[0]!.why })
  })

  test('names a change by what only it begins with', async () => {
    await task('A')
    await task('B')
    expect(await refused('undo', '--change', 'evt_')).toMatchObject({ exit: 2, error: 'ambiguous_id', field: 'change' })
    expect(await refused('undo', '--change', 'evt_nothing')).toMatchObject({ exit: 3, error: 'change_not_found' })
  })

  test('is for people', async () => {
    const { agent } = await scene.run()
    const key = String(agent.options.key)
    const said = await say(['undo', '--json'], { env: { ...env, MAESTRO_API_KEY: key } })
    expect({ exit: said.code, ...envelope(said) }).toMatchObject({ exit: 4, error: 'forbidden' })
  })
})

test('two people take back their own, also after a restart', async () => {
  const { key } = await scene.owner.ask('key.create', { name: 'bob' })
  const bob = new Client({ url: edge.url, key, project: scene.project })
  const id = newId('task')
  await bob.execute('task.create', { task: id, title: "Bob's" })
  await scene.owner.execute('task.edit', { task: id, priority: 'high' })
  await edge.restart()
  await expect(bob.execute('task.undo', {})).rejects.toMatchObject({
    ...{ code: 'conflict', message: `${id} has another priority since (person:owner changed it last)` },
  })
  await scene.owner.execute('task.undo', {})
  await bob.execute('task.undo', {})
  expect((await scene.owner.query('project.show', {})).tasks[id]).toBeUndefined()
})
