import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

  test('are taken out again without a trace', async () => {
    expect((await told(['hooks', 'uninstall'], env)).data).toMatchObject({ change: 'removed' })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(theirs)
    expect((await told(['hooks', 'status'], env)).data).toMatchObject({ installed: 'no' })
  })

  test('are not put into a file that is no settings, and that stays as it is', async () => {
    writeFileSync(file, '{ "hooks": [')
    expect(await told(['hooks', 'install'], env)).toMatchObject({ exit: 2, error: 'invalid_input', field: 'settings' })
    expect(readFileSync(file, 'utf8')).toBe('{ "hooks": [')
  })

  test('can be tried, silently and without leaving anything', async () => {
    expect(await told(['hooks', 'test'], env)).toMatchObject({ exit: 0, data: { exit: 0, spooled: true } })
    expect(existsSync(join(home, '.maestro/spool'))).toBe(false)
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

  test('is left to the spawner where one runs', async () => {
    const daemon = await startDaemon(edge.home)
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
