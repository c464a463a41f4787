import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import { edge, scene } from './parts/one-scene.ts'

const event = (fields: Partial<HookEvent>): HookEvent => ({
  ...{
    id: newId('evt'),
    at: Date.now(),
    agent: 'claude-code',
    kind: 'tool_use',
    name: 'PostToolUse',
    summary: 'Bash npm test',
    payload: {},
  },
  ...fields,
})
const fixtures = join(import.meta.dirname, '../claude-code/fixtures')

test("every real payload is taken in as it is posted, and is the key's session's whatever it says", async () => {
  const { session, hook } = await scene.run()
  const files = readdirSync(fixtures)
  for (const file of files) {
    const headers = {
      Authorization: `Bearer ${hook.options.key}`,
      'Content-Type': 'application/json',
      'Maestro-Agent': 'claude-code',
      'Maestro-Session': 'sess_00000000',
    }
    const response = await fetch(`${edge.url}/api/webhooks/hook-event`, {
      method: 'POST',
      headers,
      body: readFileSync(join(fixtures, file)),
    })
    expect(await response.json()).toMatchObject({ success: true, data: { results: [{ result: 'stored' }] } })
  }
  const { entries } = await scene.owner.askProject('entry.list', { session, limit: 1000 })
  const heard = entries.filter(({ type }) => type.startsWith('hook:'))
  expect(heard).toHaveLength(files.length)
  expect(heard.every(({ data }) => 'session' in data && data.session === session)).toBe(true)
})

test('a batch is answered item by item, and a poisonous one does not stop the others', async () => {
  const { session } = await scene.run()
  const [one, two] = [
    event({ session, tool: 'Bash', ms: 7 }),
    event({ session, tool: 'Bash', kind: 'tool_failure', ms: 9 }),
  ]
  const poison = [null, 42, { id: 'evt_bad' }, event({ summary: 'x'.repeat(10_000) })]
  const { results } = await scene.spawner.report([one, ...poison, two])
  expect(results.map(({ result }) => result)).toEqual(['stored', ...poison.map(() => 'quarantined'), 'stored'])
  expect((await scene.spawner.report([one, two])).results.map(({ result }) => result)).toEqual([
    'duplicate',
    'duplicate',
  ])
  const { tools } = await scene.owner.query('session.show', { session })
  expect(tools).toEqual({ Bash: { calls: 2, failures: 1, ms: 16, lastMs: 9 } })
})

test('an id that is no text, or one event twice in a batch, disturbs nothing else', async () => {
  const { session } = await scene.run()
  const twice = event({ session, tool: 'Edit' })
  const { results } = await scene.spawner.report([{ id: { toString: 1 } }, twice, twice, event({ session })])
  expect(results.map(({ result }) => result)).toEqual(['quarantined', 'stored', 'duplicate', 'stored'])
})

test('the id that a header gives is for one event, never for all of a batch', async () => {
  const { hook } = await scene.run()
  const headers = {
    ...{ Authorization: `Bearer ${hook.options.key}`, 'Content-Type': 'application/json' },
    'Maestro-Event-Id': newId('evt'),
  }
  const post = async (body: object) => {
    const response = await fetch(`${edge.url}/api/webhooks/hook-event`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const { data } = (await response.json()) as { data: { results: { result: string }[] } }
    return data.results.map(({ result }) => result)
  }
  const raw = { hook_event_name: 'Stop' }
  expect(await post({ events: [raw, raw] })).toEqual(['stored', 'stored'])
  expect([await post(raw), await post(raw)]).toEqual([['stored'], ['duplicate']])
})

test('a permission request shows as needing somebody, until the next event of any kind', async () => {
  const { session } = await scene.run()
  const report = (fields: Partial<HookEvent>) => scene.spawner.report([event({ session, ...fields })])
  await report({ kind: 'permission', needs: { kind: 'permission', message: 'Bash: touch made.txt' } })
  expect(await scene.owner.query('session.show', { session })).toMatchObject({
    status: 'waiting',
    needsYou: { message: 'Bash: touch made.txt' },
  })
  await report({ kind: 'tool_use' })
  expect(await scene.owner.query('session.show', { session })).toMatchObject({ status: 'running', needsYou: null })
})

test("a machine's word counts for its own sessions only; what is nobody's is kept as unmanaged", async () => {
  const { session } = await scene.run()
  const other = await scene.owner.ask('key.create', { kind: 'spawner', name: 'another machine' })
  const { results } = await scene.owner
    .with({ key: other.key })
    .report([
      event({ session, agentSession: 'theirs', tool: 'Edit' }),
      event({ agentSession: 'by-hand', tool: 'Read' }),
    ])
  expect(results).toMatchObject([{ result: 'stored' }, { result: 'stored' }])
  const { items } = await scene.owner.query('session.list', {})
  expect(items.find(({ id }) => id === session)!.tools).toEqual({})
  expect(items.filter(({ managed }) => !managed)).toMatchObject([
    { agentSession: 'by-hand', tools: { Read: { calls: 1 } } },
  ])
})

test('no secret that a hook lets slip is kept', async () => {
  const { session, hook } = await scene.run()
  const secret = `ghp_${'a1B2'.repeat(9)}`
  const payload = {
    hook_event_name: 'PreToolUse',
    session_id: 'x',
    tool_name: 'Bash',
    tool_input: { command: `curl -H "Authorization: token ${secret}" https://example.com` },
  }
  const headers = { Authorization: `Bearer ${hook.options.key}`, 'Content-Type': 'application/json' }
  await fetch(`${edge.url}/api/webhooks/hook-event`, { method: 'POST', headers, body: JSON.stringify(payload) })
  await scene.spawner.report([
    event({ session, summary: `Bash echo ${secret}`, payload: { tool_input: { command: secret } } }),
  ])
  const { entries } = await scene.owner.askProject('entry.list', { session })
  expect(entries.some(({ type }) => type === 'hook:tool_start')).toBe(true)
  expect(JSON.stringify(entries)).not.toContain(secret)
})

test('what a session did is found with it, what its agent did by the command line too', async () => {
  const { session, task, agent } = await scene.run()
  await agent.execute('subtask.create', { task, subtask: newId('sub'), title: 'One step' })
  const { entries } = await scene.owner.askProject('entry.list', { session })
  expect(entries.map(({ type }) => type)).toContain('subtask:created')
})

test('the key of a session ends with it', async () => {
  const { session, task, agent } = await scene.run()
  await agent.execute('session.progress', { session, text: 'half way' })
  await agent.execute('task.complete', { task, summary: 'done' })
  await scene.spawner.execute('session.end', { session, outcome: 'completed', exitCode: 0 })
  await expect(agent.execute('session.progress', { session, text: 'more' })).rejects.toMatchObject({
    code: 'credentials_ended',
  })
})

test('an agent changes its own tasks and no others, and only one who plans starts others', async () => {
  const [one, two, planner] = [await scene.run(), await scene.run(), await scene.run('orchestrator')]
  await expect(one.agent.execute('task.complete', { task: two.task })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(one.agent.execute('session.spawn', { session: newId('sess') })).rejects.toMatchObject({
    code: 'forbidden',
  })
  await expect(one.agent.execute('session.stop', { session: two.session })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(one.agent.ask('key.create', { name: 'mine' })).rejects.toMatchObject({ code: 'forbidden' })
  const child = newId('sess')
  await planner.agent.execute('session.spawn', { session: child, profile: 'demo' })
  expect(await scene.owner.query('session.show', { session: child })).toMatchObject({
    parent: planner.session,
    status: 'spawning',
  })
})
