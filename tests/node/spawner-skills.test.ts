import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let client: Client
let viewer: Follower
let daemon: Daemon
let env: Record<string, string>

beforeAll(async () => {
  edge = await startEdge()
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: project }
  viewer = follow(client)
  allowScriptedAgent(edge.home)
  daemon = await startDaemon(edge.home)
})
beforeEach(() => {
  rmSync(edge.home.skills, { recursive: true })
  mkdirSync(edge.home.skills, { mode: 0o700 })
})
afterAll(async () => {
  for (const id of Object.keys(viewer.project().live))
    await client.execute('session.stop', { session: id as SessionId }) // its keys are ids
  await viewer.until(({ live }) => Object.keys(live).length === 0)
  await putAway(edge.home, Object.keys(viewer.project().sessions))
  await daemon.end()
  viewer.stop()
  await edge.stop()
})

function writeSkill(name: string, more: object = {}): void {
  const dir = join(edge.home.skills, name)
  mkdirSync(dir, { recursive: true })
  const manifest = { name, version: '1.0.0', description: 'How we write', roles: ['nobody'], ...more }
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
  writeFileSync(join(dir, 'SKILL.md'), `---\nname: ${name}\ndescription: How we write\n---\nWrite no adverbs.\n`)
  writeFileSync(join(dir, 'words.md'), 'very, really')
}
const knownOf = (name: string) => viewer.until(({ spawners }) => Object.values(spawners)[0]?.skills.includes(name))
const ask = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env }))
const spawn = async (...argv: string[]) => (await ask('session', 'spawn', '--profile', 'demo', ...argv)).data.session
const hasEnded = ({ status }: Session) => status === 'ended'
const isRunning = ({ status }: Session) => status === 'running'

test('a session that is asked for with a skill of one’s own has it in its prompt and its plugin, files and all', async () => {
  writeSkill('our-style')
  await knownOf('our-style')
  const session = await spawn('--skill', 'our-style', '--prompt', 'script: stay')
  expect(await viewer.session(session, isRunning)).toMatchObject({ skills: ['our-style'] })
  const dir = join(edge.home.sessions, session)
  expect(readFileSync(join(dir, 'prompt.md'), 'utf8')).toContain('Write no adverbs.')
  expect(readFileSync(join(dir, 'plugin/skills/our-style/words.md'), 'utf8')).toBe('very, really')
  expect(existsSync(join(dir, 'plugin/skills/maestro-worker/SKILL.md'))).toBe(true)
  const { out } = await say(['session', 'show', session], { env })
  expect(out).toMatch(/skills +our-style/)

  const without = await spawn('--prompt', 'script: stay')
  await viewer.session(without, isRunning)
  expect(readFileSync(join(edge.home.sessions, without, 'prompt.md'), 'utf8')).not.toContain('Write no adverbs.')
})

test('a skill for the role is taught to every session in it, unasked', async () => {
  writeSkill('our-rules', { roles: ['worker'] })
  await knownOf('our-rules')
  const session = await spawn('--prompt', 'script: stay')
  await viewer.session(session, isRunning)
  expect(readFileSync(join(edge.home.sessions, session, 'prompt.md'), 'utf8')).toContain('Write no adverbs.')
})

test('a bad one fails the session that asks for it with file, field and why, and is told of to people', async () => {
  writeSkill('our-style', { roles: [] })
  await knownOf('our-style')
  const session = await spawn('--skill', 'our-style', '--prompt', 'script: stay')
  const why = 'our-style/manifest.json: roles: name at least one role, worker say'
  expect(await viewer.session(session, hasEnded)).toMatchObject({
    ...{ outcome: 'failed', reason: `The skill our-style cannot be used: ${why}` },
  })
  const trouble = `A skill is taught to nobody until this is mended: ${why} (in ${edge.home.skills})`
  expect((await ask('status')).data).toMatchObject({ troubles: [trouble] })
  expect((await ask('spawner', 'status')).data).toMatchObject({ troubles: [trouble] })
})

test('one that is nowhere is waited for, and the session says so; it starts when the skill is there', async () => {
  const session = await spawn('--skill', 'to-come', '--prompt', 'script: stay')
  const { out } = await say(['session', 'show', session], { env })
  expect(out).toMatch(/waits +\S+ has no skill to-come/)
  writeSkill('to-come')
  await viewer.session(session, isRunning)
  expect(readFileSync(join(edge.home.sessions, session, 'prompt.md'), 'utf8')).toContain('Write no adverbs.')
})

test('`skill list` says where each comes from and what is wrong, and `skill show` shows one’s own', async () => {
  writeSkill('our-style')
  writeSkill('maestro-cli')
  const { data } = await ask('skill', 'list')
  expect(data.items).toMatchObject([
    { name: 'maestro-cli', from: 'maestro' },
    { name: 'maestro-orchestrator', from: 'maestro' },
    { name: 'maestro-worker', from: 'maestro' },
    { name: 'our-style', from: 'you', dir: join(edge.home.skills, 'our-style') },
  ])
  expect(data).toMatchObject({ problems: [{ file: 'manifest.json', field: 'name' }] })
  const { out, err } = await say(['skill', 'list'], { env })
  expect(out).toMatch(/our-style +1\.0\.0 +nobody +\S+our-style +How we write/)
  expect(err).toContain('maestro-cli is the name of the skill in')
  expect((await ask('skill', 'show', 'our-style')).data).toMatchObject({ from: 'you', text: 'Write no adverbs.' })
  expect(await ask('skill', 'show', 'our-stile')).toMatchObject({ error: 'skill_not_found' })
})
