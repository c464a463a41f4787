import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { agentProfile, findAgent, nowhere } from '../agents/programs.ts'
import { heard, showing as shows, takeTerminal } from '../agents/scene.ts'
import { type Mock, startMockMessagesApi } from '../claude-code/mock-messages-api.mjs'
import { System } from './system.ts'

const cli = findAgent('opencode')
if ('missing' in cli) console.error(`\n!!! SKIPPED, the real opencode: ${cli.missing}\n`)

// It takes ten seconds of a processor to come up, and some time for each step.
describe.skipIf('missing' in cli)('the real opencode', { timeout: 600_000 }, () => {
  let system: System
  let api: Mock
  let shop: Client

  beforeAll(async () => {
    if ('missing' in cli) return
    const rules = [{ lane: 'main', tools: true }]
    api = await startMockMessagesApi({ script: { rules, fallback: 'All done.' } })
    system = new System()
    const own = join(system.home, '../opencode')
    mkdirSync(own, { recursive: true })
    writeFileSync(
      join(own, 'theirs.js'),
      `import fs from 'node:fs'\nexport const Theirs = async () => (fs.writeFileSync('${own}/theirs', ''), {})\n`,
    )
    const config = { ...configFor(api.url), plugin: [`file://${own}/theirs.js`] }
    writeFileSync(join(own, 'opencode.json'), JSON.stringify(config))
    writeFileSync(join(own, 'asking.json'), JSON.stringify({ ...config, permission: { bash: 'ask' } }))
    const set = {
      HOME: realpathSync(own),
      OPENCODE_CONFIG: join(own, 'opencode.json'),
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      // It fetches a package at every start, and waits a minute for a registry that does not answer at all.
      npm_config_registry: api.url,
      ...nowhere,
    }
    const given = { agent: 'opencode', exec: cli.program, set, args: [] }
    const asking = { ...set, OPENCODE_CONFIG: join(own, 'asking.json') }
    await system.start(
      [agentProfile('headless', given), agentProfile('terminal', { ...given, set: asking, headless: false })].join(
        '\n',
      ),
    )
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await api?.close()
  })

  const showing = (...[client, session, wanted]: Parameters<typeof shows>) => shows(client, session, wanted, 280_000)
  const shell = (command: string) => ({ tool: 'bash', input: { command, description: 'For a test' } })
  const file = (name: string) => join(system.repository, name)

  test('does a task, tells each call once and in order, and leaves the repository as it was', async () => {
    const [task, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task, title: 'Look around' })
    api.push(
      'main',
      { tool: 'read', input: { filePath: file('README.md') } },
      { tool: 'read', input: { filePath: file('gone.md') } },
      shell('ls /does/not/exist'),
      { tool: 'edit', input: { filePath: file('README.md'), oldString: '# app', newString: '# app\nIt is one.' } },
      { tool: 'write', input: { filePath: file('README.md'), content: '# app\n' } },
      shell('maestro update "read the README"'),
      shell(`maestro task complete ${task} --summary "It is an app"`),
      'All done.',
    )
    await shop.execute('session.spawn', { session, tasks: [task], profile: 'headless', workspace: 'app' })
    await showing(shop, session, { status: 'ended', outcome: 'completed', exitCode: 0 })

    expect(await heard(shop, session)).toEqual([
      'session_start Session started',
      'prompt # Look around',
      'tool_start Read README.md',
      'tool_use Read README.md',
      'tool_start Read gone.md',
      `tool_failure Read gone.md: File not found: ${file('gone.md')}`,
      'tool_start Bash ls /does/not/exist',
      'tool_failure Bash ls /does/not/exist: Exit code 2',
      'tool_start Edit README.md +1',
      'tool_use Edit README.md +1',
      'tool_start Write README.md +1',
      'tool_use Write README.md +1',
      'tool_start Bash maestro update "read the README"',
      'tool_use Bash maestro update "read the README"',
      `tool_start Bash maestro task complete ${task} --summary "It is an app"`,
      `tool_use Bash maestro task complete ${task} --summary "It is an app"`,
      'stop All done.',
      'session_end Session ended: process ended',
    ])
    expect(await shop.query('task.show', { task })).toMatchObject({
      status: 'done',
      result: { summary: 'It is an app' },
      note: { text: 'read the README', by: session },
    })
    expect(await shop.query('session.show', { session })).toMatchObject({
      tools: {
        Bash: { calls: 3, failures: 1 },
        Read: { calls: 2, failures: 1 },
        Edit: { calls: 1 },
        Write: { calls: 1 },
      },
    })
    // Eight answers, and the one that names the session is not counted among them.
    const sent = 8 * (1_200 + 300 + 9_000)
    await showing(shop, session, { usage: expect.objectContaining({ inputTokens: sent, outputTokens: 8 * 42 }) })
    expect(existsSync(join(system.home, '../opencode/theirs'))).toBe(true)
    expect(await system.gitStatus()).toBe('')
    const [first] = api.requests.filter(({ lane }) => lane === 'main')
    expect(String(first?.lastUser)).toContain(`maestro task complete ${task} --summary "<what was done`)
  })

  test('asks for permission in its terminal: blocked at once, and back when it is answered', async () => {
    const session = newId('sess')
    api.push('main', shell('touch made.txt'), 'Made it.')
    await shop.execute('session.spawn', { session, profile: 'terminal', workspace: 'app', prompt: 'Make a file' })
    using terminal = await takeTerminal(shop, session)
    await showing(shop, session, { status: 'waiting' })
    expect((await shop.query('session.show', { session })).needsYou).toMatchObject({
      ...{ kind: 'permission', message: 'Bash: touch made.txt' },
    })
    await terminal.shows('Allow once')
    terminal.type('\r')
    await showing(shop, session, {
      status: 'idle',
      needsYou: null,
      tools: { Bash: expect.objectContaining({ calls: 1 }) },
    })
    expect(await system.gitStatus()).toBe('?? made.txt\n')

    api.push('main', shell('touch denied.txt'))
    terminal.type('Another one')
    await terminal.shows('Another one')
    terminal.type('\r')
    await showing(shop, session, { status: 'waiting' })
    await terminal.shows('Allow once')
    terminal.type('\x1b')
    await showing(shop, session, { status: 'idle', needsYou: null })
    await shop.execute('session.stop', { session })
    await showing(shop, session, { status: 'ended', outcome: 'stopped' })
    expect(existsSync(join(system.repository, 'denied.txt'))).toBe(false)
  })
})

/** What a user's own configuration says. */
const configFor = (api: string) => ({
  model: 'anthropic/claude-sonnet-4-5',
  small_model: 'anthropic/claude-sonnet-4-5',
  autoupdate: false,
  share: 'disabled',
  provider: {
    anthropic: {
      options: { baseURL: `${api}/v1`, apiKey: 'a-key-for-the-stand-in' },
      models: {
        'claude-sonnet-4-5': { name: 'Stand-in', tool_call: true, limit: { context: 200_000, output: 8_000 } },
      },
    },
  },
})
