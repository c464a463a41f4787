import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, say } from './cli.ts'
import { startDaemon } from './parts/daemon.ts'

let edge: Edge
let project: ProjectId
let client: Client
beforeAll(async () => {
  edge = await startEdge()
  client = new Client({ url: edge.url, key: edge.ownerKey })
  project = (await client.ask('project.new', { project: newId('proj'), name: 'shop' })).project
})
afterAll(() => edge?.stop())

async function told(argv: string[], env: Record<string, string>) {
  const said = await say([...argv, '--json'], { env })
  return { exit: said.code, ...envelope(said) }
}

describe('the hooks of people', () => {
  const home = emptyFolder()
  const file = join(home, '.claude/settings.json')
  const env = { HOME: home, MAESTRO_HOME: join(home, '.maestro') }
  const theirs = { model: 'opus', hooks: { Stop: [{ hooks: [{ type: 'command', command: 'say done' }] }] } }

  test('are put into their settings, which are kept as they were beside them, and once only', async () => {
    mkdirSync(join(home, '.claude'))
    writeFileSync(file, JSON.stringify(theirs), { mode: 0o640 })
    const first = await told(['hooks', 'install'], env)
    expect(first).toMatchObject({ exit: 0, data: { settings: file, change: 'installed' } })
    const { backup } = first.data as unknown as { backup: string } // by the command's schema
    expect(JSON.parse(readFileSync(backup, 'utf8'))).toEqual(theirs)
    const now = JSON.parse(readFileSync(file, 'utf8'))
    expect(now).toMatchObject({ model: 'opus', env: { MAESTRO_HOOK_ALL: '1' } })
    expect(now.hooks.Stop).toEqual([theirs.hooks.Stop[0], expect.anything()])
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect((await told(['hooks', 'install'], env)).data).toMatchObject({ change: 'none', backup: null })
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ installed: 'all', waiting: 0 })
  })

  test('are taken out again without a trace: the file is what it was, byte for byte', async () => {
    expect((await told(['hooks', 'uninstall'], env)).data).toMatchObject({ change: 'removed' })
    expect(readFileSync(file, 'utf8')).toBe(JSON.stringify(theirs))
    expect(readdirSync(join(home, '.claude'))).toEqual(['settings.json'])
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ installed: 'no' })
    expect((await told(['hooks', 'uninstall'], env)).data).toMatchObject({ change: 'none' })
  })

  test('are taken out of what was changed meanwhile, and the change stays', async () => {
    await told(['hooks', 'install'], env)
    const changed = JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), model: 'sonnet' }, null, '\t')
    writeFileSync(file, changed)
    const said = await say(['hooks', 'uninstall'], { env })
    const [, backup = ''] = /\(before: (.*)\)/.exec(said.out) ?? []
    expect(readFileSync(backup, 'utf8')).toBe(changed)
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify({ ...theirs, model: 'sonnet' }, null, '\t')}\n`)
    rmSync(join(home, '.claude'), { recursive: true })
  })

  test('are taken out although an old copy cannot be read', async () => {
    mkdirSync(join(home, '.claude'))
    writeFileSync(file, JSON.stringify(theirs))
    await told(['hooks', 'install'], env)
    writeFileSync(`${file}.before-maestro-29991231T000000Z`, '{ "model": "op') // the newest
    expect(await told(['hooks', 'uninstall'], env)).toMatchObject({
      exit: 0,
      data: { change: 'removed', backup: null },
    })
    expect(readFileSync(file, 'utf8')).toBe(JSON.stringify(theirs))
    rmSync(join(home, '.claude'), { recursive: true })
  })

  test('need no file, and leave none', async () => {
    expect((await told(['hooks', 'install', '--only-sessions'], env)).data).toMatchObject({ backup: null })
    expect(JSON.parse(readFileSync(file, 'utf8')).env).toBeUndefined()
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ installed: 'sessions' })
    expect(await say(['hooks', 'uninstall'], { env })).toMatchObject({ out: `✓ ${file} is without them\n` })
    expect(existsSync(file)).toBe(false)
  })

  test('of an earlier version are replaced, and leave with it', async () => {
    const old = { type: 'command', command: "maestro_hooks='/old'; . x", timeout: 5 }
    writeFileSync(file, JSON.stringify({ hooks: { Stop: [{ hooks: [old] }], PreToolUse: [{ hooks: [old] }] } }))
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ installed: 'partly' })
    await told(['hooks', 'install'], env)
    expect(readFileSync(file, 'utf8')).not.toContain('/old')
    await told(['hooks', 'uninstall'], env)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({})
    rmSync(join(home, '.claude'), { recursive: true })
  })

  test('go through a link to where the settings are, and leave the link', async () => {
    const real = join(home, 'dotfiles.json')
    mkdirSync(join(home, '.claude'))
    symlinkSync(real, file)
    await told(['hooks', 'install'], env) // nothing there yet
    expect(JSON.parse(readFileSync(real, 'utf8')).hooks.Stop).toHaveLength(1)
    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    rmSync(join(home, '.claude'), { recursive: true })
  })

  test('know their home again where it is not the usual one', async () => {
    const elsewhere = join(home, 'elsewhere')
    await told(['hooks', 'install'], { ...env, MAESTRO_HOME: elsewhere })
    expect(JSON.parse(readFileSync(file, 'utf8')).env).toMatchObject({ MAESTRO_HOOK_HOME: elsewhere })
    await told(['hooks', 'uninstall'], env)
    expect(existsSync(file)).toBe(false)
  })

  const odd: [string, string, string][] = [
    ['broken', '{ "hooks": [', 'is not JSON'],
    ['with comments', '{\n  // mine\n  "model": "opus"\n}', 'it has comments, which would be lost'],
    ['a list', '[]', 'holds no settings'],
    ['with hooks that are none', '{"hooks":{"Stop":"say done"}}', 'hooks.Stop is not as it must be'],
    ['with no hooks at all', '{"hooks":null}', 'holds no settings'],
  ]
  test.each(odd)('are not put into a file that is %s, and that stays as it is', async (_, text, says) => {
    mkdirSync(join(home, '.claude'), { recursive: true })
    writeFileSync(file, text)
    for (const command of ['install', 'uninstall', 'status']) {
      const answer = await told(['hooks', command], env)
      expect(answer).toMatchObject({ exit: 2, error: 'invalid_input', field: 'settings' })
      expect(answer.message).toContain(says)
    }
    expect(readFileSync(file, 'utf8')).toBe(text)
    expect(readdirSync(join(home, '.claude'))).toEqual(['settings.json'])
  })

  test('are not forced into a file that its owner has closed', async () => {
    writeFileSync(file, '{}', { mode: 0o400 })
    chmodSync(file, 0o400)
    const answer = await told(['hooks', 'install'], env)
    expect(answer).toMatchObject({ exit: 4, error: 'forbidden', suggestion: `chmod u+w ${file}` })
    expect(readFileSync(file, 'utf8')).toBe('{}')
    expect(readdirSync(join(home, '.claude'))).toEqual(['settings.json'])
    rmSync(join(home, '.claude'), { recursive: true })
  })

  test('find the settings of a user without HOME, and one with a mark in front', async () => {
    const given = join(home, 'marked.json')
    writeFileSync(given, '\ufeff{"model":"opus"}')
    const { HOME: _, ...homeless } = env
    expect(await told(['hooks', 'install', '--settings', given], homeless)).toMatchObject({ exit: 0 })
    expect(JSON.parse(readFileSync(given, 'utf8'))).toMatchObject({ model: 'opus' })
    await told(['hooks', 'uninstall', '--settings', given], homeless)
    expect(readFileSync(given, 'utf8')).toBe('\ufeff{"model":"opus"}')
  })

  test('can be tried, silently and without leaving anything', async () => {
    expect(await told(['hooks', 'test'], env)).toMatchObject({ exit: 0, data: { exit: 0, spooled: true } })
    expect(readdirSync(join(home, '.maestro/spool/new'))).toEqual([])
  })
})

describe('flushing', () => {
  const leave = (n: number) => {
    const name = `-.claude-code.0000000${n}-0000-4000-8000-000000000000.json`
    const payload = { hook_event_name: 'UserPromptSubmit', session_id: 'by hand', cwd: '/', prompt: `number ${n}` }
    writeFileSync(join(edge.home.spool, 'new', name), JSON.stringify(payload))
  }
  const flush = () => told(['hooks', 'flush'], { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' })

  test('keeps events that belong to no project, and says so', async () => {
    leave(1)
    expect(await flush()).toMatchObject({
      exit: 0,
      data: { sent: 0, left: 1, why: expect.stringContaining('project') },
    })
  })

  test('sends what waits, each once, and leaves nothing', async () => {
    await say(['project', 'use', project], { env: { MAESTRO_HOME: edge.home.root } })
    leave(2)
    expect(await flush()).toMatchObject({ exit: 0, data: { sent: 2, left: 0, why: null, daemon: false } })
    leave(2)
    expect(await flush()).toMatchObject({ data: { sent: 1, left: 0 } })
    const { entries } = await client.with({ project }).askProject('entry.list', { limit: 1000 })
    const prompts = entries.filter(({ type }) => type === 'hook:prompt')
    expect(prompts.map(({ data }) => (data as { summary: string }).summary)).toHaveLength(3)
    expect(readdirSync(join(edge.home.spool, 'new'))).toEqual([])
  })

  test('is told of, with what is in the spool and what is not', async () => {
    leave(4)
    writeFileSync(join(edge.home.spool, 'dropped'), '-.claude-code full\n-.claude-code full\n')
    const env = { MAESTRO_HOME: edge.home.root, HOME: emptyFolder() }
    const before = (await told(['hooks', 'status'], env)).data
    expect(before).toMatchObject({ waiting: 1, bytes: expect.any(Number), dropped: 2, setAside: 0, reader: null })
    await flush()
    const after = (await told(['hooks', 'status'], env)).data as unknown as { lastSent: number } // by the command's schema
    expect(after).toMatchObject({ waiting: 0, bytes: 0, dropped: 0 })
    expect(Date.now() - after.lastSent).toBeLessThan(60_000)
    const { entries } = await client.with({ project }).askProject('entry.list', { limit: 1000 })
    expect(entries.map(({ data }) => (data as { summary?: string }).summary)).toContain(
      '2 events were dropped: the spool was full',
    )
  })

  test('is left to the spawner where one runs', async () => {
    const daemon = await startDaemon(edge.home)
    const env = { MAESTRO_HOME: edge.home.root, HOME: emptyFolder() }
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ reader: 'daemon' })
    expect(await flush()).toMatchObject({ exit: 0, data: { daemon: true } })
    await daemon.end()
  })

  test('keeps everything while the server is away, and says why', async () => {
    leave(3)
    const env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_API_URL: 'http://127.0.0.1:1' }
    const { exit, data } = await told(['hooks', 'flush'], env)
    expect({ exit, data }).toMatchObject({ exit: 0, data: { sent: 0, left: 1, why: expect.stringContaining('wait') } })
  })
})
