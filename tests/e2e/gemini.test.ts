import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { agentProfile, cache, findAgent, nowhere } from '../agents/programs.ts'
import { heard, showing, takeTerminal } from '../agents/scene.ts'
import { gemini, StandIn } from '../agents/stand-in.ts'
import { System } from './system.ts'

const cli = findAgent('gemini')
if ('missing' in cli) console.error(`\n!!! SKIPPED, the real Gemini CLI: ${cli.missing}\n`)

describe.skipIf('missing' in cli)('the real Gemini CLI', () => {
  let system: System
  let api: StandIn
  let shop: Client

  beforeAll(async () => {
    if ('missing' in cli) return
    api = await new StandIn(gemini).start()
    // It takes no settings from below a folder that everybody may write to, as the system's temporary one is.
    process.env.TMPDIR = join(cache, 'tmp')
    mkdirSync(process.env.TMPDIR, { recursive: true, mode: 0o700 })
    system = new System()
    const own = join(system.home, '../gemini')
    mkdirSync(join(own, '.gemini'), { recursive: true })
    const theirs = { AfterAgent: [{ hooks: [{ type: 'command', command: `touch ${own}/theirs` }] }] }
    const settings = { security: { auth: { selectedType: 'gemini-api-key' } }, hooks: theirs }
    writeFileSync(join(own, '.gemini/settings.json'), JSON.stringify(settings))
    const set = {
      HOME: realpathSync(own),
      GEMINI_API_KEY: 'a-key-for-the-stand-in',
      GOOGLE_GEMINI_BASE_URL: api.url,
      ...nowhere,
    }
    const given = { agent: 'gemini', exec: cli.program, set }
    await system.start(
      [
        agentProfile('headless', { ...given, args: ['--skip-trust', '--yolo'] }),
        agentProfile('terminal', { ...given, args: ['--skip-trust'], headless: false }),
      ].join('\n'),
    )
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await api?.close()
  })

  const shell = (command: string) => ({ tool: 'run_shell_command', input: { command, description: 'For a test' } })
  const file = (name: string) => join(system.repository, name)

  test('does a task, tells each call once and in order, and leaves the repository as it was', async () => {
    const [task, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task, title: 'Look around' })
    const edit = {
      file_path: file('README.md'),
      instruction: 'Say more',
      old_string: '# app',
      new_string: '# app\nIt is one.',
    }
    api.push(
      { tool: 'read_file', input: { file_path: file('README.md') } },
      { tool: 'read_file', input: { file_path: file('gone.md') } },
      shell('ls /does/not/exist'),
      { tool: 'replace', input: edit },
      { tool: 'write_file', input: { file_path: file('README.md'), content: '# app\n' } },
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
      'session_end Session ended: exit',
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
    await showing(shop, session, { usage: expect.objectContaining({ inputTokens: 800, outputTokens: 80 }) })
    expect(existsSync(join(system.home, '../gemini/theirs'))).toBe(true)
    expect(await system.gitStatus()).toBe('')
    expect(JSON.stringify(api.requests.map(({ body }) => body))).toContain('You are session sess_')
  })

  test('asks for permission in its terminal: blocked at once, and back when it is answered', async () => {
    const session = newId('sess')
    api.push(shell('touch made.txt'), 'Made it.')
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

    api.push(shell('touch denied.txt'))
    terminal.type('Another one')
    await terminal.shows('Another one')
    terminal.type('\r')
    await showing(shop, session, { status: 'waiting' })
    await terminal.shows('Allow once')
    terminal.type('\x1b')
    await showing(shop, session, { needsYou: null })
    await shop.execute('session.stop', { session })
    await showing(shop, session, { status: 'ended', outcome: 'stopped' })
    expect(existsSync(join(system.repository, 'denied.txt'))).toBe(false)
  })
})
