import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkUp, well } from '../../cli/checkup.ts'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, run, say } from './cli.ts'
import { allowScriptedAgent, type Daemon, startDaemon } from './parts/daemon.ts'
import { onTerminal } from './parts/on-a-terminal.ts'

const root = join(import.meta.dirname, '../..')
type Item = { check: string; ok: boolean | null; message: string; fix: string | null }
let edge: Edge
let daemon: Daemon
let owner: Client
let tools: string

beforeAll(async () => {
  // All of dist, for one of the checks is whether it is fresh.
  const build = promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts')])
  ;[edge] = await Promise.all([startEdge(), build])
  owner = new Client({ url: edge.url, key: edge.ownerKey })
  await owner.ask('project.new', { project: newId('proj'), name: 'Shop' })
  allowScriptedAgent(edge.home, { profile: '[profile.claude]\nagent = "claude-code"' })
  daemon = await startDaemon(edge.home)
  tools = emptyFolder()
  program('claude', 'echo "2.1.0 (Claude Code)"')
}, 180_000)
afterAll(async () => {
  await daemon?.end()
  await edge?.stop()
})

function program(name: string, script: string, folder = tools): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return folder
}

const PATH = () => [tools, '/usr/local/bin', '/usr/bin', '/bin'].join(':')

/** As a process of its own, or with `within` in this one, which is quicker. */
async function doctor(env: Record<string, string> = {}, more: { cwd?: string } = {}, within = false) {
  const began = performance.now()
  const world = { env: { MAESTRO_HOME: edge.home.root, PATH: PATH(), ...env }, ...more }
  const said = await (within ? say : run)(['doctor', '--json'], world)
  const { ok, items } = envelope(said).data as unknown as { ok: boolean; items: Item[] } // as its schema says
  const finding = (check: string) => items.find((item) => item.check === check)!
  return { code: said.code, ok, items, finding, ms: performance.now() - began, err: said.err }
}

test('finds everything well where it is, and says so', async () => {
  const { items, code, ok } = await doctor()
  expect(items.filter((item) => item.ok === false)).toEqual([])
  expect({ code, ok }).toEqual({ code: 0, ok: true })
  const message = (check: string) => items.find((item) => item.check === check)?.message
  expect(message('agents')).toBe(`2.1.0 (Claude Code) (${join(tools, 'claude')})`)
  expect(message('server')).toBe(`${edge.url} answers`)
  expect(message('project')).toMatch(/^Shop \(proj_\w+, the only one\)$/)
  expect(message('spawner')).toMatch(new RegExp(`^${hostname()} is online \\(process ${daemon.pid}, for `))
  expect(message('key')).toContain('owner (person), for every project')
})

test('changes nothing, here or there', async () => {
  const cwd = emptyFolder()
  writeFileSync(join(cwd, '.maestro.json'), '{}')
  const facts = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('/data'))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path, readFileSync(path, 'latin1'), statSync(path).mode, statSync(path).mtimeMs]
      })
  const entries = async () => {
    const { items } = await owner.ask('project.list', {})
    return owner.with({ project: items[0]!.id }).askProject('entry.list', {})
  }
  const before = [facts(edge.home.root), facts(cwd), await entries()]
  await doctor({}, { cwd })
  expect([facts(edge.home.root), facts(cwd), await entries()]).toEqual(before)
  const nowhere = join(emptyFolder(), 'none')
  await doctor({ MAESTRO_HOME: nowhere })
  expect(existsSync(nowhere)).toBe(false)
})

test('on a new machine with nothing there it still ends soon, and every ✗ has its command', async () => {
  const { code, items, finding, ms, err } = await doctor({
    MAESTRO_HOME: join(emptyFolder(), 'none'),
    MAESTRO_API_URL: 'http://127.0.0.1:2',
    PATH: '/nowhere',
  })
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(ms).toBeLessThan(10_000)
  const bad = items.filter(({ ok }) => ok === false)
  expect(bad.map(({ check }) => check)).toEqual(['git', 'agents', 'server', 'key', 'spawner'])
  for (const { fix } of bad) expect(fix).toMatch(/^\S+ \S/)
  expect(finding('server')).toMatchObject({ message: 'http://127.0.0.1:2 does not: ECONNREFUSED', fix: 'maestro up' })
  expect(finding('version').ok).toBeNull()
})

test('shows it to people in a terminal of any width, in colour', async () => {
  const env = { MAESTRO_HOME: join(emptyFolder(), 'none'), MAESTRO_API_URL: 'http://127.0.0.1:2', PATH: PATH() }
  const { code, shown } = await onTerminal(['doctor'], { env, columns: 70 }).ended()
  expect(code).toBe(1)
  expect(shown).toContain('\u001b[31m✗\u001b[39m server')
  expect(shown).toMatch(/\n +→ maestro up\r\n/)
  const lines = shown.replaceAll(/\u001b\[[\d;]*m/g, '').split('\r\n')
  for (const line of lines) if (line.includes(' ')) expect(line.length, line).toBeLessThanOrEqual(70 + 40) // a path has no place to break
  expect(lines.at(-2)).toBe('3 things to mend')
})

describe('`maestro` on the PATH', () => {
  test('that is another program is named, with the command that puts ours first', async () => {
    const folder = program('maestro', 'echo mobile', join(emptyFolder(), 'foreign'))
    const { finding } = await doctor({ PATH: `${folder}:${PATH()}` }, {}, true)
    const { ok, message, fix } = finding('path')
    expect(ok).toBe(false)
    expect(message).toBe(
      `maestro on the PATH is another program, ${join(folder, 'maestro')}; this one is ${join(root, 'cli/maestro')}`,
    )
    const after = execFileSync('sh', ['-c', `${fix}; command -v maestro`], { env: { PATH: `${folder}:${PATH()}` } })
    expect(String(after).trim()).toBe(join(root, 'cli/maestro'))
    expect((await doctor({ PATH: `${join(root, 'cli')}:${folder}:${PATH()}` }, {}, true)).finding('path').ok).toBe(true)
  })

  test('may be a link to ours, or what the spawner gives an agent', async () => {
    const folder = emptyFolder()
    symlinkSync(join(root, 'cli/maestro'), join(folder, 'maestro'))
    expect((await doctor({ PATH: `${folder}:${PATH()}` }, {}, true)).finding('path').ok).toBe(true)
    const shim = program('maestro', 'exit 0', join(edge.home.sessions, 'sess_00000000/bin'))
    expect((await doctor({ PATH: `${shim}:${PATH()}` }, {}, true)).finding('path').ok).toBe(true)
    rmSync(dirname(shim), { recursive: true })
  })
})

describe('what is wrong with a home', () => {
  let home: string
  beforeEach(() => {
    home = join(emptyFolder(), 'home')
    cpSync(edge.home.root, home, { recursive: true, filter: (path) => !/\/(data|scratch|run\/.*lock.*)$/.test(path) })
    chmodSync(home, 0o700)
  })
  const at = (...parts: string[]) => join(home, ...parts)
  const dressed = async (more: { cwd?: string } = {}, env: Record<string, string> = {}) =>
    doctor({ MAESTRO_HOME: home, ...env }, more, true)

  test.each([
    ['a home that others can enter', () => chmodSync(home, 0o755)],
    ['a key that others can read', () => chmodSync(at('keys.json'), 0o644)],
    ['a config that others can read', () => chmodSync(at('config.json'), 0o640)],
  ])('%s is closed by the command it shows', async (_, break_) => {
    break_()
    const { ok, fix } = (await dressed()).finding('home')
    expect(ok).toBe(false)
    execFileSync('sh', ['-c', fix!])
    expect((await dressed()).finding('home').ok).toBe(true)
  })

  test.each<[string, string, () => void, RegExp, RegExp]>([
    [
      'config',
      'config.json that is no JSON',
      () => writeFileSync(at('config.json'), '{'),
      /config\.json cannot be read/,
      /EDITOR.*config\.json$/,
    ],
    [
      'config',
      'a server that is none',
      () => writeFileSync(at('config.json'), '{"url":"nowhere"}'),
      /not an http address/,
      /EDITOR.*config\.json$/,
    ],
    [
      'config',
      'a number that is none',
      () => writeFileSync(at('config.json'), '{"retries":"many"}'),
      /must be a number/,
      /EDITOR/,
    ],
    [
      'policy',
      'a policy that others can write',
      () => chmodSync(at('spawner.toml'), 0o666),
      /has mode 0666/,
      /^chmod 600 /,
    ],
    [
      'policy',
      'a policy with a mistake',
      () => writeFileSync(at('spawner.toml'), 'capasity = 3', { mode: 0o600 }),
      /unknown key "capasity"/,
      /EDITOR.*spawner\.toml$/,
    ],
    [
      'policy',
      'a workspace that is gone',
      () => writeFileSync(at('spawner.toml'), '[workspace.x]\npath = "/nowhere/at all"', { mode: 0o600 }),
      /The workspace x is not there/,
      /^mkdir -p "\/nowhere\/at all"$/,
    ],
    [
      'agents',
      'a program that is gone',
      () =>
        writeFileSync(at('spawner.toml'), '[profile.c]\nagent = "claude-code"\nexec = "/nowhere/claude"', {
          mode: 0o600,
        }),
      /\/nowhere\/claude, the program of profile c, is gone/,
      /^npm install -g/,
    ],
    [
      'spool',
      'events that were dropped',
      () => writeFileSync(at('spool/dropped'), '.\n.\n'),
      /^2 events dropped/,
      /^maestro hooks flush$/,
    ],
    [
      'spool',
      'events that nobody can read',
      () => writeFileSync(at('spool/bad/x'), ''),
      /^1 event that nobody could read/,
      /^rm -r /,
    ],
    [
      'spawner',
      'a spawner that died',
      () => writeFileSync(at('run/spawner.json'), '{"pid":999999999,"since":0}'),
      /^No spawner runs/,
      /^maestro up$/,
    ],
    [
      'key',
      'no key',
      () => writeFileSync(at('keys.json'), '{}', { mode: 0o600 }),
      /^There is none for/,
      /^maestro up$/,
    ],
    [
      'project',
      'a project of another server',
      () => writeFileSync(at('config.json'), JSON.stringify({ url: edge.url, project: `proj_${'0'.repeat(32)}` })),
      /is not on this server/,
      /^maestro project list$/,
    ],
  ])('%s: %s', async (check, _, break_, message, fix) => {
    mkdirSync(at('spool/bad'), { recursive: true })
    break_()
    const { code, finding } = await dressed()
    expect(finding(check)).toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    })
    expect(code).toBe(1)
  })

  test('events that nobody has sent for a long time', async () => {
    const file = at('spool/new/-.claude-code.0.json')
    writeFileSync(file, '{}')
    const long = Date.now() / 1000 - 600
    utimesSync(file, long, long)
    expect((await dressed()).finding('spool')).toMatchObject({
      ok: false,
      message: '1 event not sent yet, the oldest for 10 min',
      fix: 'maestro hooks flush',
    })
  })

  test('a project file that holds a key, or is no JSON', async () => {
    const cwd = emptyFolder()
    const file = join(cwd, '.maestro.json')
    for (const [text, message] of [
      ['{"apiKey":"mst_person_hush"}', 'apiKey'],
      ['{', 'cannot be read'],
    ] as const) {
      writeFileSync(file, text)
      const { finding, items } = await dressed({ cwd })
      expect(finding('project file')).toMatchObject({
        ok: false,
        message: expect.stringContaining(message),
        fix: `\${EDITOR:-vi} ${file}`,
      })
      expect(finding('server').ok).toBeNull()
      expect(JSON.stringify(items)).not.toContain('hush')
    }
  })

  test('a skill of one’s own that is none', async () => {
    mkdirSync(at('skills/mine'), { recursive: true, mode: 0o700 })
    expect((await dressed()).finding('skills')).toMatchObject({ ok: false, message: 'mine/manifest.json: is missing' })
  })

  test('a skill that is none', async () => {
    const HOME = emptyFolder()
    mkdirSync(join(HOME, '.agents-ui/maestro-skills/mine'), { recursive: true })
    expect((await dressed({}, { HOME })).finding('skills')).toMatchObject({
      ok: false,
      message: 'mine/manifest.json: is missing',
      fix: `\${EDITOR:-vi} ${join(HOME, '.agents-ui/maestro-skills/mine/manifest.json')}`,
    })
  })

  test('a key that has ended, wherever it comes from', async () => {
    const { key, id } = await owner.ask('key.create', { name: 'old' })
    await owner.ask('key.revoke', { key: id })
    expect((await dressed({}, { MAESTRO_API_KEY: key })).finding('key')).toMatchObject({
      ok: false,
      fix: 'unset MAESTRO_API_KEY',
    })
    writeFileSync(at('logins.json'), JSON.stringify({ [edge.url]: { at: 'file', key, id, name: 'old', since: 0 } }), {
      mode: 0o600,
    })
    expect((await dressed()).finding('key')).toMatchObject({ ok: false, fix: `maestro login --url ${edge.url}` })
  })
})

describe('the build', () => {
  test('that is older than a source says what to run', async () => {
    const source = join(root, 'cli/doctor.ts')
    const { atimeMs, mtimeMs } = statSync(source)
    utimesSync(source, new Date(), new Date(Date.now() + 60_000))
    try {
      expect((await doctor({}, {}, true)).finding('build')).toMatchObject({
        ok: false,
        message: 'Not built since its sources changed: programs',
        fix: `sh ${join(root, 'scripts/setup.sh')}`,
      })
    } finally {
      utimesSync(source, atimeMs / 1000, mtimeMs / 1000)
    }
  })
})

describe('a server', () => {
  /** Something that answers like a Maestro of another time, or not at all. */
  async function strange(answer: ((path: string) => { headers?: Record<string, string>; body: string }) | undefined) {
    const server = createServer((request, response) => {
      const said = answer?.(request.url ?? '')
      if (said) response.writeHead(200, { 'Content-Type': 'application/json', ...said.headers }).end(said.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // a TCP server's address is never a string
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: close }
  }
  const ok = (data: object) => ({ body: JSON.stringify({ success: true, data }) })

  test('of another version', async () => {
    const me = { kind: 'person', name: 'ann', key: 'k', scopes: [], project: null, session: null, spawner: null }
    using server = await strange((path) =>
      ok(path === '/api/whoami' ? { ...me, version: '9.9.9', mode: 'hosted' } : { items: [] }),
    )
    const { finding } = await doctor({ MAESTRO_API_URL: server.url, MAESTRO_API_KEY: 'k' }, {}, true)
    expect(finding('version')).toMatchObject({
      ok: false,
      message: expect.stringContaining('9.9.9'),
      fix: 'maestro down && maestro up',
    })
  })

  test('that is no Maestro', async () => {
    using server = await strange(() => ({ body: '<h1>It works!</h1>' }))
    const { finding } = await doctor({ MAESTRO_API_URL: server.url }, {}, true)
    expect(finding('server')).toMatchObject({ ok: false, message: expect.stringContaining('is not Maestro') })
  })

  test('that never answers is given up in time', async () => {
    using server = await strange(undefined)
    const { finding, ms } = await doctor({ MAESTRO_API_URL: server.url }, {}, true)
    expect(finding('server')).toMatchObject({ ok: false, message: expect.stringContaining('no answer within 4 s') })
    expect(ms).toBeLessThan(9_000)
  })
})

test('a check that does not end, or that breaks, is a finding like any other', async () => {
  const items = await checkUp(
    [
      { check: 'well', look: () => well('yes') },
      { check: 'slow', look: () => new Promise(() => undefined) },
      { check: 'broken', look: () => Promise.reject(new Error('Something fell over')) },
    ],
    50,
  )
  expect(items).toEqual([
    { check: 'well', ok: true, message: 'yes', fix: null },
    { check: 'slow', ok: false, message: 'This check did not end within 0.05 s', fix: 'maestro doctor' },
    { check: 'broken', ok: false, message: 'Something fell over', fix: expect.any(String) },
  ])
})
