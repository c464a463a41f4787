import { expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { edge, scene } from './parts/one-scene.ts'
import { joinTerminal } from './scene.ts'

test('an agent that asks without end is told to wait, and nobody else notices', async () => {
  const { agent } = await scene.run()
  const headers = { Authorization: `Bearer ${agent.options.key}` }
  const asked = await Promise.all(Array.from({ length: 700 }, () => fetch(`${edge.url}/api/whoami`, { headers })))
  const late = asked.filter(({ status }) => status === 429)
  expect(late.length).toBeGreaterThan(0)
  expect(asked.every(({ status }) => status === 200 || status === 429)).toBe(true)
  expect(late[0]!.headers.get('Retry-After')).toBe('1')
  expect(await late[0]!.json()).toMatchObject({ error: 'rate_limited', retryable: true })
  expect(await scene.owner.ask('whoami', {})).toMatchObject({ kind: 'person' })
  // A client waits as it was told, and then goes on.
  expect(await agent.ask('whoami', {})).toMatchObject({ kind: 'session' })
})

test('what a hook says of a duration stays a number that can be added', async () => {
  const { session } = await scene.run()
  const event = (ms: number) => ({
    ...{ id: newId('evt'), at: Date.now(), session, agent: 'claude-code', kind: 'tool_use', name: 'PostToolUse' },
    ...{ tool: 'Bash', summary: 'Bash', ms, payload: null },
  })
  const { results } = await scene.spawner.report([event(1e308), event(-5), event(7)])
  expect(results.map(({ result }) => result)).toEqual(['quarantined', 'quarantined', 'stored'])
  expect((await scene.owner.query('session.show', { session })).tools).toMatchObject({ Bash: { calls: 1, ms: 7 } })
})

test('a viewer that types a megabyte at once is cut off', async () => {
  const { session } = await scene.run()
  const socket = joinTerminal(scene.owner, session)
  await socket.until(({ kind }) => kind === 7)
  socket.send({ kind: 8 })
  await socket.until(({ kind, bytes }) => kind === 7 && /"controller":\d/.test(new TextDecoder().decode(bytes)))
  socket.send({ kind: 3, bytes: new Uint8Array(1_100_000) })
  await expect.poll(() => socket.socket.status).toMatchObject({ state: 'reconnecting', reason: 'too long' })
  socket.socket.stop()
})
