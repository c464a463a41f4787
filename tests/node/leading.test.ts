import { afterAll, beforeAll, expect, test } from 'vitest'
import { packagedSkills } from '../../local-spawner/programs.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { loadSkill } from '../../skills/loader.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, say } from './cli.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let env: Record<string, string>

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  const { session, task, agent } = await scene.run('orchestrator')
  env = {
    ...{ MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: String(agent.options.key), MAESTRO_PROJECT_ID: scene.project },
    ...{ MAESTRO_SESSION_ID: session, MAESTRO_TASK_IDS: task, MAESTRO_ROLE: 'orchestrator' },
  }
})
afterAll(() => edge.stop())

/** What the orchestrator's command answers. */
const ask = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env }))

test('what an orchestrator starts works where it does and as it does, unless it says otherwise', async () => {
  const { task } = (await ask('task', 'create', 'Split off')).data
  const { session } = (await ask('session', 'spawn', task)).data
  const own = await scene.owner.query('session.show', { session: env.MAESTRO_SESSION_ID as SessionId })
  const child = await scene.owner.query('session.show', { session })
  expect(child).toMatchObject({ profile: own.profile, workspace: own.workspace, parent: own.id, role: 'worker' })
  expect(child.profile).toBe('demo') // the scene's, and not what is usual

  const other = (await ask('session', 'spawn', '--profile', 'claude', '--workspace', 'app')).data.session
  expect(await scene.owner.query('session.show', { session: other })).toMatchObject({
    ...{ profile: 'claude', workspace: 'app' },
  })
  const person = { env: { MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: scene.project } }
  const asked = envelope(await say(['session', 'spawn', '--json'], person)).data.session
  expect(await scene.owner.query('session.show', { session: asked })).toMatchObject({ profile: 'claude' })
})

test('a task goes from one of its children to another, and only from the one that has it', async () => {
  const { task } = (await ask('task', 'create', 'To and fro')).data
  const [first, second] = [(await ask('session', 'spawn')).data.session, (await ask('session', 'spawn')).data.session]
  expect(await ask('task', 'assign', task, first)).toMatchObject({ data: { task, session: first } })
  expect(await ask('task', 'assign', task, second, '--from', second)).toMatchObject({
    ...{ error: 'conflict', message: `${task} is ${first}'s, not ${second}'s` },
  })
  expect(await ask('task', 'assign', task.slice(5), second, '--from', first)).toMatchObject({ success: true })
  expect(await scene.owner.query('task.show', { task })).toMatchObject({ assignee: second })
  const { out } = await say(['task', 'assign', task, second], { env })
  expect(out).toBe(`– ${task} is for ${second} (it was before)\n`)
})

test('the plan that its skill shows is one that it may bring in', async () => {
  const { text } = loadSkill('maestro-orchestrator', [packagedSkills])
  const [, plan = ''] = /```yaml\n(.*?)```/s.exec(text) ?? []
  const bring = async (...more: string[]) => {
    const argv = ['task', 'import', '-', '--format', 'yaml', ...more, '--json']
    return envelope(await say(argv, { env, stdin: plan }))
  }
  expect(await bring('--dry-run')).toMatchObject({ success: true })
  expect(await bring()).toMatchObject({ success: true })
  const { items } = await scene.owner.query('task.list', { search: 'UTC', limit: 100 })
  const [parse, docs] = [items.find(({ needs }) => needs.length === 0)!, items.find(({ needs }) => needs.length > 0)!]
  expect(docs.needs).toEqual([parse.id])
  expect(parse.acceptance).toBe('npm test -- date passes')
  expect((await ask('session', 'spawn', docs.id)).error).toBe('not_ready')
  expect((await ask('session', 'spawn', parse.id)).success).toBe(true)
})
