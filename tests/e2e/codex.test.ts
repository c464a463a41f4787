import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { agentProfile, findAgent, nowhere } from '../agents/programs.ts'
import { heard, showing } from '../agents/scene.ts'
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
    const own = join(system.home, '../codex')
    mkdirSync(own, { recursive: true })
    const set = { CODEX_HOME: realpathSync(own), STAND_IN_KEY: 'sk-stand-in-for-a-key', ...nowhere }
    const network = ['-c', 'sandbox_workspace_write.network_access=true']
    await system.start(
      [
        agentProfile('headless', { agent: 'codex', exec: codex.program, args: network, set }),
        agentProfile('terminal', { agent: 'codex', exec: codex.program, args: network, set, headless: false }),
      ].join('\n'),
    )
    writeFileSync(join(own, 'config.toml'), configFor(api.url, system.repository, own))
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await api?.close()
  })

  const shell = (cmd: string) => ({ tool: 'exec_command', input: { cmd } })
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
    expect(existsSync(join(system.home, '../codex/unreviewed'))).toBe(false)
    expect(JSON.stringify(api.requests.map(({ body }) => body))).toContain('You are session sess_')
  })
})

/** What a user's own configuration says, hooks included. */
function configFor(api: string, repository: string, own: string): string {
  return `model = "gpt-5.5"
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
[[hooks.Stop]]
hooks = [{ type = "command", command = "touch ${own}/unreviewed" }]
`
}
