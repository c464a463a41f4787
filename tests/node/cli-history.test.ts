import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, say } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let env: Record<string, string>

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_PROJECT_ID: scene.project }
})
afterAll(() => edge?.stop())

const ask = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env })).data as never
const show = async (...argv: string[]) =>
  (await say(argv, { env, terminal: { out: true, err: true }, columns: 120 })).out.replace(/\u001b\[[\d;]*m/g, '')
const archived = () =>
  expect
    .poll(async () => await scene.owner.ask('metrics', {}), { timeout: 15_000 })
    .toMatch(new RegExp(`maestro_archive_behind{project="${scene.project}"} 0`))

function hook(kind: HookEvent['kind'], more: Partial<HookEvent>): HookEvent {
  const facts = { id: newId('evt'), at: Date.now(), agent: 'claude-code', kind, name: kind, summary: '' }
  return { ...facts, payload: null, ...more }
}

test('what was said and done is found, counted and listed, before it is archived and after', async () => {
  const { session, hook: reporter } = await scene.run()
  await reporter.report([
    hook('prompt', { summary: 'Prompt', payload: { prompt: 'Please mend the flaky payments parser' } }),
    hook('tool_start', { tool: 'Edit', summary: 'Edit src/payments/parser.ts' }),
    hook('tool_use', { tool: 'Edit', summary: 'Edit src/payments/parser.ts', ms: 30 }),
    hook('tool_failure', { tool: 'Bash', summary: 'Bash npm test', ms: 1_970 }),
  ])
  await scene.spawner.execute('session.end', { session, outcome: 'failed', reason: 'the tests fail' })
  for (const wait of [() => undefined, archived]) {
    await wait()
    const { items } = (await ask('history', 'search', 'payments pars')) as {
      items: { type: string; session: string }[]
    }
    expect(items.map(({ type }) => type)).toEqual(['hook:tool_use', 'hook:prompt'])
    expect(new Set(items.map((item) => item.session))).toEqual(new Set([session]))
    expect(await show('history', 'search', 'flaky')).toContain('Please mend the flaky payments parser')
    const tools = (await ask('history', 'tools')) as { items: { tool: string }[] }
    expect(tools.items).toMatchObject([
      { agent: 'claude-code', tool: 'Bash', calls: 1, failures: 1, ms: 1_970 },
      { agent: 'claude-code', tool: 'Edit', calls: 1, failures: 0, ms: 30 },
    ])
  }
  expect(await show('history', 'tools')).toMatch(/Bash +1 +1 +1 s +1970 ms/)
  expect(await ask('history', 'sessions')).toMatchObject({ items: [{ id: session, outcome: 'failed' }], cursor: null })
  expect(await show('history', 'sessions')).toMatch(new RegExp(`${session} +✗ failed .*the tests fail`))
})

test('a search that finds nothing says so', async () => {
  expect(await show('history', 'search', 'marmalade')).toContain('Nothing was found that says marmalade')
})

test('what is to be asked next is about the same project', async () => {
  await scene.owner.execute('task.create', { task: newId('task'), title: 'Mend the payments parser' })
  const about = ['--project', scene.project]
  const elsewhere = { ...env, MAESTRO_PROJECT_ID: '' }
  for (const argv of [
    ['history', 'search', 'payments', '--limit', '1'],
    ['undo', '--list'],
    ['undo', '--dry-run'],
  ]) {
    const { data } = envelope(await say([...argv, ...about, '--json'], { env: elsewhere }))
    expect((data as unknown as { next: string[] }).next[0]).toContain(` --project ${scene.project}`) // by the CLI's envelope
  }
})

test('entries are filtered by the beginning of their type, and a type that there is not is told', async () => {
  const { entries } = await scene.owner.askProject('entry.list', { since: 0, type: 'hook:tool_f', limit: 1_000 })
  expect(entries.map(({ type }) => type)).toEqual(['hook:tool_failure'])
  const refused = scene.owner.askProject('entry.list', { type: 'hok' })
  await expect(refused).rejects.toMatchObject({ code: 'invalid_input', help: { field: 'type' } })
})

test('how long history is kept is set, shown, and taken back', async () => {
  expect(await ask('project', 'edit', '--retention', '30')).toMatchObject({ retention: 30 })
  expect(await show('project', 'show')).toMatch(/history +kept 30 days/)
  expect(await ask('project', 'edit', '--retention', 'forever')).toMatchObject({ retention: null })
  expect(envelope(await say(['project', 'edit', '--retention', 'long', '--json'], { env }))).toMatchObject({
    error: 'invalid_input',
    field: 'retention',
  })
})

test('when a session is lost whose machine is away is set, and shown', async () => {
  expect(await ask('project', 'edit', '--lost-after', '90s')).toMatchObject({ lostAfter: 90 })
  expect(await show('project', 'show')).toMatch(/lost +sessions whose machine is away for 90s/)
  expect(await ask('project', 'edit', '--lost-after', '5m')).toMatchObject({ lostAfter: 300 })
  expect(envelope(await say(['project', 'edit', '--lost-after', '40d', '--json'], { env }))).toMatchObject({
    error: 'invalid_input',
    field: 'lostAfter',
  })
})

test('a session that the project has forgotten is shown as history knows it', async () => {
  const { items } = await scene.owner.askProject('history.sessions', {})
  const state = JSON.stringify({ ...items[0]!, id: 'sess_00000001', name: 'of long ago' })
  const sql = 'INSERT INTO sessions (project, id, name, agent, outcome, state) VALUES (?, ?, ?, ?, ?, ?)'
  await edge.sql([{ sql, values: [scene.project, 'sess_00000001', 'of long ago', 'demo', 'failed', state] }])
  expect(await ask('session', 'show', 'sess_00000001')).toMatchObject({ name: 'of long ago', status: 'ended' })
  expect(envelope(await say(['session', 'show', 'sess_00000002', '--json'], { env })).error).toBe('session_not_found')
})
