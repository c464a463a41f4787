import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { wide } from '../../cli/look.ts'
import { emptyFolder, envelope, say } from './cli.ts'
import { startListener } from './parts/listener.ts'

const home = () => {
  const folder = emptyFolder()
  return { folder, env: { MAESTRO_HOME: folder }, file: join(folder, 'config.json') }
}
const write = (file: string, value: object) => writeFileSync(file, JSON.stringify(value))

describe('a setting', () => {
  test('of a flag wins over the environment, that over the folder, that over the config, that over the default', async () => {
    const { env, file } = home()
    const project = emptyFolder()
    const cwd = join(project, 'deep', 'down')
    mkdirSync(cwd, { recursive: true })
    const ask = async (args: string[], more: Record<string, string> = {}) =>
      envelope(await say(['config', 'get', 'url', '--json', ...args], { env: { ...env, ...more }, cwd })).data
    const from = (place: string) => ['http://', place].join('')

    expect(await ask([])).toMatchObject({ value: 'http://127.0.0.1:4747', origin: 'default' })
    write(file, { url: from('config') })
    expect(await ask([])).toMatchObject({ value: from('config'), origin: 'config', from: file })
    write(join(project, '.maestro.json'), { url: from('folder') })
    expect(await ask([])).toMatchObject({
      value: from('folder'),
      origin: 'project file',
      from: join(project, '.maestro.json'),
    })
    expect(await ask([], { MAESTRO_API_URL: from('env') })).toMatchObject({
      value: from('env'),
      from: 'MAESTRO_API_URL',
    })
    expect(await ask(['--url', from('flag')], { MAESTRO_API_URL: from('env') })).toMatchObject({
      value: from('flag'),
      from: '--url',
    })
  })

  test('is written where only its owner can read it, and forgotten again', async () => {
    const { env, file } = home()
    write(file, { other: 'stays' })
    const said = await say(['config', 'set', 'url', 'http://127.0.0.1:5000', '--json'], { env })
    expect(envelope(said).data).toEqual({ name: 'url', value: 'http://127.0.0.1:5000', file })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ other: 'stays', url: 'http://127.0.0.1:5000' })
    await say(['config', 'set', 'url', ''], { env })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ other: 'stays' })
  })

  test('can be asked for and written by option too', async () => {
    const { env } = home()
    expect((await say(['config', '--set', 'retries=7'], { env })).code).toBe(0)
    expect((await say(['config', '--get', 'retries'], { env: { ...env, MAESTRO_RETRIES: '' } })).out).toBe('7\n')
    expect((await say(['config', '--set', 'retry-delay', '50'], { env })).code).toBe(0)
    const { data } = envelope(await say(['config', '--list', '--json'], { env }))
    expect(data.items).toContainEqual({
      name: 'retryDelay',
      value: '50',
      origin: 'config',
      from: join(env.MAESTRO_HOME, 'config.json'),
    })
  })

  test('is not set to what it cannot be', async () => {
    const { env, file } = home()
    expect(await say(['config', 'set', 'url', 'nowhere'], { env })).toMatchObject({ code: 2, out: '' })
    const said = await say(['config', 'set', 'url', 'http://ann:pa55word@127.0.0.1'], { env })
    expect(said.code).toBe(2)
    expect(said.err).not.toContain('pa55word')
    expect(await say(['config', 'set', 'retries', 'many'], { env })).toMatchObject({ code: 2, out: '' })
    expect(await say(['config', 'set', 'colour', 'red'], { env })).toMatchObject({ code: 2, out: '' })
    expect(existsSync(file)).toBe(false)
    expect(envelope(await say(['status', '--json'], { env: { ...env, MAESTRO_RETRIES: 'many' } }))).toMatchObject({
      error: 'invalid_input',
      message: 'MAESTRO_RETRIES must be a number, not many',
    })
  })

  test('and the key are shown with every place that sets them, and what wins', async () => {
    const { env, folder, file } = home()
    const cwd = emptyFolder()
    write(file, { url: 'http://config', retries: '5' })
    write(join(cwd, '.maestro.json'), { url: 'http://folder' })
    write(join(folder, 'keys.json'), { owner: 'mst_person_secret' })
    write(join(folder, 'logins.json'), {
      'http://flag': { at: 'file', key: 'mst_person_quiet', id: 'k', name: 'a', since: 0 },
    })
    const world = { env: { ...env, MAESTRO_API_URL: 'http://env', MAESTRO_API_KEY: 'my own' }, cwd }
    const argv = ['config', 'list', '--origin', '--url', 'http://flag']
    const said = await say([...argv, '--json'], world)
    const { items } = envelope(said).data as unknown as { items: { name: string; places: object[] }[] } // as Traced says
    const place = (value: string, origin: string, from: string, wins = false) => ({ value, origin, from, wins })
    expect(items.find(({ name }) => name === 'url')!.places).toEqual([
      place('http://flag', 'flag', '--url', true),
      place('http://env', 'environment', 'MAESTRO_API_URL'),
      place('http://folder', 'project file', join(cwd, '.maestro.json')),
      place('http://config', 'config', file),
      place('http://127.0.0.1:4747', 'default', 'default'),
    ])
    expect(items.find(({ name }) => name === 'key')!.places).toEqual([
      place('a key', 'environment', 'MAESTRO_API_KEY', true),
      place('mst_person_…', 'file', join(folder, 'logins.json')),
    ])
    const { out, err } = await say([...argv, '--no-color'], {
      ...world,
      columns: 80,
      terminal: { out: true, err: true },
    })
    for (const line of out.split('\n')) expect(wide(line)).toBeLessThanOrEqual(80)
    expect(out).toMatch(/http:\/\/env +MAESTRO_API_URL +shadowed/)
    for (const shown of [said.out, out, err]) expect(shown).not.toMatch(/secret|quiet|my own/)
  })

  test('in a file that others can read is told of, with the command that closes it', async () => {
    const { env, file, folder } = home()
    write(file, {})
    chmodSync(file, 0o644)
    const { err, code } = await say(['config', 'list', '--origin'], { env })
    expect({ err, code }).toEqual({ err: `! ${file} can be read by others (0644): chmod 600 ${file}\n`, code: 0 })
    const { data } = envelope(await say(['config', 'list', '--origin', '--json'], { env }))
    expect(data).toMatchObject({
      files: [
        { path: file, mode: '0644', fix: `chmod 600 ${file}` },
        { path: join(folder, 'logins.json'), mode: null, trouble: null },
        { path: join(folder, 'keys.json'), mode: null, fix: null },
      ],
    })
    await say(['config', 'set', 'retries', '2'], { env })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('that cannot be read says which file', async () => {
    const { env, file } = home()
    writeFileSync(file, '{')
    const said = await say(['config', 'list', '--json'], { env })
    expect(said.code).toBe(1)
    expect(envelope(said).message).toContain(file)
    expect(said.out).not.toContain('at readJson')
  })
})

describe('a key', () => {
  test('of the session wins over the owner’s', async () => {
    using server = await startListener()
    const { env, folder, file } = home()
    write(file, { url: server.url })
    write(join(folder, 'keys.json'), { owner: 'mst_person_1' })
    await say(['whoami'], { env })
    await say(['whoami'], { env: { ...env, MAESTRO_SESSION_ID: 'sess_9vk3n2aq', MAESTRO_API_KEY: 'mst_session_1' } })
    expect(server.keys).toEqual(['Bearer mst_person_1', 'Bearer mst_session_1'])
  })

  test('of the owner is not an agent’s that lost its own', async () => {
    using server = await startListener()
    const { env, folder } = home()
    write(join(folder, 'keys.json'), { owner: 'mst_person_1' })
    await say(['whoami', '--url', server.url], { env: { ...env, MAESTRO_SESSION_ID: 'sess_9vk3n2aq' } })
    expect(server.keys).toEqual([undefined])
  })

  test('goes to no server that only a file in the folder names', async () => {
    using server = await startListener()
    const { env, folder, file } = home()
    const cwd = emptyFolder()
    write(join(folder, 'keys.json'), { owner: 'mst_person_1' })
    write(join(cwd, '.maestro.json'), { url: server.url })
    const said = await say(['whoami', '--json'], { env, cwd })
    expect(said.code).toBe(4)
    expect(envelope(said)).toMatchObject({
      error: 'unauthenticated',
      suggestion: `maestro config set url ${server.url}`,
    })
    expect(server.keys).toEqual([])
    write(file, { url: server.url })
    await say(['whoami'], { env, cwd })
    expect(server.keys).toEqual(['Bearer mst_person_1'])
  })

  test('in the file of a folder is refused', async () => {
    const cwd = emptyFolder()
    write(join(cwd, '.maestro.json'), { project: 'x', apiKey: 'mst_person_1' })
    const said = await say(['status', '--json'], { cwd })
    expect(said).toMatchObject({ code: 2 })
    expect(said.out).not.toContain('mst_person_1')
    expect(envelope(said)).toMatchObject({ error: 'invalid_input', field: 'apiKey' })
  })

  test('is never in what debugging shows', async () => {
    using server = await startListener()
    const { env, folder, file } = home()
    write(file, { url: server.url })
    write(join(folder, 'keys.json'), { owner: 'mst_person_1' })
    const { err } = await say(['task', 'create', 'secret plan', '--project', `proj_${'0'.repeat(32)}`], {
      env: { ...env, MAESTRO_DEBUG: '1' },
    })
    expect(err).toMatch(/POST \/api\/projects\/proj_0+\/tasks 403 \d+ ms/)
    expect(err).not.toMatch(/mst_person_1|secret plan/)
  })
})

/** Where nothing listens. */
async function nobody() {
  using server = await startListener()
  return server.url
}

describe('a server', () => {
  test('that is not there: exit 6, retryable, and how to start it', async () => {
    const { env } = home()
    const url = await nobody()
    const said = await say(['status', '--json', '--url', url], { env })
    expect(said.code).toBe(6)
    expect(envelope(said)).toMatchObject({ error: 'unreachable', retryable: true, suggestion: 'maestro up' })
    const { code, out, err } = await say(['status', '--url', url], { env })
    expect({ code, out }).toEqual({ code: 6, out: '' })
    expect(err).toBe(`✗ Maestro does not answer at ${url} (ECONNREFUSED)\n  → maestro up\n`)
  })

  test('that says no is not asked again, and the refusal is passed on with its exit code', async () => {
    using server = await startListener()
    const said = await say(['whoami', '--json', '--url', server.url], {
      env: { MAESTRO_RETRIES: '3', MAESTRO_RETRY_DELAY: '1', MAESTRO_API_KEY: 'k' },
    })
    expect(said.code).toBe(4)
    expect(envelope(said)).toEqual({ success: false, error: 'forbidden', message: 'no', retryable: false })
    expect(server.keys).toHaveLength(1)
  })

  test('is asked as often as MAESTRO_RETRIES says', async () => {
    const { env } = home()
    const url = await nobody()
    const started = performance.now()
    await say(['whoami', '--url', url], {
      env: { ...env, MAESTRO_RETRIES: '3', MAESTRO_RETRY_DELAY: '40' },
    })
    expect(performance.now() - started).toBeGreaterThan(20 + 40 + 80)
  })
})
