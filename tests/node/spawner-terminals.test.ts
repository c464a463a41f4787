import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { findHolder } from '../../local-spawner/holder-client.ts'
import { longId, type ProjectId, type SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { TerminalViewer } from './parts/terminal-viewer.ts'

let edge: Edge
let daemon: Daemon
let client: Client
let project: ProjectId
let events: Follower
let watching: TerminalViewer[] = []

beforeAll(async () => {
  edge = await startEdge()
  project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  allowScriptedAgent(edge.home)
  daemon = await startDaemon(edge.home)
  events = follow(client)
})
afterEach(() => {
  for (const viewer of watching) viewer.stop()
  watching = []
})
afterAll(async () => {
  for (const id of Object.keys(events.project().live))
    await client.execute('session.stop', { session: id as SessionId })
  await events.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(events.project().sessions))
  events.stop()
  await daemon.end()
  await edge.stop()
})

async function run(script: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile: 'demo', prompt: `script: ${script}` })
  await events.session(session, ({ status }) => status !== 'spawning')
  return session
}

function watch(session: SessionId): TerminalViewer {
  const viewer = new TerminalViewer(client, session)
  watching.push(viewer)
  return viewer
}

const go = (session: SessionId, name = 'go') => writeFileSync(join(edge.home.sessions, session, name), '')
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`).join('\n')

describe('watching a terminal', () => {
  test('shows the screen as it is, then what comes, then how it ended', async () => {
    const session = await run('say hello; until go; say goodbye; until end; exit 4')
    const viewer = watch(session)
    await viewer.until(() => viewer.text.includes('hello'))
    go(session)
    await viewer.until(() => viewer.text.includes('goodbye'))
    go(session, 'end')
    await viewer.until(() => viewer.exit)
    expect(viewer.exit).toEqual({ code: 4, signal: null })
    expect(viewer.gaps).toBe(0)
  })

  test('shows a late viewer the same as an early one, and no output twice', async () => {
    const session = await run('flood 200; until go; flood 300; until end; exit 0')
    const early = watch(session)
    await early.until(() => early.text.includes('line 200'))
    go(session)
    const late = watch(session)
    await Promise.all([early, late].map((viewer) => viewer.until(() => viewer.text.includes('line 300'))))
    go(session, 'end')
    await Promise.all([early, late].map((viewer) => viewer.until(() => viewer.exit)))
    expect(late.text.trim()).toBe(early.text.trim())
    expect(early.text).toContain(`${lines(150, 200)}\n${lines(1, 300)}`)
    expect([early.gaps, late.gaps]).toEqual([0, 0])
  })

  test('still shows the last screen when its program has long ended', async () => {
    const session = await run('say the end; exit 0')
    await events.session(session, ({ status }) => status === 'ended')
    const viewer = watch(session)
    await viewer.until(() => viewer.exit && viewer.text.includes('the end'))
    expect(viewer.exit).toEqual({ code: 0, signal: null })
  })

  test('keeps up with a flood, without a gap', async () => {
    const session = await run('until go; flood 100000; stay')
    const viewer = watch(session)
    await viewer.until(() => viewer.screen)
    go(session)
    await viewer.until(() => viewer.shown.includes('line 100000'))
    expect(viewer.text).toContain(lines(99_000, 100_000))
    expect(viewer.gaps).toBe(0)
  })

  test('does not start again because another comes while much is on its way', async () => {
    const session = await run('until go; flood 60000; say over; stay')
    const first = watch(session)
    await first.until(() => first.screen)
    process.kill(daemon.pid, 'SIGSTOP') // all that is printed now waits
    const holder = (await findHolder(join(edge.home.sessions, session)))!
    go(session)
    await vi.waitFor(async () => expect((await holder.snapshot(0)).offset).toBeGreaterThan(550_000), 20_000)
    holder.close()
    const second = watch(session)
    await second.until(() => second.presence?.viewers === 2)
    process.kill(daemon.pid, 'SIGCONT')
    await Promise.all([first, second].map((viewer) => viewer.until(() => viewer.shown.includes('over'))))
    const undisturbed = { gaps: 0, snapshots: 1 }
    expect([first, second].map(({ gaps, snapshots }) => ({ gaps, snapshots }))).toEqual([undisturbed, undisturbed])
    expect(second.shown).toBe(first.shown)
  })

  test('goes on after the daemon was killed', async () => {
    const session = await run('say one; until go; say two; stay')
    const viewer = watch(session)
    await viewer.until(() => viewer.text.includes('one'))
    await daemon.end('SIGKILL')
    await viewer.until(() => viewer.presence?.source === false)
    go(session)
    daemon = await startDaemon(edge.home)
    await viewer.until(() => viewer.text.includes('two'))
    expect(viewer.text).toContain('one\ntwo')
  })
})

describe('typing into a terminal', () => {
  test('reaches the program only from the one in control, who also sets the size for all', async () => {
    const session = await run('say ready; ask; stay')
    const [one, two] = [watch(session), watch(session)]
    await Promise.all([one, two].map((viewer) => viewer.until(() => viewer.text.includes('ready'))))
    two.type('n')
    await one.take()
    one.resize(90, 20)
    await two.until(() => two.screen?.cols === 90 && two.screen.rows === 20)
    expect(two.text).not.toContain('thanks')
    one.type('y')
    await two.until(() => two.text.includes('thanks'))
  })

  test('sealed with a key that the machine has not is refused there: not one byte of it is typed', async () => {
    const session = await run('say ready; ask; stay')
    const viewer = watch(session)
    await viewer.until(() => viewer.text.includes('ready'))
    await viewer.take()
    viewer.type('y', { sealed: true })
    viewer.resize(91, 21) // what comes after it is heard
    await viewer.until(() => viewer.screen?.cols === 91)
    await expect.poll(daemon.log).toContain('typing was refused: it is encrypted')
    expect(viewer.text).not.toContain('thanks')
    viewer.type('y')
    await viewer.until(() => viewer.text.includes('thanks'))
  })

  test('answers what the agent waits for: the session runs again, though no hook says so', async () => {
    const session = await run('say may I?; ask; stay')
    const viewer = watch(session)
    await viewer.until(() => viewer.text.includes('may I?'))
    await permission(session)
    await events.session(session, ({ status }) => status === 'waiting')
    await viewer.take()
    viewer.type('\x1b')
    expect(await events.session(session, ({ status }) => status === 'running')).toMatchObject({ needsYou: null })
  })

  test('is refused by a machine whose policy does not allow it', async () => {
    allowScriptedAgent(edge.home)
    const session = await run('say ready; ask; stay')
    const viewer = watch(session)
    await viewer.until(() => viewer.text.includes('ready'))
    allowScriptedAgent(edge.home, { typing: false })
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === false)
    await viewer.take()
    viewer.type('y')
    await viewer.until(() => viewer.presence?.refused && viewer.presence.controller === null)
    await viewer.take()
    viewer.resize(70, 10)
    await viewer.until(() => viewer.presence?.controller === null)
    allowScriptedAgent(edge.home)
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === true)
    await viewer.take()
    expect(viewer.presence?.refused).toBe(false)
    viewer.resize(80, 20)
    await viewer.until(() => viewer.screen?.cols === 80)
    expect(viewer.text).not.toContain('thanks')
  })
})

async function permission(session: SessionId): Promise<void> {
  const id = longId('evt', Date.now(), crypto.getRandomValues(new Uint8Array(10)))
  const needs = { kind: 'permission', message: 'Bash rm -rf /' }
  const event = { id, at: Date.now(), session, agent: 'demo', kind: 'permission', name: 'PermissionRequest' }
  const spawner = new Client({ url: edge.url, key: edge.spawnerKey, project })
  await spawner.report([{ ...event, needs, summary: 'asks', payload: {} }])
}
