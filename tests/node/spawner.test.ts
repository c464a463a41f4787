import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { findHolder } from '../../local-spawner/holder-client.ts'
import { liveHolder } from '../../local-spawner/holder-files.ts'
import { readJournal, writeJournal } from '../../local-spawner/journal.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon, startOrphan } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { isRunning as processIsThere } from './parts/sessions.ts'

let edge: Edge
let client: Client
let project: ProjectId
let viewer: Follower
let daemons: Daemon[] = []

beforeAll(async () => {
  edge = await startEdge()
  project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
  allowScriptedAgent(edge.home)
})
afterEach(async () => {
  for (const { id } of Object.values(viewer.project().sessions)) {
    if (viewer.project().live[id]) await client.execute('session.stop', { session: id })
  }
  if (daemons.length === 0) return
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(viewer.project().sessions))
  await Promise.all(daemons.map((daemon) => daemon.end()))
  daemons = []
})
afterAll(async () => {
  viewer.stop()
  await edge.stop()
})

async function start(): Promise<Daemon> {
  const daemon = await startDaemon(edge.home)
  daemons.push(daemon)
  return daemon
}

async function spawn(script: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile: 'demo', prompt: `script: ${script}` })
  return session
}

const dirOf = (session: SessionId) => join(edge.home.sessions, session)
const starts = (session: SessionId) =>
  readFileSync(join(dirOf(session), 'starts'), 'utf8')
    .trim()
    .split('\n').length
const go = (session: SessionId) => writeFileSync(join(dirOf(session), 'go'), '')
const isRunning = ({ status }: Session) => status === 'running'
const hasEnded = ({ status }: Session) => status === 'ended'

async function screen(session: SessionId): Promise<string> {
  const holder = await findHolder(dirOf(session))
  const { data } = await holder!.snapshot()
  holder!.close()
  return data
}

describe('a session that is asked for', () => {
  test('is claimed, opened, running and ended, and its task goes with it', async () => {
    await start()
    const [task, session] = [newId('task'), newId('sess')]
    await client.execute('task.create', { task, title: 'Plant a tree' })
    await client.execute('session.spawn', {
      session,
      tasks: [task],
      profile: 'demo',
      prompt: 'script: until go; exit 0',
    })
    await viewer.session(session, isRunning)
    expect(viewer.project().tasks[task]?.status).toBe('in_progress')
    go(session)
    expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'completed', exitCode: 0 })
    expect(viewer.project().tasks[task]?.status).toBe('in_review')
    expect(starts(session)).toBe(1)
  })

  test('fails with its exit code in the reason', async () => {
    await start()
    const session = await spawn('exit 3')
    const ended = await viewer.session(session, hasEnded)
    expect(ended).toMatchObject({ outcome: 'failed', exitCode: 3, reason: 'exited with code 3' })
  })

  test('gets its own key and command, and nothing of the daemon’s environment', async () => {
    const daemon = await startDaemon(edge.home, { AWS_SECRET_ACCESS_KEY: 'canary-1', MAESTRO_REMOTE: 'canary-2' })
    daemons.push(daemon)
    const session = await spawn('env AWS_SECRET_ACCESS_KEY; env MAESTRO_REMOTE; env MAESTRO_SESSION_ID; env PATH; stay')
    await viewer.session(session, isRunning)
    const seen = await until(async () => {
      const text = await screen(session)
      return text.includes('PATH=') && text
    })
    expect(seen).toContain('AWS_SECRET_ACCESS_KEY=\r\nMAESTRO_REMOTE=\r\n')
    expect(seen).toContain(`MAESTRO_SESSION_ID=${session}`)
    expect(seen.replaceAll(/\s/g, '')).toContain(`PATH=${dirOf(session)}/bin:`)
    expect(daemon.log()).not.toMatch(/canary|mst_/)
  })

  test('ten at once all run, each once', async () => {
    await start()
    const all = await Promise.all(Array.from({ length: 10 }, () => spawn('until go; exit 0')))
    await Promise.all(all.map((session) => viewer.session(session, isRunning)))
    for (const session of all) go(session)
    const ended = await Promise.all(all.map((session) => viewer.session(session, hasEnded)))
    expect(ended.map(({ outcome }) => outcome)).toEqual(all.map(() => 'completed'))
    expect(all.map(starts)).toEqual(all.map(() => 1))
  })
})

describe('stopping a session', () => {
  test('ends its program and all that it left behind', async () => {
    await start()
    const session = await spawn('child; stay')
    await viewer.session(session, isRunning)
    const child = await until(async () => /child (\d+)\./.exec(await screen(session))?.[1])
    await client.execute('session.stop', { session })
    expect(await viewer.session(session, hasEnded)).toMatchObject({
      outcome: 'stopped',
      reason: 'stopped by person:owner',
    })
    await until(() => !existsSync(`/proc/${child}`))
  })
})

describe('a daemon that is killed', () => {
  test('leaves its agents alive, and the next one takes them over: nothing starts twice, nothing is lost', async () => {
    const first = await start()
    const session = await spawn('say before; until go; say after; until gone; exit 0')
    await viewer.session(session, isRunning)
    await first.end('SIGKILL')
    go(session)
    const second = await start()
    expect(second.log()).toContain(`${session} running`)
    await until(async () => /before[\s\S]*after/.test(await screen(session)))
    writeFileSync(join(dirOf(session), 'gone'), '')
    expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'completed' })
    expect(starts(session)).toBe(1)
  })

  test('is told of what ended while it was away', async () => {
    const first = await start()
    const session = await spawn('until go; exit 7')
    await viewer.session(session, isRunning)
    await first.end('SIGKILL')
    go(session)
    await until(() => existsSync(join(dirOf(session), 'exit.json')))
    await start()
    expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'failed', exitCode: 7 })
  })

  test('in the middle of a start gives the session up, and does not start it again', async () => {
    const session = await spawn('exit 0')
    mkdirSync(dirOf(session))
    writeJournal(dirOf(session), { state: 'starting', at: Date.now(), project, session, profile: 'demo' })
    await start()
    const ended = await viewer.session(session, hasEnded)
    expect(ended).toMatchObject({ outcome: 'failed', reason: 'the spawner died while starting it' })
    await until(() => readJournal(dirOf(session))?.state === 'over')
    expect(existsSync(join(dirOf(session), 'starts'))).toBe(false)
  })

  test('again and again while it starts sessions, starts none of them twice and leaves none hanging', async () => {
    const sessions: SessionId[] = []
    for (const ms of [40, 80, 120, 160, 240, 320]) {
      const daemon = await start()
      sessions.push(await spawn('exit 0'), await spawn('exit 0'))
      await new Promise((resolve) => setTimeout(resolve, ms)) // the moment is the point here
      await daemon.end('SIGKILL')
    }
    await start()
    const ended = await Promise.all(sessions.map((session) => viewer.session(session, hasEnded)))
    expect(sessions.filter((session) => existsSync(join(dirOf(session), 'starts')) && starts(session) > 1)).toEqual([])
    for (const { outcome, reason } of ended) {
      if (outcome !== 'completed') expect(reason).toBe('the spawner died while starting it')
    }
  })
})

describe('a holder that is killed', () => {
  /** An agent that minds no hang-up, its child that does not either, and what holds them. */
  async function stubborn() {
    const session = await spawn('ignore; child; stay')
    await viewer.session(session, isRunning)
    const [, agent, child] = await until(
      async () => /agent (\d+)\.[\s\S]*child (\d+)\./.exec(await screen(session)) ?? false,
    )
    return { session, pids: [agent, child], holder: liveHolder(dirOf(session))!.pid }
  }
  const left = (pids: (string | undefined)[]) => pids.filter((pid) => processIsThere(Number(pid)))

  test('takes its agent with it before anybody hears that the session is lost, whatever signals it ignores', async () => {
    await start()
    const { session, pids, holder } = await stubborn()
    process.kill(holder, 'SIGKILL')
    const { outcome, reason } = await viewer.session(session, hasEnded)
    expect([outcome, reason]).toEqual(['lost', 'what held its terminal died'])
    expect(left(pids)).toEqual([])
  })

  test('while the daemon was dead as well takes it along as soon as there is another', async () => {
    const first = await start()
    const { session, pids, holder } = await stubborn()
    await first.end('SIGKILL')
    process.kill(holder, 'SIGKILL')
    await start()
    const { outcome, reason } = await viewer.session(session, hasEnded)
    expect([outcome, reason]).toEqual(['lost', 'what held its terminal is gone'])
    expect(left(pids)).toEqual([])
  })

  test('after its program had ended leaves nothing of what that started', async () => {
    await start()
    const session = await spawn('child; until go; exit 0')
    await viewer.session(session, isRunning)
    const child = await until(async () => /child (\d+)\./.exec(await screen(session))?.[1])
    const { pid } = liveHolder(dirOf(session))!
    go(session)
    await viewer.session(session, hasEnded)
    process.kill(pid, 'SIGKILL') // it still asks the child to go
    await until(() => readJournal(dirOf(session))?.state === 'over')
    expect(left([child])).toEqual([])
  })
})

describe('the policy', () => {
  test('that others may change keeps the daemon from starting, and it says how to mend that', async () => {
    chmodSync(edge.home.policy, 0o666)
    await expect(startDaemon(edge.home)).rejects.toThrow(`chmod 600 ${edge.home.policy}`)
    chmodSync(edge.home.policy, 0o600)
  })

  test('is announced again when it changes', async () => {
    await start()
    allowScriptedAgent(edge.home, { more: `[workspace.garden]\npath = ${JSON.stringify(edge.home.scratch)}\n` })
    await viewer.until(({ spawners }) => Object.values(spawners)[0]?.workspaces.includes('garden'))
    allowScriptedAgent(edge.home)
    await viewer.until(({ spawners }) => Object.values(spawners)[0]?.workspaces.length === 1)
  })
})

test('a daemon whose parent dies before it is ready goes on, and thinks nothing of it', async () => {
  const { child, log } = startOrphan(edge.home)
  const session = await spawn('exit 0')
  expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'completed' })
  await until(() => log().includes('nobody hears that it is ready'))
  expect(log()).not.toContain('unexpected')
  child.kill()
  await once(child, 'exit')
})

test('a project that is named and not there keeps nobody waiting', async () => {
  const ghost = newId('proj')
  const add = { sql: 'INSERT INTO projects (id, name, created_at) VALUES (?, ?, ?)', values: [ghost, 'Ghost', 1] }
  await edge.sql([add])
  await start()
  const session = await spawn('exit 0')
  expect(await viewer.session(session, hasEnded)).toMatchObject({ outcome: 'completed' })
  await edge.sql([{ sql: 'DELETE FROM projects WHERE id = ?', values: [ghost] }])
})

test('a home has one daemon, and the second says who that is', async () => {
  const { pid } = await start()
  await expect(startDaemon(edge.home)).rejects.toThrow(`A spawner already runs with ${edge.home.root}: process ${pid}`)
})

/** Looks every few ms, for what tells nobody when it happens. */
async function until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | false>> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false> // just looked
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
