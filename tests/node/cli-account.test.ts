import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, run, say } from './cli.ts'
import { startListener } from './parts/listener.ts'
import { onTerminal } from './parts/on-a-terminal.ts'

const root = join(import.meta.dirname, '../..')
let edge: Edge
let owner: Client

beforeAll(async () => {
  const build = promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), 'programs'])
  ;[edge] = await Promise.all([startEdge(), build])
  owner = new Client({ url: edge.url, key: edge.ownerKey })
})
afterAll(() => edge?.stop())

const makeKey = (name: string, scopes?: ('read' | 'key:manage')[]) =>
  owner.ask('key.create', { name, ...(scopes && { scopes }) })

/** A person’s own home, where nothing is yet. */
function person(more: Record<string, string> = {}) {
  const home = emptyFolder()
  const env = { MAESTRO_HOME: home, MAESTRO_API_URL: '', MAESTRO_API_KEY: '', MAESTRO_SESSION_ID: '', ...more }
  const files = { logins: join(home, 'logins.json'), config: join(home, 'config.json') }
  const ask = (argv: string[], stdin = '', extra: Record<string, string> = {}) =>
    say([...argv, '--json'], { env: { ...env, ...extra }, stdin })
  const login = (key: string, url = edge.url) =>
    ask(['login', '--key-stdin', '--no-keychain', '--url', url], `${key}\n`)
  return { home, env, files, ask, login }
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

describe('`maestro login`', () => {
  test('keeps a key for a server, which is then asked with it', async () => {
    const { files, ask, login } = person()
    const { key, id } = await makeKey('ann')
    const said = await login(key)
    expect(said).toMatchObject({ code: 0, err: '' })
    expect(envelope(said).data).toMatchObject({ url: edge.url, name: 'ann', key: id, at: 'file', file: files.logins })
    expect(statSync(files.logins).mode & 0o777).toBe(0o600)
    expect(statSync(files.config).mode & 0o777).toBe(0o600)
    expect(read(files.config)).toEqual({ url: edge.url })
    expect(envelope(await ask(['whoami'])).data).toMatchObject({ name: 'ann', url: edge.url })
    expect(said.out).not.toContain(key)
  })

  test('says to people where the key is, and what is to be done next', async () => {
    const { env, home } = person()
    const { key } = await makeKey('ben')
    const said = await say(['login', '--key-stdin', '--no-keychain', '--url', edge.url], { env, stdin: key })
    expect(said).toEqual({
      code: 0,
      out: `✓ Signed in at ${edge.url} as ben\n  The key is in ${home}/logins.json, which only you can read (no keychain: you asked for a file)\n`,
      err: '→ maestro status\n',
    })
  })

  test('falls back to the file in a moment where the system has no keychain, and says so', async () => {
    const { env, files } = person()
    const { key } = await makeKey('cleo')
    const began = performance.now()
    // Without a session bus there is no secret service, whatever is installed.
    const said = await run(['login', '--key-stdin', '--url', edge.url, '--json'], { env, stdin: key })
    expect(performance.now() - began).toBeLessThan(3_000)
    if (process.platform !== 'linux') return
    expect(envelope(said).data).toMatchObject({ at: 'file', file: files.logins, because: expect.stringMatching(/./) })
    expect(read(files.logins)[edge.url]).toMatchObject({ at: 'file', key })
  })

  test('takes a key that is typed in a terminal, without showing it', async () => {
    const { env, files } = person()
    const { key } = await makeKey('dora')
    const terminal = onTerminal(['login', '--no-keychain', '--url', edge.url], { env })
    await terminal.until(`Key for ${edge.url}: `)
    terminal.type(`wrong\u0015${key.slice(0, 20)}xy\u007f\u007f`)
    terminal.type(`\u001b[200~${key.slice(20)}\u001b[201~\r`)
    const { code, shown } = await terminal.ended()
    expect(code).toBe(0)
    expect(shown).toContain('as dora')
    for (const part of [key.slice(11, 20), key.slice(20), 'wrong']) expect(shown).not.toContain(part)
    expect(read(files.logins)[edge.url].key).toBe(key)
  })

  test('is broken off by Ctrl-C, and keeps nothing', async () => {
    const { env, home } = person()
    const terminal = onTerminal(['login', '--url', edge.url], { env })
    await terminal.until('Key for')
    terminal.type('mst_person_\u0003')
    expect((await terminal.ended()).code).toBe(130)
    expect(readdirSync(home)).toEqual([])
  })

  test('wants standard input or a terminal, and never an argument', async () => {
    const { ask, home } = person()
    const { key } = await makeKey('eve')
    expect(envelope(await ask(['login', '--url', edge.url]))).toMatchObject({
      error: 'invalid_input',
      field: 'key-stdin',
      suggestion: 'maestro login --key-stdin < key.txt',
    })
    const said = await ask(['login', key, '--url', edge.url])
    expect(said.code).toBe(2)
    expect(said.out + said.err).not.toContain(key)
    expect(readdirSync(home)).toEqual([])
  })

  test('asks the server first: what it does not know is not kept', async () => {
    const { ask, home } = person()
    const { key, id } = await makeKey('fred')
    await owner.ask('key.revoke', { key: id })
    const said = await ask(['login', '--key-stdin', '--url', edge.url], key)
    expect(said.code).toBe(4)
    expect(envelope(said)).toMatchObject({ error: 'forbidden', suggestion: `maestro login --url ${edge.url}` })
    expect((await ask(['login', '--key-stdin', '--url', 'http://127.0.0.1:1'], key)).code).toBe(6)
    expect(readdirSync(home)).toEqual([])
  })

  test('sends nothing that is no key of a person, and does not repeat it', async () => {
    using server = await startListener()
    const { ask, home } = person()
    const { key } = await makeKey('gina')
    for (const wrong of [
      '',
      'my password',
      key.slice(0, -1),
      `${key.slice(0, -1)}?`,
      `${key}\n${key}`,
      edge.spawnerKey,
    ]) {
      const said = await ask(['login', '--key-stdin', '--url', server.url], wrong)
      expect(said.code).toBe(2)
      expect(envelope(said)).toMatchObject({ error: 'invalid_input', field: 'key' })
      if (wrong) expect(said.out + said.err).not.toContain(wrong.slice(3))
    }
    expect(server.keys).toEqual([])
    expect(readdirSync(home)).toEqual([])
  })

  test('at another server leaves the project of the one before behind', async () => {
    const { files, login, ask } = person()
    const project = newId('proj')
    await owner.ask('project.new', { project, name: 'Here' })
    writeFileSync(files.config, JSON.stringify({ url: 'http://127.0.0.1:1', project, retries: '1' }))
    const { key } = await makeKey('hugo')
    expect(envelope(await login(key)).data).toMatchObject({ forgotProject: project })
    expect(read(files.config)).toEqual({ url: edge.url, retries: '1' })
    await ask(['project', 'use', project])
    expect(envelope(await login(key)).data).toMatchObject({ forgotProject: null })
    expect(read(files.config)).toMatchObject({ project })
  })

  test('says what wins over it', async () => {
    const { env } = person({ MAESTRO_API_KEY: edge.ownerKey, MAESTRO_API_URL: 'http://127.0.0.1:1' })
    const { key } = await makeKey('ida')
    const { err } = await say(['login', '--key-stdin', '--no-keychain', '--url', edge.url], { env, stdin: key })
    expect(err).toContain('! MAESTRO_API_KEY is set, and wins over this key')
    expect(err).toContain('! MAESTRO_API_URL is set, and commands go to http://127.0.0.1:1')
  })
})

describe('a key that was kept', () => {
  test('goes to its own server and to no other', async () => {
    using other = await startListener()
    const { ask, login } = person()
    const { key } = await makeKey('jane')
    await login(key)
    expect(envelope(await ask(['whoami', '--url', other.url]))).toMatchObject({ error: 'forbidden' })
    expect(other.keys).toEqual([undefined])
    expect(envelope(await ask(['whoami', '--url', `${edge.url}/`])).data).toMatchObject({ name: 'jane' })
  })

  test('goes to its server even when only a folder names that, for the person has signed in there', async () => {
    const { env, files, login } = person()
    const { key } = await makeKey('kurt')
    await login(key)
    writeFileSync(files.config, JSON.stringify({ url: 'http://127.0.0.1:1' }))
    const cwd = emptyFolder()
    writeFileSync(join(cwd, '.maestro.json'), JSON.stringify({ url: edge.url }))
    expect(envelope(await say(['whoami', '--json'], { env, cwd })).data).toMatchObject({ name: 'kurt' })
  })

  test('wins over the home’s own, and the environment’s wins over it', async () => {
    const { home, ask, login } = person()
    writeFileSync(join(home, 'keys.json'), JSON.stringify({ owner: edge.ownerKey }))
    expect(envelope(await ask(['whoami', '--url', edge.url])).data).toMatchObject({ name: 'owner' })
    await login((await makeKey('lena')).key)
    expect(envelope(await ask(['whoami'])).data).toMatchObject({ name: 'lena' })
    const { key } = await makeKey('max')
    expect(envelope(await ask(['whoami'], '', { MAESTRO_API_KEY: key })).data).toMatchObject({ name: 'max' })
  })

  test('that the server has ended is told with the command that mends it', async () => {
    const { ask, login } = person()
    const { key, id } = await makeKey('nora')
    await login(key)
    await owner.ask('key.revoke', { key: id })
    expect(envelope(await ask(['whoami']))).toMatchObject({
      error: 'unauthenticated',
      suggestion: `maestro login --url ${edge.url}`,
    })
  })

  test('is not an agent’s, who may neither sign in nor out', async () => {
    using server = await startListener()
    const { env, files, ask, login } = person()
    await login((await makeKey('otto')).key)
    const before = read(files.logins)
    writeFileSync(
      files.logins,
      JSON.stringify({ [server.url]: { at: 'file', key: 'mst_person_1', id: 'key_1', name: 'o', since: 0 } }),
    )
    const agent = { MAESTRO_SESSION_ID: 'sess_9vk3n2aq' }
    await ask(['whoami', '--url', server.url], '', agent)
    expect(server.keys).toEqual([undefined])
    await ask(['whoami', '--url', server.url])
    expect(server.keys).toEqual([undefined, 'Bearer mst_person_1'])
    writeFileSync(files.logins, JSON.stringify(before))
    for (const verb of ['login', 'logout'])
      expect(envelope(await say([verb, '--json'], { env: { ...env, ...agent } }))).toMatchObject({
        error: 'forbidden',
        message: `\`maestro ${verb}\` is for people, not for agents`,
      })
    expect(read(files.logins)).toEqual(before)
  })
})

test('the key of a home’s own server goes to no other machine', async ({ skip }) => {
  const elsewhere = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)
  using server = await startListener({ everywhere: true })
  if (!elsewhere) return skip('this machine has no address but its own')
  const { home, ask } = person()
  writeFileSync(join(home, 'keys.json'), JSON.stringify({ owner: 'mst_person_1' }))
  const said = envelope(await ask(['whoami', '--url', `http://${elsewhere.address}:${server.port}`]))
  expect(said.success).toBe(false)
  expect(server.keys).toEqual([undefined])
})

describe('`maestro logout`', () => {
  test('forgets the key of that server, and says what is still good', async () => {
    const { home, files, ask, login } = person()
    writeFileSync(join(home, 'keys.json'), JSON.stringify({ owner: edge.ownerKey }))
    const { key, id } = await makeKey('pia')
    await login(key)
    writeFileSync(
      files.logins,
      JSON.stringify({
        ...read(files.logins),
        'https://maestro.example.com': { at: 'file', key, id, name: 'p', since: 0 },
      }),
    )
    expect(envelope(await ask(['logout'])).data).toEqual({
      url: edge.url,
      forgotten: true,
      key: id,
      revoked: false,
      stillWorks: [
        `Still at hand for ${edge.url}: the key of ${join(home, 'keys.json')}`,
        'Still signed in at https://maestro.example.com',
      ],
    })
    expect(Object.keys(read(files.logins))).toEqual(['https://maestro.example.com'])
    expect(envelope(await ask(['whoami'])).data).toMatchObject({ name: 'owner' })
    expect(await owner.with({ key }).ask('whoami', {})).toMatchObject({ name: 'pia' })
    expect(envelope(await ask(['logout'])).data).toMatchObject({ forgotten: false })
  })

  test('ends the key everywhere with --revoke', async () => {
    const { ask, login, env } = person()
    const { key, id } = await makeKey('quin')
    await login(key)
    const said = await say(['logout', '--revoke'], { env })
    expect(said).toMatchObject({ code: 0, out: `✓ Signed out of ${edge.url}\n  ${id} has ended\n` })
    await expect(owner.with({ key }).ask('whoami', {})).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(envelope(await ask(['whoami']))).toMatchObject({ error: 'unauthenticated' })
  })

  test('forgets nothing when --revoke cannot be done', async () => {
    const { files, ask, login } = person()
    const { key } = await makeKey('rosa', ['read'])
    await login(key)
    expect(envelope(await ask(['logout', '--revoke']))).toMatchObject({
      error: 'forbidden',
      suggestion: 'maestro logout',
    })
    writeFileSync(
      files.logins,
      JSON.stringify({ 'http://127.0.0.1:1': { at: 'file', key, id: 'key_1', name: 'r', since: 0 } }),
    )
    expect((await ask(['logout', '--revoke', '--url', 'http://127.0.0.1:1'])).code).toBe(6)
    expect(read(files.logins)['http://127.0.0.1:1']).toMatchObject({ key })
  })
})

/** A Linux desktop’s own keychain, with nothing in it; why there is none, if there is none. */
function desktop(): { dir: string; sh: (script: string, env: Record<string, string>) => string } | string {
  if (process.platform !== 'linux') return 'only Linux lets a test have a keychain of its own'
  for (const program of ['dbus-run-session', 'gnome-keyring-daemon'])
    if (!(process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program))))
      return `${program} is not installed`
  const dir = mkdtempSync(join(tmpdir(), 'maestro-keychain-'))
  const unlock = 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null'
  const sh = (script: string, env: Record<string, string>) =>
    execFileSync('sh', ['-c', `exec dbus-run-session -- sh -c "$SCRIPT"`], {
      env: {
        SCRIPT: `${unlock}; ${script}`,
        PATH: process.env.PATH,
        HOME: dir,
        XDG_DATA_HOME: dir,
        XDG_RUNTIME_DIR: dir,
        XDG_CACHE_HOME: dir,
        ...env,
      },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  return { dir, sh }
}

describe('the system’s keychain', () => {
  test('has the key where there is one, and no file does', async ({ skip }) => {
    const here = desktop()
    if (typeof here === 'string') return skip(here)
    const { home, files } = person()
    const { key, id } = await makeKey('sam')
    const coverage = emptyFolder()
    const maestro = `"${process.execPath}" "${join(root, 'dist/node/maestro.js')}"`
    const script = [
      `printf %s "$KEY" | ${maestro} login --key-stdin --url ${edge.url} --json`,
      `cp ${files.logins} ${home}/kept.json`,
      `${maestro} whoami --json`,
      `${maestro} config list --origin --json`,
      // An agent on the same desktop, without a key of its own, whose loaded files are written down.
      `NODE_V8_COVERAGE=${coverage} MAESTRO_SESSION_ID=sess_9vk3n2aq ${maestro} whoami --json || true`,
      `${maestro} logout --revoke --json`,
      `${maestro} whoami --json || true`,
    ]
    const said = here.sh(script.join('\n'), { MAESTRO_HOME: home, KEY: key }).trim().split('\n')
    rmSync(here.dir, { recursive: true, force: true })
    const [login, whoami, origins, agent, logout, after] = said.map((line) => JSON.parse(line))
    expect(login.data).toMatchObject({ at: 'keychain', file: null, because: null, key: id })
    expect(read(join(home, 'kept.json'))[edge.url]).toEqual({
      at: 'keychain',
      id,
      name: 'sam',
      since: expect.any(Number),
    })
    expect(whoami.data).toMatchObject({ name: 'sam' })
    expect(origins.data.items.at(-1)).toMatchObject({
      name: 'key',
      places: [{ origin: 'keychain', value: 'mst_person_…' }],
    })
    expect(agent).toMatchObject({ success: false, error: 'unauthenticated' })
    expect(loadedIn(coverage).filter((file) => file.includes('keyring'))).toEqual([])
    expect(loadedIn(coverage).some((file) => file.includes('dist/node'))).toBe(true)
    expect(logout.data).toMatchObject({ forgotten: true, revoked: true })
    expect(after).toMatchObject({ success: false, error: 'unauthenticated' })
    for (const file of readdirSync(home)) expect(readFileSync(join(home, file), 'utf8')).not.toContain(key.slice(11))
  })

  test('that has lost the key says how to sign in again', async () => {
    const { files, ask } = person()
    writeFileSync(files.logins, JSON.stringify({ [edge.url]: { at: 'keychain', id: 'key_1', name: 'tom', since: 0 } }))
    expect(envelope(await ask(['whoami', '--url', edge.url]))).toMatchObject({
      error: 'unauthenticated',
      suggestion: `maestro login --url ${edge.url}`,
    })
  })
})

function loadedIn(coverage: string): string[] {
  const files = readdirSync(coverage).map((file) => read(join(coverage, file)))
  return files.flatMap(({ result }) => (result as { url: string }[]).map(({ url }) => url)) // as V8 writes it
}
