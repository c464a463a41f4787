import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agents, type Start, type Wanted } from '../../local-spawner/agents.ts'
import { hooksOf } from '../../local-spawner/programs.ts'
import { newSession } from '../../protocol/session-rules.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro-agents-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const asked = { profile: 'any', workspace: 'app', role: 'worker' as const, name: 'Plant', prompt: '', skills: [] }
const session = newSession({ session: 'sess_00000001', spawner: null, ...asked }, [], null, 'ann', 0)
const profile = (agent: Wanted['profile']['agent'], headless: boolean) => ({
  ...{ agent, args: ['--mine'], env: [], set: {}, sandbox_writable: [], headless },
})
type Other = 'codex' | 'gemini' | 'opencode'
async function start(agent: Other, more: Partial<Wanted> & { headless?: boolean } = {}): Promise<Start> {
  const { headless = false, ...rest } = more
  const given = {
    program: '/bin/true',
    cwd: root,
    env: {},
    prompt: '- Plant 3 trees, "oaks"',
    dir: '/s',
    plugin: '/s/plugin',
  }
  return agents[agent].start({ brief: { session, tasks: [] }, profile: profile(agent, headless), ...given, ...rest })
}

/** A program that answers as Codex does when it is asked for its hooks. */
function codexThatSays(hooks: object[]): string {
  const path = join(root, 'codex')
  const answer = JSON.stringify({ id: 2, result: { data: [{ hooks }] } })
  writeFileSync(path, `#!/bin/sh\necho 'something else'\necho '${answer}'\nexec cat >/dev/null\n`)
  chmodSync(path, 0o755)
  return path
}

describe('Codex', () => {
  test('gets its prompt last, in a terminal and without one', async () => {
    const { args } = await start('codex')
    expect(args.slice(-3)).toEqual(['--mine', '--', '- Plant 3 trees, "oaks"'])
    expect(args[0]).toBe('-c')
    expect((await start('codex', { headless: true })).args[0]).toBe('exec')
  })

  test('is told to trust what it says of the hooks on its own command line, and nothing else', async () => {
    const program = codexThatSays([
      { key: 'flags:stop:0:0', source: 'sessionFlags', currentHash: 'sha256:ours' },
      { key: 'config:stop:0:0', source: 'user', currentHash: 'sha256:theirs' },
    ])
    const [, hooks] = (await start('codex', { program })).args
    expect(hooks).toContain('state={"flags:stop:0:0"={trusted_hash="sha256:ours"}}')
    expect(hooks).not.toContain('theirs')
  })

  test.each(['/bin/true', '/nowhere/codex'])(
    'starts with hooks to be reviewed when %s does not say',
    async (program) => {
      const [, hooks] = (await start('codex', { program })).args
      expect(hooks).toMatch(/^hooks=\{SessionStart=/)
      expect(hooks).not.toContain('state=')
    },
  )
})

describe('Gemini CLI', () => {
  test('gets a prompt that cannot be taken for an option', async () => {
    expect((await start('gemini')).args).toEqual(['--mine', '--prompt-interactive=- Plant 3 trees, "oaks"'])
    expect((await start('gemini', { headless: true })).args[1]).toMatch(/^--prompt=- Plant/)
  })

  test('gets its hooks beside the defaults that this machine has', async () => {
    const file = join(root, 'system-defaults.json')
    writeFileSync(file, '{ "ui": { "theme": "x" } }')
    for (const env of [
      { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: file },
      { GEMINI_CLI_SYSTEM_SETTINGS_PATH: join(root, 'a.json') },
    ]) {
      const { files, env: set } = await start('gemini', { env })
      expect(JSON.parse(files!['gemini.json']!)).toMatchObject({ ui: { theme: 'x' }, hooks: { BeforeTool: [{}] } })
      expect(set).toEqual({ GEMINI_CLI_SYSTEM_DEFAULTS_PATH: '/s/gemini.json' })
    }
    writeFileSync(file, '{ // a comment')
    await expect(start('gemini', { env: { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: file } })).rejects.toThrow(
      'is not a JSON object',
    )
  })
})

describe('opencode', () => {
  test('gets a prompt that it puts together again, numbers too, which it fails over by themselves', async () => {
    expect((await start('opencode')).args).toEqual(['--mine', '--prompt=- Plant 3 trees, "oaks"'])
    const { args } = await start('opencode', { headless: true })
    expect(args).toEqual(['run', '--mine', '--', '-', 'Plant\t3', 'trees,', '"oaks"'])
    const words = async (prompt: string) => (await start('opencode', { headless: true, prompt })).args.slice(3)
    expect(await words('3 trees')).toEqual(['\t3', 'trees'])
    expect(await words('a 1 2\n b  c 0x1f')).toEqual(['a\t1\t2\n', 'b', '', 'c\t0x1f'])
  })

  test('keeps what the policy says for it', async () => {
    const env = { OPENCODE_CONFIG_CONTENT: '{"model":"a/b","plugin":["theirs"]}' }
    const config = JSON.parse((await start('opencode', { env })).env!.OPENCODE_CONFIG_CONTENT!)
    expect(config).toMatchObject({
      model: 'a/b',
      plugin: ['theirs', expect.stringContaining('/hooks/opencode/plugin.js')],
    })
    expect((await start('opencode')).files!['context.md']).toContain('You are session sess_00000001')
  })
})

describe.each([
  ['codex', 'codex'],
  ['gemini-cli', 'gemini'],
] as const)('the hook of %s', (folder, agent) => {
  const run = (script: string, env: Record<string, string> = {}) =>
    new Promise<string>((resolve) => {
      const given = { PATH: process.env.PATH!, MAESTRO_SPOOL: join(root, 'spool'), ...env }
      const child = execFile('/bin/sh', [join(hooksOf(folder), 'hook.sh'), script], { env: given }, (error, out, err) =>
        resolve(`${error?.code ?? 0} ${out}${err}`),
      )
      child.stdin?.on('error', () => {}) // one that does nothing reads nothing
      child.stdin?.end('{"hook_event_name":"Stop"}')
    })

  test('leaves the payload under the agent’s name, and says nothing', async () => {
    expect(await run('log-event.sh', { MAESTRO_SESSION_ID: 'sess_00000001' })).toBe('0 ')
    const names = readdirSync(join(root, 'spool/new'))
    expect(names).toEqual([expect.stringMatching(new RegExp(`^sess_00000001\\.${agent}\\.[0-9a-f-]+\\.json$`))])
    expect(readFileSync(join(root, 'spool/new', names[0]!), 'utf8')).toBe('{"hook_event_name":"Stop"}')
  })

  test('answers the start of a session with its context, and nothing else', async () => {
    mkdirSync(join(root, 's'))
    writeFileSync(join(root, 's/context.json'), '{"hookSpecificOutput":{}}')
    const env = { MAESTRO_SESSION_ID: 'sess_00000001', MAESTRO_SESSION_DIR: join(root, 's') }
    expect(await run('session-start.sh', env)).toBe('0 {"hookSpecificOutput":{}}')
  })

  test.each(['log-event.sh', 'gone.sh'])('does nothing outside a session, nor for %s', async (script) => {
    expect(await run(script)).toBe('0 ')
    expect(readdirSync(root)).toEqual([])
  })
})
