import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import about from '../../package.json' with { type: 'json' }
import { emptyFolder, envelope, run, start } from './cli.ts'

const root = join(import.meta.dirname, '../..')

beforeAll(() => promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), 'programs']))

/** A server that takes requests and never answers. */
async function silentServer() {
  const asked = Promise.withResolvers<void>()
  const server = createServer(() => asked.resolve())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { asked: asked.promise, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: close }
}

describe('`maestro --version`', () => {
  test('says the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${about.version}\n`, err: '' })
  })

  test('loads nothing but itself to say it', async () => {
    const coverage = emptyFolder()
    await run(['--version'], { env: { NODE_V8_COVERAGE: coverage } })
    const files = readdirSync(coverage).map((file) => JSON.parse(readFileSync(join(coverage, file), 'utf8')))
    const scripts = files.flatMap(({ result }) => result as { url: string }[]) // as V8 writes it
    const ours = scripts.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []))
    expect(ours.length).toBeGreaterThan(0)
    expect(ours.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(10_000)
  })

  test('costs little more than starting Node', async () => {
    let [node, version] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    // The quickest of several, taking turns: what else the machine does slows some of both.
    for (let round = 0; round < 8; round++) {
      node = Math.min(node, await time(() => promisify(execFile)(process.execPath, ['-e', '0'])))
      version = Math.min(version, await time(() => run(['--version'])))
    }
    expect(version).toBeLessThan(Math.max(80, node * 3))
  })
})

async function time(step: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await step()
  return performance.now() - began
}

describe('as a process', () => {
  test.each([
    [0, ['--json', '--help']],
    [2, ['task', 'lst', '--json']],
    [2, ['--json', 'task', 'create']],
    [6, ['status', '--json', '--url', 'http://127.0.0.1:1']],
  ])('it ends with exit code %i, and one envelope on standard output', async (code, argv) => {
    const said = await run(argv, { env: { MAESTRO_HOME: '/nonexistent', MAESTRO_RETRIES: '0' } })
    expect(said).toMatchObject({ code, err: '' })
    expect(envelope(said).success).toBe(code === 0)
  })

  describe('whose folder was removed meanwhile, as an agent’s worktree is', () => {
    const gone = (argv: string[], env = {}) =>
      run([...argv, '--json'], { cwd: emptyFolder(), isGone: true, env: { MAESTRO_HOME: emptyFolder(), ...env } })

    test.each([
      ['hooks', 'flush'],
      ['config', 'list'],
      ['template', 'list'],
      ['hooks', 'status', '--settings', '/nonexistent/settings.json'],
    ])('it does %s %s all the same', async (...argv) => {
      expect(await gone(argv)).toMatchObject({ code: 0, err: '' })
    })

    test.each([
      [['hooks', 'status', '--settings', 'mine.json'], {}],
      [['task', 'import', 'plan.yaml'], {}],
      [['config', 'list'], { MAESTRO_HOME: 'maestro' }],
    ])('it says what is missing where it needs one: %j', async (argv, env) => {
      const said = await gone(argv, env)
      expect({ ...said, ...envelope(said) }).toMatchObject({
        ...{ code: 1, err: '', error: 'failed', suggestion: 'cd ~' },
        message: 'The folder that this runs in is gone',
      })
    })
  })

  test('it ends with 130, quietly, on Ctrl-C', async () => {
    using server = await silentServer()
    const { child, ended } = start(['status', '--url', server.url], { env: { MAESTRO_HOME: '/nonexistent' } })
    await server.asked
    child.kill('SIGINT')
    expect(await ended).toEqual({ code: 130, out: '', err: '' })
  })

  test('it gives up with 7 on a server that does not answer', async () => {
    using server = await silentServer()
    const env = { MAESTRO_HOME: '/nonexistent', MAESTRO_RETRIES: '0', MAESTRO_TIMEOUT: '50' }
    const said = await run(['status', '--json', '--url', server.url], { env })
    expect(said.code).toBe(7)
    expect(envelope(said)).toMatchObject({ error: 'timed_out', retryable: true })
  })

  test('it ends well when its reader has seen enough', async () => {
    const { child, ended } = start(['schema'])
    child.stdout.destroy()
    expect(await ended).toMatchObject({ code: 0, err: '' })
  })

  test('it shows no stack, unless it is asked for', async () => {
    const home = emptyFolder()
    mkdirSync(join(home, 'config.json')) // a folder where a file should be
    const said = await run(['config', 'list'], { env: { MAESTRO_HOME: home } })
    expect(said).toMatchObject({ code: 1, out: '' })
    expect(said.err).not.toMatch(/\n\s+at /)
    expect((await run(['config', 'list'], { env: { MAESTRO_HOME: home, MAESTRO_DEBUG: '1' } })).err).toMatch(/\n\s+at /)
  })
})

describe('on this machine alone', () => {
  test('folders are opened to agents in the policy, by name', async () => {
    const [home, folder] = [emptyFolder(), join(emptyFolder(), 'my app')]
    mkdirSync(folder)
    const env = { MAESTRO_HOME: home }
    const said = await run(['spawner', 'workspace', 'add', folder, '--json'], { env })
    expect(envelope(said).data).toMatchObject({ name: 'my-app', path: folder, policy: join(home, 'spawner.toml') })
    const relative = await run(['spawner', 'workspace', 'add', '.', '--name', 'here'], { env, cwd: folder })
    expect(relative).toMatchObject({ code: 0, out: `✓ here is ${folder} (${join(home, 'spawner.toml')})\n` })
    expect(readFileSync(join(home, 'spawner.toml'), 'utf8')).toContain('[workspace.my-app]')
    const none = await run(['spawner', 'workspace', 'add', join(folder, 'none'), '--json'], { env })
    expect(none.code).toBe(2)
    expect(envelope(none)).toMatchObject({ error: 'invalid_input', field: 'path' })
  })

  test('skills are listed, shown and installed', async () => {
    const { data } = envelope(await run(['skill', 'list', '--role', 'worker', '--json']))
    expect(data.items).toMatchObject([{ name: 'maestro-cli' }, { name: 'maestro-worker' }])
    expect((await run(['skill', 'show', 'maestro-worker'])).out).toContain('name: maestro-worker')
    const HOME = emptyFolder()
    const installed = envelope(await run(['skill', 'install', '--json'], { env: { HOME } }))
    const worker = join(HOME, '.agents-ui/maestro-skills/maestro-worker')
    expect(installed.data.items).toContainEqual(expect.objectContaining({ path: worker, change: 'installed' }))
    expect(readdirSync(worker)).toEqual(['SKILL.md', 'manifest.json'])
    const wrong = await run(['skill', 'show', 'maestro-baker', '--json'])
    expect(wrong.code).toBe(3)
    expect(envelope(wrong)).toMatchObject({ error: 'skill_not_found', suggestion: 'maestro skill list' })
  })

  test('`down` where nothing runs says so, and is no failure', async () => {
    const env = { MAESTRO_HOME: emptyFolder() }
    expect(envelope(await run(['down', '--json'], { env })).data).toMatchObject({ stopped: false })
  })
})
