import { existsSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { liveHolder } from '../../local-spawner/holder-files.ts'
import { homeAt } from '../../local-spawner/home.ts'
import { readJournal } from '../../local-spawner/journal.ts'
import { listWorktrees } from '../../local-spawner/worktrees.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { git, repository } from './parts/repository.ts'

let edge: Edge
let client: Client
let viewer: Follower
let shop: string
let daemon: Daemon

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
  shop = repository(join(edge.home.root, 'src/shop'))
  allowScriptedAgent(edge.home, { more: `[workspace.shop]\npath = ${JSON.stringify(shop)}\n` })
})
afterEach(async () => {
  for (const { id } of Object.values(viewer.project().sessions)) {
    if (viewer.project().live[id]) await client.execute('session.stop', { session: id })
  }
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(viewer.project().sessions))
  await daemon.end()
})
afterAll(async () => {
  viewer.stop()
  await edge.stop()
})

async function spawn(script: string, more: { worktree?: boolean; name?: string } = {}): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', {
    session,
    profile: 'demo',
    workspace: 'shop',
    prompt: `script: ${script}`,
    ...more,
  })
  return session
}

const home = () => homeAt(edge.home.root)
const dirOf = (session: SessionId) => join(edge.home.sessions, session)
const go = (session: SessionId) => writeFileSync(join(dirOf(session), 'go'), '')
const isRunning = ({ status }: Session) => status === 'running'
const hasEnded = ({ status }: Session) => status === 'ended'
/** Where the program really is. */
const cwdOf = (session: SessionId) => readlinkSync(`/proc/${liveHolder(dirOf(session))!.childPid}/cwd`)
const names = async () => (await listWorktrees(home())).map(({ name }) => name)
const maestro = (line: string) => say(line.split(' '), { env: { MAESTRO_HOME: edge.home.root } })

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('a second session in a workspace works in a worktree of its own, says so, and takes it along when nothing came of it', async () => {
  daemon = await startDaemon(edge.home)
  const first = await spawn('until go; exit 0')
  await viewer.session(first, isRunning)
  const second = await spawn('until go; exit 0', { name: 'Sow beans' })
  await viewer.session(second, isRunning)
  const branch = `maestro/sow-beans-${second.slice(5)}`
  const { sessions } = viewer.project()
  expect(sessions[first]?.place).toEqual({ worktree: false, branch: 'main', note: null })
  expect(sessions[second]?.place).toEqual({ worktree: true, branch, note: null })
  const folder = join(home().worktrees, 'shop', branch.slice(8))
  expect([cwdOf(first), cwdOf(second)]).toEqual([shop, folder])
  expect(JSON.stringify(viewer.entries)).not.toContain(home().worktrees)
  for (const session of [first, second]) go(session)
  await viewer.session(second, hasEnded)
  await until(() => !existsSync(folder))
  await until(async () => (await names()).length === 0)
  expect(git(shop, 'branch', '--list').trim()).toBe('* main')
})

test('what a session has changed is kept, and is lost only when that is said', async () => {
  daemon = await startDaemon(edge.home)
  const session = await spawn('write found.txt; until go; exit 0', { worktree: true, name: 'Look' })
  await viewer.session(session, isRunning)
  const name = `look-${session.slice(5)}`
  await until(() => existsSync(join(home().worktrees, 'shop', name, 'found.txt')))
  expect((await maestro('worktree list')).out).toMatch(new RegExp(`${name} +shop +${session} running .*1 untracked`))
  expect(await maestro(`worktree clean ${name} --force`)).toMatchObject({
    code: 5,
    err: expect.stringContaining(`${session} is at work in ${name}`),
  })
  expect((await maestro('worktree clean')).out).toBe(`• ${name} is at work\n`)
  go(session)
  await viewer.session(session, hasEnded)
  await putAway(edge.home, [session])
  expect((await maestro('worktree clean')).out).toBe(`• ${name} is kept: it has 1 untracked file (found.txt)\n`)
  const { code, err } = await maestro(`worktree clean ${name}`)
  expect([code, err]).toEqual([
    5,
    expect.stringContaining(`This would be lost: ${name} has 1 untracked file (found.txt)`),
  ])
  expect(err).toContain(`maestro worktree clean ${name} --force`)
  expect(existsSync(join(home().worktrees, 'shop', name, 'found.txt'))).toBe(true)
  expect((await maestro(`worktree clean ${name} --force`)).out).toBe(`✓ ${name} is removed\n`)
  expect(git(shop, 'worktree', 'list').trim().split('\n')).toHaveLength(1)
  expect((await maestro('worktree list')).out).toBe('There are no worktrees\n')
})

test('the command line asks for a worktree or for none, and a session’s page says where it works', async () => {
  daemon = await startDaemon(edge.home)
  const project = client.options.project!
  const env = { MAESTRO_HOME: edge.home.root, MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: edge.ownerKey }
  const ask = (...words: string[]) => say(['session', ...words, '--project', project], { env })
  const what = ['spawn', '--profile', 'demo', '--workspace', 'shop', '--prompt', 'script: stay', '--name', 'Say it']
  const pages = {
    '--worktree': 'a worktree of its own, branch maestro/say-it-',
    '--no-worktree': 'the folder itself, on main',
  }
  for (const [flag, page] of Object.entries(pages)) {
    const { session } = envelope(await ask(...what, flag, '--json')).data
    await viewer.session(session, isRunning)
    expect((await ask('show', session)).out).toContain(`works in   ${page}`)
  }
})

describe('a daemon that is killed', () => {
  test('again and again while it makes worktrees gives no two sessions the same one, and leaves none behind', async () => {
    const sessions: SessionId[] = []
    for (const ms of [40, 120, 240]) {
      daemon = await startDaemon(edge.home)
      sessions.push(await spawn('exit 0', { worktree: true }), await spawn('exit 0', { worktree: true }))
      await new Promise((resolve) => setTimeout(resolve, ms)) // the moment is the point here
      await daemon.end('SIGKILL')
    }
    daemon = await startDaemon(edge.home)
    const ended = await Promise.all(sessions.map((session) => viewer.session(session, hasEnded)))
    for (const { outcome, reason } of ended) {
      if (outcome !== 'completed') expect(reason).toBe('the spawner died while starting it')
    }
    const roots = sessions.flatMap((session) => readJournal(dirOf(session))?.place?.root ?? [])
    expect(new Set(roots).size).toBe(roots.length)
    await putAway(edge.home, sessions)
    await until(async () => (await names()).length === 0)
    expect(git(shop, 'worktree', 'list').trim().split('\n')).toHaveLength(1)
    expect(git(shop, 'branch', '--list').trim()).toBe('* main')
  }, 60_000)
})
