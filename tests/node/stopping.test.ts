import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { findHolder } from '../../local-spawner/holder-client.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { isRunning as isThere } from './parts/sessions.ts'

let edge: Edge
let client: Client
let viewer: Follower
let daemon: Daemon | undefined
let env: Record<string, string>

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
  allowScriptedAgent(edge.home)
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_API_URL: edge.url, MAESTRO_PROJECT_ID: project }
})
afterEach(async () => {
  await maestro('panic --over')
  await client.execute('project.thaw', {})
  for (const id of Object.keys(viewer.project().live))
    await client.execute('session.stop', { session: id as SessionId })
  daemon ??= await startDaemon(edge.home)
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(viewer.project().sessions))
  await daemon.end()
  daemon = undefined
})
afterAll(async () => {
  viewer.stop()
  await edge.stop()
})

const maestro = async (line: string) => envelope(await say([...line.split(' '), '--json'], { env }))
const start = async () => {
  daemon = await startDaemon(edge.home)
}
const dirOf = (session: SessionId) => join(edge.home.sessions, session)
const isRunning = ({ status }: Session) => status === 'running'
const hasEnded = ({ status }: Session) => status === 'ended'

async function spawn(script: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile: 'demo', prompt: `script: ${script}` })
  return session
}

async function running(script: string): Promise<SessionId> {
  const session = await spawn(script)
  await viewer.session(session, isRunning)
  return session
}

/** The number that stands behind `word` on its screen, once it does. */
async function pidOf(session: SessionId, word: string): Promise<number> {
  const holder = await findHolder(dirOf(session))
  try {
    return await vi.waitFor(async () => {
      const [, pid] = new RegExp(`${word} (\\d+)\\.`).exec((await holder!.snapshot()).data) ?? []
      expect(pid).toBeDefined()
      return Number(pid)
    }, 10_000)
  } finally {
    holder!.close()
  }
}

test('a stop ends programs that ignore it, what left them, and what they start over it, before anybody hears of the end', async () => {
  await start()
  const [stubborn, breeding] = [await running('child; ignore; stay'), await running('breed; stay')]
  const pids = [await pidOf(stubborn, 'agent'), await pidOf(stubborn, 'child'), await pidOf(breeding, 'breeds')]
  expect(pids.map(isThere)).toEqual([true, true, true])
  await maestro(`session stop ${stubborn}`)
  await maestro(`session stop ${breeding}`)
  expect(await viewer.session(stubborn, hasEnded)).toMatchObject({ outcome: 'stopped' })
  expect(pids.slice(0, 2).map(isThere)).toEqual([false, false])
  expect(await viewer.session(breeding, hasEnded)).toMatchObject({ outcome: 'stopped' })
  const bred = readFileSync(join(dirOf(breeding), 'bred'), 'utf8')
    .trim()
    .split('\n')
    .map(Number)
  expect([...bred, pids[2]!].map(isThere)).not.toContain(true)
})

describe('a panic', () => {
  test('ends all that runs here and freezes the project; the project hears why, and nothing starts until it is over', async () => {
    await start()
    const sessions = [await running('child; ignore; stay'), await running('stay')]
    const pids = [await pidOf(sessions[0]!, 'agent'), await pidOf(sessions[0]!, 'child')]
    const { data } = await maestro('panic --reason fire')
    expect(data).toMatchObject({ ok: true, left: [], server: null, frozen: [client.options.project] })
    expect([...(data as unknown as { ended: string[] }).ended].sort()).toEqual([...sessions].sort())
    expect(pids.map(isThere)).toEqual([false, false])
    for (const session of sessions) {
      expect(await viewer.session(session, hasEnded)).toMatchObject({
        outcome: 'stopped',
        reason: 'stopped by a panic on this machine',
      })
    }
    await viewer.until(({ spawners }) =>
      Object.values(spawners).some(({ capacity, typing }) => capacity === 0 && !typing),
    )
    const status = await maestro('status')
    expect(status.data).toMatchObject({
      project: { frozen: { reason: 'panic: fire' } },
      troubles: [expect.stringContaining('maestro panic --over')],
    })

    await client.execute('project.thaw', {}) // somebody elsewhere thinks that it is over
    const waiting = await spawn('stay')
    expect(await maestro('panic')).toMatchObject({ data: { ok: true, ended: [] } }) // a second one finds nothing to do
    await client.execute('project.thaw', {})
    expect(viewer.project().sessions[waiting]?.status).toBe('spawning')
    await maestro('panic --over')
    await viewer.session(waiting, isRunning)
  })

  test('needs neither server nor daemon; the daemon that comes later tells how they ended', async () => {
    await start()
    const session = await running('child; ignore; stay')
    const pids = [await pidOf(session, 'agent'), await pidOf(session, 'child')]
    await daemon!.end('SIGKILL')
    daemon = undefined
    const said = await say(['panic', '--json'], { env: { ...env, MAESTRO_API_URL: 'http://127.0.0.1:1' } })
    expect(envelope(said)).toMatchObject({ data: { ok: true, ended: [session], frozen: [] } })
    expect(envelope(said).data).toHaveProperty('server', expect.any(String))
    expect(pids.map(isThere)).toEqual([false, false])
    expect(viewer.project().sessions[session]?.status).toBe('running') // nobody could tell yet

    await start()
    expect(await viewer.session(session, hasEnded)).toMatchObject({
      outcome: 'stopped',
      reason: 'stopped by a panic on this machine',
    })
    const next = await spawn('stay')
    await viewer.until(({ spawners }) => Object.values(spawners).some(({ capacity }) => capacity === 0))
    expect(existsSync(dirOf(next))).toBe(false)
    await maestro('panic --over')
    await viewer.session(next, isRunning)
  })
})

describe('a freeze', () => {
  test('with --stop ends what runs; without it that goes on, takes no prompt, and nothing is started', async () => {
    await start()
    const session = await running('read; stay')
    expect((await maestro('project freeze --reason enough')).data).toMatchObject({ stopped: [] })
    expect(await maestro(`session send ${session} hello --now`)).toMatchObject({
      error: 'frozen',
      suggestion: 'maestro project thaw',
    })
    expect(await maestro('session spawn --profile demo')).toMatchObject({ error: 'frozen' })
    expect((await maestro('project show')).data).toMatchObject({ frozen: { reason: 'enough' } })
    expect(viewer.project().sessions[session]?.status).toBe('running')
    expect((await maestro('project freeze --stop')).data).toMatchObject({ stopped: [session] })
    await viewer.session(session, hasEnded)
    expect((await maestro('project thaw')).data).toMatchObject({ entries: [{ type: 'project:updated' }] })
  })
})
