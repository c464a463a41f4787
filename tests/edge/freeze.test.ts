import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { newId } from '../../client/ids.ts'
import { type TerminalFrame, terminalKinds } from '../../protocol/terminal.ts'
import { type Edge, startEdge } from './edge.ts'
import { joinTerminal, makeScene } from './scene.ts'

let edge: Edge
beforeAll(async () => {
  edge = await startEdge()
})
afterAll(() => edge.stop())

const bytes = (text: string) => new TextEncoder().encode(text)
const presenceOf = (frames: TerminalFrame[]) => {
  const last = frames.filter(({ kind }) => kind === terminalKinds.presence).at(-1)
  return last && JSON.parse(new TextDecoder().decode(last.bytes))
}
type Joined = ReturnType<typeof joinTerminal>
const patient = { timeout: 10_000 }
const seen = (one: Joined, wanted: object) =>
  vi.waitFor(() => expect(presenceOf(one.frames)).toMatchObject(wanted), patient)
const typed = ({ frames }: Joined) =>
  frames.filter(({ kind }) => kind === terminalKinds.input).map(({ bytes }) => new TextDecoder().decode(bytes))

test('in a frozen project nothing is asked for, claimed or given keys; what runs is heard; a thaw ends that', async () => {
  const { owner, spawner, me, run } = await makeScene(edge)
  const { agent, session: busy } = await run('orchestrator')
  const [claimed, asked] = [newId('sess'), newId('sess')]
  for (const session of [claimed, asked]) await owner.execute('session.spawn', { session, profile: 'demo' })
  await spawner.execute('session.claim', { session: claimed, spawner: me })

  await owner.execute('project.freeze', { reason: 'too many of them' })
  const frozen = { code: 'frozen', message: expect.stringContaining('too many of them') }
  await expect(owner.execute('session.spawn', { session: newId('sess') })).rejects.toMatchObject(frozen)
  await expect(agent.execute('session.spawn', { session: newId('sess') })).rejects.toMatchObject(frozen)
  await expect(spawner.execute('session.claim', { session: asked, spawner: me })).rejects.toMatchObject(frozen)
  await expect(spawner.askProject('session.keys', { session: claimed })).rejects.toMatchObject(frozen)
  await agent.execute('session.progress', { session: busy, text: 'Half way' })
  expect((await owner.query('project.show', {})).frozen).toMatchObject({ by: 'person:owner' })

  await owner.execute('project.thaw', {})
  await expect(spawner.askProject('session.keys', { session: claimed })).resolves.toHaveProperty('session')
})

test('neither an agent nor a machine freezes or thaws', async () => {
  const { spawner, run } = await makeScene(edge)
  const { agent } = await run('orchestrator')
  for (const client of [agent, spawner]) {
    await expect(client.execute('project.freeze', {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(client.execute('project.thaw', {})).rejects.toMatchObject({ code: 'forbidden' })
  }
})

test('a freeze takes control of a terminal from whoever types, and nobody gets it until the thaw', async () => {
  const { owner, spawner, run } = await makeScene(edge)
  const { session } = await run()
  const one = joinTerminal(owner, session)
  await seen(one, { viewers: 1 }) // a machine that comes before anybody watches is sent away
  const source = joinTerminal(spawner, session)
  await seen(one, { source: true })
  one.send({ kind: terminalKinds.take })
  await seen(one, { controller: 1 })
  one.send({ kind: terminalKinds.input, bytes: bytes('before') })
  await vi.waitFor(() => expect(typed(source)).toEqual(['before']), patient)

  await owner.execute('project.freeze', {})
  await seen(one, { controller: null, frozen: true })
  one.send({ kind: terminalKinds.input, bytes: bytes('in between') })
  one.send({ kind: terminalKinds.resize, cols: 40, rows: 10 })
  const late = joinTerminal(owner, session)
  await seen(late, { viewers: 2, frozen: true })
  late.send({ kind: terminalKinds.take })
  await seen(late, { controller: null, frozen: true })
  late.send({ kind: terminalKinds.input, bytes: bytes('late') })

  await owner.execute('project.thaw', {})
  await seen(late, { frozen: false })
  late.send({ kind: terminalKinds.take })
  await seen(late, { controller: 2 })
  late.send({ kind: terminalKinds.input, bytes: bytes('after') })
  await vi.waitFor(() => expect(typed(source)).toContain('after'), patient)
  expect(typed(source)).toEqual(['before', 'after'])
  expect(source.frames.some(({ kind }) => kind === terminalKinds.resize)).toBe(false)
  for (const { socket } of [one, late, source]) socket.stop()
})

test('a freeze outlives the server’s restart, at the relay too', async () => {
  const { owner, spawner, run } = await makeScene(edge)
  const { session } = await run()
  await owner.execute('project.freeze', { reason: 'for the night' })
  await edge.restart()
  expect((await owner.query('project.show', {})).frozen?.reason).toBe('for the night')
  const one = joinTerminal(owner, session)
  await seen(one, { viewers: 1 }) // a machine that comes before anybody watches is sent away
  const source = joinTerminal(spawner, session)
  await seen(one, { source: true, frozen: true }) // before anybody tries to type
  one.send({ kind: terminalKinds.take })
  await seen(one, { controller: null, frozen: true })
  for (const { socket } of [one, source]) socket.stop()
})

test('a session goes on where an ended one was, by REST', async () => {
  const { owner, spawner, run, me, project } = await makeScene(edge)
  const { session, agent } = await run()
  await agent.execute('session.register', { session, agentSession: 'b1a7f5a0-0000-4000-8000-000000000000' })
  await spawner.execute('session.end', { session, outcome: 'stopped' })
  const into = newId('sess')
  const ask = (id: string) =>
    fetch(`${edge.url}/api/projects/${project}/sessions/${session}/resume`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${edge.ownerKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ into: id, prompt: 'Go on' }),
    })
  // The scene's agent is the demo, which has no conversation to go on with.
  expect(await (await ask(into)).json()).toMatchObject({ success: false, error: 'conflict' })
  await spawner.execute('spawner.online', {
    ...{ spawner: me, name: 'studio', machine: 'studio', version: '0', capacity: 9, workspaces: ['scratch'] },
    profiles: [{ name: 'claude', agent: 'claude-code' }],
  })
  const first = newId('sess')
  await owner.execute('session.spawn', { session: first, profile: 'claude' })
  await spawner.execute('session.claim', { session: first, spawner: me })
  await spawner.execute('session.report', { session: first, status: 'running' })
  await owner.execute('session.register', { session: first, agentSession: 'b1a7f5a0-0000-4000-8000-000000000001' })
  await expect(owner.execute('session.resume', { session: first, into })).rejects.toMatchObject({
    code: 'wrong_status',
  })
  await spawner.execute('session.end', { session: first, outcome: 'completed' })
  await owner.execute('session.resume', { session: first, into, prompt: 'Go on' })
  expect(await owner.query('session.show', { session: into })).toMatchObject({
    ...{ resumes: first, target: me, prompt: 'Go on', agentSession: 'b1a7f5a0-0000-4000-8000-000000000001' },
  })
})
