import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../cli/app.ts'
import { Context } from '../../cli/context.ts'
import { contractOf } from '../../cli/contract.ts'
import { parses } from '../../cli/main.ts'
import { everyCommand, nameOf } from '../../cli/usage.ts'
import { newId } from '../../client/ids.ts'
import type { Scope } from '../../protocol/actor.ts'
import type { Spec } from '../../protocol/declare.ts'
import { directory } from '../../protocol/directory.ts'
import type { Role } from '../../protocol/model.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, ioIn, say } from './cli.ts'

const roles: Role[] = ['worker', 'orchestrator']

/** What has a contract does something; what is left are nouns. */
const commandsOf = (env: Record<string, string> = {}) =>
  new Map([...everyCommand(app(new Context(ioIn(env))))].filter(contractOf).map((each) => [nameOf(each), each]))
const all = commandsOf()
const examplesOf = (command: Command) => textOf(command).split('Examples:\n')[1]!.trim().split('\n')
const wordsOf = (line: string) =>
  (line.split(/ [<>]+ /)[0]!.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''))

let edge: Edge
let agents: Record<Role, { env: Record<string, string>; scopes: readonly Scope[] }>

beforeAll(async () => {
  edge = await startEdge()
  const scene = await makeScene(edge)
  const agent = async (role: Role) => {
    const { session, task, agent } = await scene.run(role)
    const { key, project } = agent.options
    const env = {
      ...{ MAESTRO_API_URL: edge.url, MAESTRO_API_KEY: String(key), MAESTRO_PROJECT_ID: project!, MAESTRO_ROLE: role },
      ...{ MAESTRO_SESSION_ID: session, MAESTRO_TASK_IDS: task },
    }
    return { env, scopes: (await agent.ask('whoami', {})).scopes }
  }
  agents = { worker: await agent('worker'), orchestrator: await agent('orchestrator') }
})
afterAll(() => edge.stop())

describe.each(roles)('an agent in the role of %s', (role) => {
  const inSession = { MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_TASK_IDS: 'task_4hq1w8ze', MAESTRO_ROLE: role }
  const shown = commandsOf(inSession)
  const hidden = [...all].filter(([name]) => !shown.has(name))

  test('is shown exactly what its key has the scope for', () => {
    const { scopes } = agents[role]
    const expected = [...all].filter(([, command]) => {
      const { who } = contractOf(command)!
      return who === 'anyone' || scopes.includes(who as Scope) // `owner` is no scope, and nobody's
    })
    // `maestro config` only sets things itself; as the noun of what may be read it stays.
    expect([...shown.keys()].filter((name) => name !== 'maestro config')).toEqual(expected.map(([name]) => name))
  })

  test('finds the same in help and in the schema', async () => {
    const { out } = await say(['schema', '--json'], { env: inSession })
    for (const [name] of hidden) expect(out).not.toContain(`"command":${JSON.stringify(name)}`)
    for (const [name] of shown) expect(out).toContain(`"command":${JSON.stringify(name)}`)
    const nouns = new Set([...all.values()].map(({ parent }) => nameOf(parent!)))
    for (const noun of nouns) {
      const help = await say([...noun.split(' ').slice(1), '--help'], { env: inSession })
      if (help.code !== 0) continue // a noun of which nothing is left
      for (const [name, command] of all) {
        if (nameOf(command.parent!) !== noun || name === 'maestro config') continue
        const line = new RegExp(`^ {2}${command.name()}(?: .*)?$`, 'm')
        if (shown.has(name)) expect(help.out).toMatch(line)
        else expect(help.out).not.toMatch(line)
      }
    }
  })

  test('is led nowhere else by any help, the first screen included', async () => {
    const texts = [(await say([], { env: inSession })).out, (await say(['--help'], { env: inSession })).out]
    for (const command of shown.values()) texts.push(textOf(command))
    const lines = texts.flatMap((text) => text.split('\n').filter((line) => /^ {2}maestro [a-z]/.test(line)))
    expect(lines.length).toBeGreaterThan(30)
    for (const line of lines) {
      const words = wordsOf(line.trim().split(/ {2,}/)[0]!.replace('<task>', 'task_4hq1w8ze').replace('<sub>', 'sub_1'))
      await expect(parses(words, ioIn(inSession)), line).resolves.toBe(true)
    }
  })

  test('is refused the rest before any call, in one sentence, with what it can do', async () => {
    const nowhere = { ...inSession, MAESTRO_API_URL: 'http://127.0.0.1:9', MAESTRO_API_KEY: 'mst_none' }
    for (const [name] of hidden) {
      const words = name.split(' ').slice(1)
      for (const argv of [words, [...words, '--help'], [...words, 'x', '--force'], ['help', ...words]]) {
        const said = await say([...argv, '--json'], { env: nowhere })
        expect(said.code, name).toBe(4)
        const { error, message, suggestion } = envelope(said)
        expect({ error, name: message.split('`')[1] }).toEqual({ error: 'forbidden', name: expect.any(String) })
        expect(name).toContain(message.split('`')[1])
        expect(message).toMatch(/ is for (people, not for agents|an orchestrator, not for a worker)$/)
        await expect(parses(wordsOf(suggestion!), ioIn(inSession))).resolves.toBe(true)
      }
    }
    expect(hidden.map(([name]) => name)).toContain('maestro up')
  })

  test('has a key that the Worker admits to each request behind these, and to none behind the others', async () => {
    const { env } = agents[role]
    const asked = { shown: 0, hidden: 0 }
    for (const [name, command] of all) {
      const { request } = contractOf(command)!
      if (!request) continue
      const { status, error } = await ask(request, env)
      if (shown.has(name)) expect([name, status === 403 || status === 401]).toEqual([name, false])
      else expect([name, status, error]).toEqual([name, 403, 'forbidden'])
      asked[shown.has(name) ? 'shown' : 'hidden']++
    }
    expect(asked.shown).toBeGreaterThan(20)
    expect(asked.hidden).toBeGreaterThan(2)
  })

  test('is refused by the Worker what it would ask for if its command line did not know better', async () => {
    const { MAESTRO_SESSION_ID: _, MAESTRO_ROLE: __, ...env } = agents[role].env
    const byHand = hidden.filter(([, command]) => {
      const { who, request, stream } = contractOf(command)!
      return who !== 'owner' && !request && !stream
    })
    expect(byHand.length).toBeGreaterThan(0)
    for (const [name, command] of byHand) {
      const said = await say([...wordsOf(examplesOf(command)[0]!.trim()), '--json'], { env })
      expect([name, envelope(said).error]).toEqual([name, 'forbidden'])
    }
  })
})

describe('a noun of which only reading is left', () => {
  const env = { MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_ROLE: 'worker' }
  test('has its verbs, and refuses what it did by itself', async () => {
    expect((await say(['config', 'list'], { env })).code).toBe(0)
    expect(envelope(await say(['config', '--set', 'url=x', '--json'], { env }))).toMatchObject({ error: 'forbidden' })
    const bare = envelope(await say(['config', '--json'], { env }))
    expect(bare).toMatchObject({ error: 'invalid_input', validValues: ['get', 'list'] })
  })
})

test('a role that nobody knows may do the least, and outside a session nothing is taken away', () => {
  const unknown = commandsOf({ MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_ROLE: 'gardener' })
  expect(unknown.has('maestro session spawn')).toBe(false)
  expect(commandsOf({ MAESTRO_ROLE: 'worker' }).has('maestro up')).toBe(true)
})

test('what comes after a change, and out of an error of the server, leads an agent nowhere it may not go', async () => {
  const { env } = agents.worker
  const made = envelope(await say(['task', 'create', 'Found on the way', '--json'], { env }))
  expect(made.data).not.toHaveProperty('next')
  const away = { ...env, MAESTRO_API_URL: 'http://127.0.0.1:9', MAESTRO_RETRY_DELAY: '1' }
  expect(envelope(await say(['task', 'list', '--json'], { env: away }))).toMatchObject({
    ...{ error: 'unreachable', retryable: true, suggestion: 'maestro task list --json' },
  })
})

function textOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}

/** Asks with nothing in the body and ids that exist nowhere: only the gate can say 403. */
async function ask(spec: Spec, env: Record<string, string>) {
  const ids: Record<string, string> = {
    task: newId('task'),
    subtask: newId('sub'),
    session: newId('sess'),
    key: 'key_0',
  }
  const path = spec.path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? newId('spn'))
  const isOfWorker = Object.values<Spec>(directory).includes(spec)
  const writes = spec.method !== 'GET'
  const base = isOfWorker ? '/api' : `/api/projects/${env.MAESTRO_PROJECT_ID}`
  const response = await fetch(edge.url + base + path, {
    method: spec.method,
    headers: { Authorization: `Bearer ${env.MAESTRO_API_KEY}`, ...(writes && { 'Content-Type': 'application/json' }) },
    ...(writes && { body: '{}' }),
  })
  return { status: response.status, error: ((await response.json()) as { error?: string }).error }
}
