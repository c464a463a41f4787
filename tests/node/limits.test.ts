import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { takeTerminal } from '../agents/scene.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let client: Client
let viewer: Follower
let daemon: Daemon

const hungry = `node -e "globalThis.held = Buffer.alloc(3e8, 1); setInterval(() => {}, 1e3)" & wait`
const shellWith = (line: string) => `agent = "shell"\nexec = "/bin/sh"\nargs = ["-c", ${JSON.stringify(line)}]\n`

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  viewer = follow(client)
  const more = [
    `[profile.brief]\n${shellWith('sleep 60')}max_minutes = 0.01`,
    `[profile.lean]\n${shellWith(hungry)}max_memory_mb = 250`,
    `[profile.roomy]\n${shellWith(hungry)}max_memory_mb = 4000\nmax_minutes = 10`,
    '[profile.shell]\nagent = "shell"\nexec = "/bin/sh"',
  ]
  allowScriptedAgent(edge.home, { more: more.join('\n') })
  daemon = await startDaemon(edge.home)
})
afterAll(async () => {
  for (const id of Object.keys(viewer.project().live))
    await client.execute('session.stop', { session: id as SessionId })
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  viewer.stop()
  await daemon.end()
  await edge.stop()
})

const running = ({ status }: Session) => status === 'running'
const ended = ({ status }: Session) => status === 'ended'

async function spawned(profile: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile, workspace: 'scratch' })
  await viewer.session(session, ({ status }) => status !== 'spawning')
  return session
}

test('a session that takes more time or memory than its profile allows is ended, and says which; another goes on', async () => {
  const roomy = await spawned('roomy')
  const [brief, lean] = [await spawned('brief'), await spawned('lean')]
  expect(await viewer.session(brief, ended)).toMatchObject({
    ...{ outcome: 'failed', reason: 'it ran longer than the 0.01 minutes that its profile allows' },
  })
  expect(await viewer.session(lean, ended)).toMatchObject({
    ...{
      outcome: 'failed',
      reason: expect.stringMatching(/^it held [34]\d\d MB of memory, and its profile allows 250$/),
    },
  })
  expect(running(viewer.project().sessions[roomy]!)).toBe(true)
})

test('a plain shell runs what a person types, nothing of its task, and has the maestro command', async () => {
  const session = newId('sess')
  await client.execute('session.spawn', {
    session,
    profile: 'shell',
    workspace: 'scratch',
    prompt: 'touch made-by-prompt',
  })
  await viewer.session(session, running)
  using terminal = await takeTerminal(client, session)
  terminal.type('echo $((6 * 7)) $MAESTRO_SESSION_ID\r')
  await terminal.shows(`42 ${session}`)
  terminal.type('command -v maestro\r')
  await terminal.shows(`${session}/bin/maestro`)
  terminal.type('exit 3\r')
  expect(await viewer.session(session, ended)).toMatchObject({ outcome: 'failed', exitCode: 3 })
  expect(existsSync(join(edge.home.scratch, 'made-by-prompt'))).toBe(false)
})
