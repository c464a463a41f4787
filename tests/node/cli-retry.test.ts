import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { readRetryAfter, retry } from '../../client/retry.ts'
import { MaestroError } from '../../protocol/errors.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'
import { type Fault, startFlakyProxy } from './parts/flaky-proxy.ts'

let edge: Edge
let proxy: Awaited<ReturnType<typeof startFlakyProxy>>
let owner: Client
let project: ProjectId
let env: Record<string, string>

beforeAll(async () => {
  edge = await startEdge()
  proxy = await startFlakyProxy(edge.url)
  owner = new Client({ url: edge.url, key: edge.ownerKey })
  project = (await owner.ask('project.new', { project: newId('proj'), name: 'Shop' })).project
  owner = owner.with({ project })
  env = {
    MAESTRO_API_URL: proxy.url,
    MAESTRO_API_KEY: edge.ownerKey,
    MAESTRO_PROJECT_ID: project,
    MAESTRO_RETRIES: '3',
    MAESTRO_RETRY_DELAY: '5',
  }
})
afterAll(async () => {
  proxy?.stop()
  await edge?.stop()
})
beforeEach(() => proxy.plan())

const ask = (argv: string[], more: Record<string, string> = {}) =>
  say([...argv, '--json'], { env: { ...env, ...more } })
const titles = async () => (await owner.query('task.list', { limit: 100 })).items.map(({ title }) => title)
const json = { 'Content-Type': 'application/json' }
const refusal = (error: string) => JSON.stringify({ success: false, error, message: 'no', retryable: false })

describe('on a bad connection', () => {
  const faults: [string, Fault][] = [
    ['cut before the server hears of it', 'refuse'],
    ['cut after the server has done it', 'reset'],
    ['cut in the midst of the answer', 'half'],
    ['answered with 502 by a proxy', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['answered with 503 although the server has done it', { after: { status: 503 } }],
    ['answered with 500 by Maestro', { status: 500, headers: json, body: refusal('internal') }],
    ['answered with 429 by a proxy', { status: 429 }],
    ['answered with half an envelope', { status: 200, headers: json, body: '{"success":tr' }],
  ]

  test.each(faults)('a task whose request is %s is created once', async (name, fault) => {
    proxy.plan(fault, fault)
    const said = await ask(['task', 'create', name])
    expect(said.code, said.out + said.err).toBe(0)
    expect(proxy.changes()).toHaveLength(3)
    expect((await titles()).filter((title) => title === name)).toHaveLength(1)
    // The same id each time is what makes it once.
    const ids = proxy.changes().map(({ raw }) => /^idempotency-key: (.*)$/im.exec(raw)?.[1])
    expect(new Set(ids).size).toBe(1)
  })

  test.each(faults)('a project, a key and its end: each happens once when the request is %s', async (name, fault) => {
    const count = async () => ({
      projects: (await owner.ask('project.list', {})).items.length,
      keys: (await owner.ask('key.list', {})).items.length,
    })
    const before = await count()
    proxy.plan(fault)
    expect((await ask(['project', 'create', name])).code).toBe(0)
    proxy.plan(fault)
    const { data } = envelope(await ask(['key', 'create', name]))
    expect(await count()).toEqual({ projects: before.projects + 1, keys: before.keys + 1 })
    expect(await owner.with({ key: data.key }).ask('whoami', {})).toMatchObject({ name })
    proxy.plan(fault)
    expect((await ask(['key', 'revoke', data.id])).code).toBe(0)
    expect(await count()).toEqual({ projects: before.projects + 1, keys: before.keys })
  })

  test('reading goes on too', async () => {
    proxy.plan('reset', { status: 503 }, 'half')
    expect((await ask(['task', 'list'])).code).toBe(0)
    expect(proxy.seen).toHaveLength(4)
  })

  test('that stays bad, it ends with exit 6, after as many tries as MAESTRO_RETRIES says', async () => {
    proxy.plan('refuse', 'refuse', 'refuse', 'refuse')
    const said = await ask(['task', 'create', 'Never'], { MAESTRO_RETRIES: '2' })
    expect(said.code).toBe(6)
    expect(envelope(said)).toMatchObject({ error: 'unreachable', retryable: true })
    expect(proxy.changes()).toHaveLength(3)
    expect(await titles()).not.toContain('Never')
  })

  test('what the server refuses is not asked again', async () => {
    const no = (status: number, error: string): Fault => ({ status, headers: json, body: refusal(error) })
    for (const fault of [
      no(400, 'invalid_input'),
      no(403, 'forbidden'),
      no(404, 'task_not_found'),
      no(409, 'conflict'),
    ]) {
      proxy.plan(fault)
      expect((await ask(['task', 'create', 'No'])).code).not.toBe(0)
      expect(proxy.changes()).toHaveLength(1)
    }
    proxy.plan({ status: 404, body: '<h1>Sign in to the hotel</h1>' })
    expect(envelope(await ask(['task', 'create', 'No']))).toMatchObject({ error: 'failed' })
    expect(proxy.changes()).toHaveLength(1)
  })

  test('a link that was used up is not tried again', async () => {
    const { token } = await owner.ask('link.create', {})
    proxy.plan('reset')
    await expect(new Client({ url: proxy.url }).ask('sign-in', { token })).rejects.toMatchObject({
      code: 'unreachable',
    })
    expect(proxy.seen).toHaveLength(1)
  })
})

describe('nothing wrong is ever sent', () => {
  const id = 'task_4hq1w8ze'
  test.each([
    [['task', 'list', '--status', 'redy'], 'status'],
    [['task', 'list', '--priority', 'hihg'], 'priority'],
    [['task', 'list', '--limit', 'many'], 'limit'],
    [['task', 'list', '--limit', '0'], 'limit'],
    [['task', 'list', '--session', id], 'session'],
    [['task', 'create', 'x', '--priority', 'asap'], 'priority'],
    [['task', 'create', ''], 'title'],
    [['task', 'create', '  '], 'title'],
    [['task', 'create', 'x'.repeat(301)], 'title'],
    [['task', 'create', 'x', '--needs', 'sess_4hq1w8ze'], 'task'],
    [['task', 'show', 'task_4hq1w8zo'], 'task'],
    [['task', 'show', 'sess_4hq1w8ze'], 'task'],
    [['task', 'show', 'task_4hq1w8zee'], 'task'],
    [['task', 'edit', id, '--position', 'first'], 'position'],
    [['task', 'edit', id], undefined],
    [['task', 'block', id], 'reason'],
    [['task', 'block', id, ' '], 'reason'],
    [['task', 'note', '4hq', ''], 'text'],
    [['task', 'complete'], 'task'],
    [['task', 'complete', ''], 'task'],
    [['task', 'delete', ' '], 'task'],
    [['task', 'claim', '4hq', '--session', 'task_4hq1w8ze'], 'session'],
    [['session', 'spawn', '4hq', '--role', 'boss'], 'role'],
    [['session', 'spawn', '4hq', '--profile', 'rm -rf /'], 'profile'],
    [['key', 'create', ''], 'name'],
    [['key', 'create', 'x', '--days', '0'], 'days'],
    [['key', 'create', 'x', '--scope', 'task:wirte'], 'scope'],
    [['project', 'create', ' '], 'name'],
    [['config', 'set', 'url', 'nowhere'], 'url'],
    [['task', 'lst'], undefined],
    [['task', 'list', '--statsu', 'todo'], 'statsu'],
    [['task', 'list', 'all'], undefined],
  ])('%j: refused with exit 2, and the server hears nothing', async (argv, field) => {
    const said = await ask(argv)
    expect(said.code, said.out).toBe(2)
    expect(envelope(said)).toMatchObject({ success: false, error: 'invalid_input', ...(field && { field }) })
    expect(proxy.seen.map(({ line }) => line)).toEqual([])
  })

  test('but what is right is heard', async () => {
    expect((await ask(['task', 'create', 'Right', '--priority', 'high'])).code).toBe(0)
    expect(proxy.changes()).toHaveLength(1)
  })
})

describe('time', () => {
  test('is bounded by MAESTRO_TIMEOUT for all tries together', async () => {
    proxy.plan('silence', 'silence', 'silence', 'silence')
    const began = performance.now()
    const said = await ask(['task', 'create', 'Slow'], { MAESTRO_TIMEOUT: '300', MAESTRO_RETRIES: '50' })
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(said.code).toBe(7)
    expect(envelope(said)).toMatchObject({ error: 'timed_out', message: expect.stringContaining('300 ms') })

    proxy.plan(...Array.from({ length: 100 }, () => 'refuse' as const))
    const quick = performance.now()
    expect((await ask(['task', 'create', 'Slow'], { MAESTRO_TIMEOUT: '300', MAESTRO_RETRIES: '50' })).code).toBe(6)
    expect(performance.now() - quick).toBeLessThan(1_500)
    expect(proxy.seen.length).toBeGreaterThan(3)
  })

  test('that a server asks for is given', async () => {
    proxy.plan({ status: 429, headers: { ...json, 'Retry-After': '1' }, body: refusal('rate_limited') })
    expect((await ask(['task', 'list'])).code).toBe(0)
    const [first, second] = proxy.seen
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(990)
  })

  test('that a server asks for is not waited for beyond the limit', async () => {
    proxy.plan({ status: 503, headers: { ...json, 'Retry-After': '3600' }, body: refusal('unavailable') })
    const began = performance.now()
    expect((await ask(['task', 'list'], { MAESTRO_TIMEOUT: '5000' })).code).toBe(6)
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(proxy.seen).toHaveLength(1)
  })

  test('is read from Retry-After as seconds or as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(readRetryAfter('2', now)).toBe(2_000)
    expect(readRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000)
    expect(readRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
    expect(readRetryAfter('soon', now)).toBeUndefined()
    expect(readRetryAfter(null, now)).toBeUndefined()
  })

  test('between tries grows, and is never the same for everybody', async () => {
    const pauses = async () => {
      const at: number[] = []
      await retry(
        async () => {
          at.push(performance.now())
          throw new MaestroError('unavailable', 'no')
        },
        { retries: 3, delay: 40 },
      ).catch(() => undefined)
      return at.slice(1).map((each, before) => each - at[before]!)
    }
    const [one, other] = await Promise.all([pauses(), pauses()])
    for (const [number, least] of [20, 40, 80].entries()) {
      expect(one[number]).toBeGreaterThanOrEqual(least - 1)
    }
    expect(one.map(Math.round)).not.toEqual(other.map(Math.round))
  })
})

describe('an idempotency key of one’s own', () => {
  const twice = async (argv: string[]) => [envelope(await ask(argv)), envelope(await ask(argv))] as const

  test('makes one project and one key of two', async () => {
    const [first, again] = await twice(['project', 'create', 'Once', '--idempotency-key', 'release-2026-01'])
    expect(again.data.project).toBe(first.data.project)
    const [key, same] = await twice(['key', 'create', 'robot', '--idempotency-key', 'robot-2026-01'])
    expect(same.data).toEqual(key.data)
    expect(await owner.with({ key: key.data.key }).ask('whoami', {})).toMatchObject({ name: 'robot' })
  })

  test('that has made something else is refused', async () => {
    await ask(['key', 'create', 'robot', '--idempotency-key', 'robot-2026-02'])
    const other = envelope(await ask(['key', 'create', 'android', '--idempotency-key', 'robot-2026-02']))
    expect(other).toMatchObject({ success: false, error: 'id_taken' })
    await ask(['project', 'create', 'Shop two', '--idempotency-key', 'shop-2026-02'])
    const third = envelope(await ask(['project', 'create', 'Shop three', '--idempotency-key', 'shop-2026-02']))
    expect(third).toMatchObject({ success: false, error: 'id_taken' })
  })

  test('shows no key again that has ended, or to anybody else', async () => {
    const argv = ['key', 'create', 'shown', '--idempotency-key', 'shown-2026-01']
    const { data } = envelope(await ask(argv))
    const second = envelope(await ask(['key', 'create', 'another person'])).data
    const theirs = envelope(await ask(argv, { MAESTRO_API_KEY: second.key }))
    expect(theirs.data.key).not.toBe(data.key)
    await ask(['key', 'revoke', data.id])
    expect(envelope(await ask(argv))).toMatchObject({ success: false, error: 'conflict' })
  })

  test('is checked before anything is asked', async () => {
    const said = envelope(await ask(['task', 'create', 'x', '--idempotency-key', 'a b']))
    expect(said).toMatchObject({ error: 'invalid_input', field: 'idempotency-key' })
    expect(proxy.seen).toEqual([])
  })
})

describe('MAESTRO_DEBUG', () => {
  test('shows method, path, outcome, time and try of each request', async () => {
    proxy.plan('reset', { status: 503 })
    const { err } = await ask(['task', 'create', 'a canary 7f3a'], { MAESTRO_DEBUG: '1' })
    const lines = err.trimEnd().split('\n')
    const path = `POST /api/projects/${project}/tasks`
    expect(lines.map((line) => line.replace(/\d+ ms/, 'n ms'))).toEqual([
      expect.stringMatching(new RegExp(`^${path} (ECONNRESET|UND_ERR_SOCKET) n ms \\(try 1\\)$`)),
      `${path} 503 n ms (try 2)`,
      `${path} 200 n ms (try 3)`,
    ])
  })

  test('shows no key and no body, of a request or an answer', async () => {
    const canary = 'mst_person_CanaryCanaryCanaryCanaryCanary12345678'
    const debug = { MAESTRO_DEBUG: '1' }
    const made = await ask(['key', 'create', 'canary name'], debug)
    const { key } = envelope(made).data
    expect(key).toMatch(/^mst_person_/)
    const good = [
      made,
      await ask(['task', 'list', '--search', canary], debug),
      await ask(['task', 'create', 'title', '--body', canary], debug),
    ]
    const refused = [
      await ask(['whoami'], { ...debug, MAESTRO_API_KEY: canary }),
      await ask(['whoami'], { ...debug, MAESTRO_API_KEY: `${canary}\nX-Evil: 1` }),
      await ask(['whoami', '--url', 'http://nobody:CanaryPassword@127.0.0.1:1'], debug),
      await ask(['whoami', canary], debug),
      await ask(['--project', canary, 'tsak', canary], debug),
    ]
    expect(good.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(refused.map(({ code }) => code)).toEqual([4, 4, 2, 2, 2])
    const shown = [...good.map(({ err }) => err), ...refused.flatMap(({ out, err }) => [out, err])].join('\n')
    expect(shown).toMatch(/GET \/api\/whoami 401 \d+ ms/)
    for (const secret of ['Canary', key.slice(12), edge.ownerKey.slice(12), 'canary name', 'Evil'])
      expect(shown).not.toContain(secret)
  })
})
