import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { agentProfile, findAgent, nowhere } from '../agents/programs.ts'
import { heard, showing, takeTerminal } from '../agents/scene.ts'
import { responses, StandIn } from '../agents/stand-in.ts'
import { System } from './system.ts'

const codex = findAgent('codex')
if ('missing' in codex) console.error(`\n!!! SKIPPED, the real Codex: ${codex.missing}\n`)

describe.skipIf('missing' in codex)('the real Codex', () => {
  let system: System
  let api: StandIn
  let shop: Client

  beforeAll(async () => {
    if ('missing' in codex) return
    api = await new StandIn(responses).start()
    system = new System()
    // One has a hook of the user's own that nobody has reviewed; in a terminal Codex would ask about that first.
    const [unreviewed, plain] = ['unreviewed', 'plain'].map((name) => homeOf(system, name))
    const network = ['-c', 'sandbox_workspace_write.network_access=true']
    // Where a system has bubblewrap, Codex runs commands only when its own home is not in the folder for what is temporary.
    const set = { STAND_IN_KEY: 'sk-stand-in-for-a-key', TMPDIR: homeOf(system, 'temporary'), ...nowhere }
    const given = { agent: 'codex', exec: codex.program }
    await system.start(
      [
        agentProfile('headless', { ...given, args: network, set: { ...set, CODEX_HOME: unreviewed! } }),
        agentProfile('terminal', {
          ...{ ...given, args: [...network, '-m', 'stand-in'], set: { ...set, CODEX_HOME: plain! }, headless: false },
        }),
      ].join('\n'),
    )
    const config = configFor(api.url, system.repository)
    writeFileSync(join(plain!, 'config.toml'), config)
    writeFileSync(join(unreviewed!, 'config.toml'), `${config}\n${hookFor(join(unreviewed!, 'ran'))}`)
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await api?.close()
  })

  const shell = (cmd: string) => ({ tool: 'exec_command', input: { cmd } })
  const escalated = (cmd: string) => ({
    tool: 'exec_command',
    input: { cmd, sandbox_permissions: 'require_escalated', justification: 'For a test' },
  })
  const patch = (input: string) => ({ tool: 'apply_patch', input, custom: true as const })

  test('does a task, tells each call once and in order, and leaves the repository as it was', async () => {
    const [task, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task, title: 'Look around' })
    api.push(
      shell('cat README.md'),
      shell('ls /does/not/exist'),
      patch('*** Begin Patch\n*** Update File: README.md\n@@\n-# app\n+# app\n+It is one.\n*** End Patch\n'),
      patch('*** Begin Patch\n*** Update File: gone.md\n@@\n-a\n+b\n*** End Patch\n'),
      shell('echo "# app" > README.md'),
      shell('maestro update "read the README"'),
      shell(`maestro task complete ${task} --summary "It is an app"`),
      'All done.',
    )
    await shop.execute('session.spawn', { session, tasks: [task], profile: 'headless', workspace: 'app' })
    await showing(shop, session, { status: 'ended', outcome: 'completed', exitCode: 0 })

    expect(await heard(shop, session)).toEqual([
      'session_start Session started',
      'prompt # Look around',
      'tool_start Bash cat README.md',
      'tool_use Bash cat README.md',
      'tool_start Bash ls /does/not/exist',
      'tool_use Bash ls /does/not/exist',
      'tool_start Edit README.md +1',
      'tool_use Edit README.md +1',
      'tool_start Edit gone.md +1 −1',
      'tool_start Bash echo "# app" > README.md',
      'tool_use Bash echo "# app" > README.md',
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
      tools: { Bash: { calls: 5 }, Edit: { calls: 1 } },
    })
    expect(await system.gitStatus()).toBe('')
    await showing(shop, session, { usage: expect.objectContaining({ inputTokens: 800, outputTokens: 80 }) })
    expect(existsSync(join(system.home, '../unreviewed/ran'))).toBe(false)
    expect(JSON.stringify(api.requests.map(({ body }) => body))).toContain('You are session sess_')
  })

  test('asks for permission in its terminal: blocked at once, and back when it is answered', async () => {
    const session = newId('sess')
    api.push(escalated('touch made.txt'), 'Made it.')
    await shop.execute('session.spawn', { session, profile: 'terminal', workspace: 'app', prompt: 'Make a file' })
    await showing(shop, session, { status: 'waiting' })
    expect((await shop.query('session.show', { session })).needsYou).toMatchObject({
      ...{ kind: 'permission', message: 'Bash: touch made.txt' },
    })
    using terminal = await takeTerminal(shop, session)
    await terminal.shows('Yes, proceed')
    terminal.type('y')
    await showing(shop, session, {
      status: 'idle',
      needsYou: null,
      tools: { Bash: expect.objectContaining({ calls: 1 }) },
    })
    expect(await system.gitStatus()).toBe('?? made.txt\n')

    api.push(escalated('touch denied.txt'))
    terminal.type('Another one')
    await terminal.shows('Another one')
    terminal.type('\r')
    await showing(shop, session, { status: 'waiting' })
    await terminal.shows('Yes, proceed')
    terminal.type('\x1b')
    await showing(shop, session, { status: 'idle', needsYou: null })
    await shop.execute('session.stop', { session })
    await showing(shop, session, { status: 'ended', outcome: 'stopped' })
    expect(existsSync(join(system.repository, 'denied.txt'))).toBe(false)
  })
})

function homeOf(system: System, name: string): string {
  const folder = join(system.home, '..', name)
  mkdirSync(folder, { recursive: true })
  return realpathSync(folder)
}

/** What a user's own configuration says. */
const configFor = (api: string, repository: string) => `model = "gpt-5.5"
model_provider = "stand-in"
check_for_update_on_startup = false
[model_providers.stand-in]
name = "stand-in"
base_url = "${api}/v1"
wire_api = "responses"
env_key = "STAND_IN_KEY"
[projects."${repository}"]
trust_level = "trusted"
[analytics]
enabled = false
`

const hookFor = (trace: string) => `[[hooks.Stop]]
hooks = [{ type = "command", command = "touch ${trace}" }]
`
