import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { ensureHome, type Home, homeAt, writeJson } from '../../embedded/home.ts'
import { findHolder } from '../../local-spawner/holder-client.ts'
import type { SessionId, SpawnerId } from '../../protocol/ids.ts'
import { kindOf } from '../../protocol/keys.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, type Said, say } from './cli.ts'
import { allowScriptedAgent, type Daemon, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let client: Client
let viewer: Follower
const homes: Home[] = []
const daemons: Daemon[] = []

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
})
afterAll(async () => {
  viewer.stop()
  await Promise.all(daemons.map((daemon) => daemon.end()))
  for (const home of homes)
    await Promise.all(readdirSync(home.sessions).map((name) => endHolder(join(home.sessions, name))))
  await edge.stop()
})

/** What runs on a machine that was revoked runs on: nobody tells it anything any more. */
async function endHolder(dir: string): Promise<void> {
  const holder = await findHolder(dir)
  if (!holder) return
  await new Promise<void>((resolve) => {
    holder.onExit(() => resolve())
    holder.end(0)
  })
  holder.release()
}

type World = { home?: Home; stdin?: string; confirm?: (question: string) => Promise<string> }
const cli = (line: string, { home = edge.home, ...world }: World = {}) =>
  say(line.split(' '), { ...world, env: { MAESTRO_HOME: home.root } })
type Answer = { key: string; spawner: SpawnerId; session: SessionId; waits: string | null }
/** What a command answered, which all of these tests look at as they need it. */
const dataOf = (said: Said) => {
  if (said.code !== 0) throw new Error(said.out + said.err)
  return envelope(said).data as unknown as Answer
}
const invited = async (name: string): Promise<string> => dataOf(await cli(`spawner invite --name ${name} --json`)).key

/** Another machine: a home of its own, joined by what a person would type. */
async function joined(name: string, labels: string[] = []): Promise<{ home: Home; spawner: SpawnerId }> {
  const home = homeAt(emptyFolder())
  ensureHome(home)
  allowScriptedAgent(home, { labels, typing: false })
  const stdin = `${await invited(name)}\n`
  const { spawner } = dataOf(await cli(`spawner join ${edge.url} --key-stdin --yes Garden --json`, { home, stdin }))
  homes.push(home)
  return { home, spawner }
}
async function start(home: Home): Promise<Daemon> {
  const daemon = await startDaemon(home)
  daemons.push(daemon)
  return daemon
}
const online = (spawner: SpawnerId) => viewer.until(({ spawners }) => spawners[spawner]?.status === 'online')
const spawn = async (...on: string[]) => {
  const line = ['session', 'spawn', '--profile', 'demo', '--prompt', 'script: stay', ...on, '--json']
  return dataOf(await say(line, { env: { MAESTRO_HOME: edge.home.root } })).session
}
const running = (session: SessionId) => viewer.session(session, ({ status }) => status === 'running')

test('two further machines join with one-use keys, and sessions go where they are meant to', async () => {
  const [plain, fast] = [await joined('plain'), await joined('fast', ['gpu'])]
  const { keys, config } = fast.home
  const kept = JSON.parse(readFileSync(keys, 'utf8')) as { spawner: string }
  expect([statSync(keys).mode & 0o777, kindOf(kept.spawner)]).toEqual([0o600, 'spawner'])
  expect(JSON.parse(readFileSync(config, 'utf8'))).toMatchObject({ url: edge.url })

  const early = await spawn('--on', 'fast')
  expect(dataOf(await cli(`session show ${early} --json`)).waits).toBe('fast has never connected')
  expect((await cli('status')).out).toContain('fast has never connected')

  await start(plain.home)
  await online(plain.spawner)
  const labelled = await spawn('--on', 'label:gpu')
  expect(dataOf(await cli(`session show ${labelled} --json`)).waits).toBe(
    'plain lacks the label gpu (it has none); fast has never connected',
  )
  await start(fast.home)
  for (const session of [early, labelled]) expect((await running(session)).spawner).toBe(fast.spawner)
  expect((await running(await spawn('--on', 'plain'))).spawner).toBe(plain.spawner)
  // One more place is taken on the other, which therefore has less room.
  expect((await running(await spawn())).spawner).toBe(plain.spawner)
  expect((await cli('spawner list')).out).toMatch(/online +fast +gpu/)
})

test('a machine keeps the name that it was given, also when it starts anew', async () => {
  const fast = Object.values(viewer.project().spawners).find(({ name }) => name === 'fast')!.id
  expect((await cli('spawner rename fast big-one')).out).toContain(`${fast} is called big-one`)
  await daemons[1]!.end()
  await viewer.until(({ spawners }) => spawners[fast]?.status === 'offline')
  daemons[1] = await startDaemon(homes[1]!)
  await online(fast)
  expect(dataOf(await cli('spawner show big-one --json'))).toMatchObject({ name: 'big-one', ownName: 'fast' })
  expect(envelope(await cli('spawner rename plain big-one --json'))).toMatchObject({ error: 'conflict' })
})

test('a machine that drains takes nothing new, and what runs there goes on', async () => {
  await cli('spawner drain plain')
  const session = await spawn('--on', 'plain')
  expect(dataOf(await cli(`session show ${session} --json`)).waits).toBe('plain is draining: it takes nothing new')
  expect((await cli('spawner show plain')).out).toMatch(/at work +2 of 12/)
  await cli('spawner undrain plain')
  await running(session)
})

test('a machine is revoked only by who types its name, and is out at once', async () => {
  const question: string[] = []
  const answer = (text: string) => async (asked: string) => {
    question.push(asked)
    return text
  }
  expect((await cli('spawner revoke plain', { confirm: answer('no') })).err).toContain('it was not confirmed')
  expect((await cli('spawner revoke plain --json')).out).toContain('no terminal to confirm that in')
  const machine = Object.values(viewer.project().spawners).find(({ name }) => name === 'plain')!
  const held = Object.values(viewer.project().sessions).filter(({ spawner }) => spawner === machine.id)
  const began = Date.now()
  expect((await cli('spawner revoke plain', { confirm: answer('plain') })).code).toBe(0)
  expect(question.at(-1)).toContain(`The key of plain (${machine.id}) ends, and 3 of its sessions`)
  for (const { id } of held)
    expect(await viewer.session(id, ({ status }) => status === 'ended')).toMatchObject({
      ...{ outcome: 'lost', reason: 'its machine plain was revoked by person:owner' },
    })
  expect(Date.now() - began).toBeLessThan(5_000)
  expect((await cli('spawner list')).out).toContain('revoked')
  expect(envelope(await cli('spawner drain plain --json')).error).toBe('spawner_not_found')
})

test('joining shows what is granted, and grants nothing until the name of the project is typed', async () => {
  const home = homeAt(emptyFolder())
  const key = await invited('third')
  const world = { home, stdin: key, confirm: async () => 'garden' }
  const refused = await cli(`spawner join ${edge.url} --key-stdin`, world)
  expect(refused.err).toMatch(/project +Garden \(proj_/)
  expect(refused.err).toMatch(/invited by +person:owner/)
  expect(refused.err).toMatch(/may start +demo: /)
  expect(refused.err).toContain(`scratch: ${join(home.root, 'scratch')}`)
  expect(refused.err).toMatch(/typing +no/)
  expect([refused.code, existsSync(home.keys)]).toEqual([1, false])
  const done = await cli(`spawner join ${edge.url} --key-stdin`, { ...world, confirm: async () => 'Garden' })
  expect(done.out).toContain('third may work for Garden')
  expect(done.err).toContain('→ maestro spawner start')

  const again = await cli(`spawner join ${edge.url} --key-stdin --yes Garden --json`, { home, stdin: key })
  expect(envelope(again)).toMatchObject({ error: 'conflict', suggestion: `maestro spawner join ${edge.url} --replace` })
  const used = await cli(`spawner join ${edge.url} --key-stdin --yes Garden --replace --json`, { home, stdin: key })
  expect(envelope(used)).toMatchObject({ error: 'link_used', suggestion: 'maestro spawner invite' })
  const fresh = await invited('fourth')
  const moved = await cli(`spawner join ${edge.url} --key-stdin --yes Garden --replace --json`, { home, stdin: fresh })
  expect(dataOf(moved)).toMatchObject({ name: 'fourth', projectName: 'Garden' })
})

test('a home that has a server of its own, a wrong word, a wrong key and a wrong server are refused', async () => {
  const empty = homeAt(emptyFolder())
  mkdirSync(empty.root, { recursive: true })
  const key = await invited('nobody')
  const join = (line: string, home = empty, stdin = key) => cli(`spawner join ${line} --json`, { home, stdin })
  expect(envelope(await join(`${edge.url} --key-stdin`, edge.home))).toMatchObject({ error: 'conflict' })
  expect(envelope(await join(`${edge.url} --key-stdin --replace`, edge.home))).toMatchObject({ error: 'conflict' })
  expect(envelope(await join(`${edge.url} --key-stdin --yes Gardens`))).toMatchObject({ field: 'yes' })
  expect(envelope(await join(`${edge.url} --key-stdin`, empty, edge.spawnerKey))).toMatchObject({ field: 'key' })
  expect(envelope(await join('nowhere --key-stdin'))).toMatchObject({ field: 'server' })
  expect(envelope(await join('http://127.0.0.1:1 --key-stdin'))).toMatchObject({ error: 'unreachable' })
  writeJson(empty.keys, {})
  expect(envelope(await join(`${edge.url} --key-stdin --yes Garden`))).toMatchObject({ success: true })
})
