import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parses } from '../../cli/main.ts'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { emptyProject, type Project } from '../../protocol/model.ts'
import { type Entry, evolve } from '../../protocol/project.ts'
import { entryLine } from '../../protocol/transfer.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { hashOf } from '../faults/parts/invariants.ts'
import { add, given, t1 } from '../pure/protocol/given.ts'
import { broken } from '../pure/protocol/invariants.ts'
import { emptyFolder, envelope, ioIn, run, type Said, say } from './cli.ts'
import { startFlakyProxy } from './parts/flaky-proxy.ts'
import { follow } from './parts/follow.ts'

let edge: Edge
let env: Record<string, string>
let folder: string
let source: ProjectId
let owner: Client

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' }
  folder = emptyFolder()
  const scene = await makeScene(edge)
  source = scene.project
  owner = scene.owner
  await fillProject(scene)
})
afterAll(() => edge?.stop())

/** Tasks, sessions of which one has ended and two are live, and what their hooks told. */
async function fillProject({ owner, run, spawner }: Awaited<ReturnType<typeof makeScene>>): Promise<void> {
  const ended = await run()
  const working = await run()
  for (const { session, hook, task, agent } of [ended, working]) {
    await hook.report(Array.from({ length: 30 }, (_, n) => hookEvent(session, n)))
    await agent.execute('task.note', { task, text: 'Half way \u001b[31m\ud800 ☂' })
  }
  await ended.agent.execute('task.complete', { task: ended.task, summary: 'It works' })
  await spawner.execute('session.end', { session: ended.session, outcome: 'completed' })
  await owner.execute('session.spawn', { session: newId('sess'), tasks: [], profile: 'nothing-has-this' })
}

function hookEvent(session: string, n: number) {
  return {
    ...{ id: newId('evt'), at: Date.now(), agent: 'claude-code', agentSession: `agent of ${session}`, session },
    ...{
      kind: 'tool_use',
      name: 'PostToolUse',
      tool: 'Bash',
      toolUse: `use-${n}`,
      summary: `Bash npm test ${n}`,
      ms: n,
    },
    payload: { tool_input: { command: 'npm test' }, n, '10': 'ten', '9': 'nine' },
  }
}

type Told = Record<string, unknown> & { next?: string[] }
async function told(...argv: string[]): Promise<Told> {
  return good(await say([...argv, '--json'], { env }))
}
function good(said: Said): Told {
  const answer = envelope(said)
  if (!answer.success || said.code !== 0 || said.err) throw new Error(`${said.out}${said.err}exit ${said.code}`)
  return answer.data as unknown as Told // of whatever command
}
async function refused(argv: string[], world: Parameters<typeof say>[1] = { env }) {
  const said = await say([...argv, '--json'], world)
  const answer = envelope(said)
  // What is to be run next must be a command line; what stands in angle brackets is for the reader to fill in.
  if (answer.suggestion) await parses(wordsOf(answer.suggestion), ioIn(env))
  return { exit: said.code, ...answer }
}
const wordsOf = (line: string) => (line.match(/"[^"]*"|\S+/g) ?? []).slice(1).map((word) => word.replaceAll('"', ''))

async function logOf(project: ProjectId, client = owner): Promise<Entry[]> {
  const all: Entry[] = []
  for (let more = true; more; ) {
    const page = await client.with({ project }).askProject('entry.list', { since: all.length, limit: 1000 })
    all.push(...page.entries)
    more = page.more
  }
  return all
}
/** The project as its log has it at `seq`, with the id that it is compared by. */
function replayed(log: Entry[], seq: number): Project {
  const project = emptyProject()
  for (const entry of log.slice(0, seq)) evolve(project, structuredClone(entry))
  return project
}
const withoutId = (project: Project) => hashOf({ ...project, id: null })
const at = (name: string) => join(folder, name)

/** How many entries of a project its archive has. */
async function archived(project: ProjectId): Promise<unknown> {
  const sql = 'SELECT count(*) AS n FROM entries WHERE project = ?'
  const [rows] = await edge.sql([{ sql, values: [project] }])
  return rows?.[0]?.n
}

describe('an export', () => {
  test('is a file of its own that appears whole, of which others read nothing, and has every entry as the wire has it', async () => {
    const log = await logOf(source)
    const out = await told('export', '--project', source, '--out', at('shop.ndjson'))
    expect(out).toMatchObject({
      file: at('shop.ndjson'),
      project: source,
      since: 0,
      head: log.length,
      entries: log.length,
    })
    expect(statSync(at('shop.ndjson')).mode & 0o777).toBe(0o600)
    const lines = readFileSync(at('shop.ndjson'), 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(log.length + 2)
    expect(lines.slice(1, -1).map((line) => JSON.parse(line) as Entry)).toEqual(log)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      maestro: 'export',
      format: 1,
      project: source,
      name: 'shop',
      since: 0,
    })
    expect(JSON.parse(lines.at(-1)!)).toEqual({ entries: log.length, sha256: out.sha256 })
    expect(readdirSync(folder)).toEqual(['shop.ndjson'])
  })

  test('goes to standard output where no file is named, and to no terminal', async () => {
    const said = await run(['export', '--project', source], { env })
    expect(said.code).toBe(0)
    const again = readFileSync(at('shop.ndjson'), 'utf8').split('\n')
    expect(said.out.split('\n').slice(1, -2)).toEqual(again.slice(1, -2))
    expect(said.err).toMatch(/^\d+ entries of shop, \d/)
    const terminal = { env, terminal: { out: true, err: true }, columns: 80 }
    const shown = await say(['export', '--project', source], terminal)
    expect(shown).toMatchObject({ code: 2, out: '' })
    expect(shown.err).toContain('maestro export --out project.ndjson')
    expect(await refused(['export', '--project', source])).toMatchObject({ error: 'invalid_input', field: 'out' })
  })

  test('begins after an entry that is named', async () => {
    const { head } = await told('export', '--project', source, '--out', at('new.ndjson'), '--since', '5')
    expect(await told('export', '--project', source, '--out', at('new.ndjson'), '--since', '5')).toMatchObject({
      ...{ since: 5, entries: (head as number) - 5 },
    })
    expect(await refused(['import', at('new.ndjson')])).toMatchObject({
      ...{ error: 'invalid_input', exit: 2, field: 'file' },
      message: expect.stringContaining('begins after entry 5') as string,
    })
    expect(await refused(['export', '--project', source, '--since', '999999', '--out', at('x')])).toMatchObject({
      ...{ error: 'invalid_input', field: 'since', suggestion: expect.stringContaining('--since') as string },
    })
  })

  test('replaces another export, and nothing else', async () => {
    writeFileSync(at('diary.txt'), 'Dear diary')
    expect(await refused(['export', '--project', source, '--out', at('diary.txt')])).toMatchObject({
      error: 'conflict',
      exit: 5,
    })
    expect(readFileSync(at('diary.txt'), 'utf8')).toBe('Dear diary')
    expect(await refused(['export', '--project', source, '--out', at('no/such/folder.ndjson')])).toMatchObject({
      ...{ error: 'failed', field: 'out', message: expect.stringContaining('there is no such folder') as string },
    })
  })

  test('goes on over what passes, and leaves nothing behind where it cannot', async () => {
    const proxy = await startFlakyProxy(edge.url)
    const near = { ...env, MAESTRO_API_URL: proxy.url, MAESTRO_API_KEY: edge.ownerKey, MAESTRO_RETRY_DELAY: '1' }
    const before = readdirSync(folder)
    // The list of projects, where the log stands, then pages of it.
    proxy.plan('ok', 'ok', 'reset', 'half', 'ok')
    const patient = { env: { ...near, MAESTRO_RETRIES: '3' } }
    const once = await say(['export', '--project', source, '--out', at('flaky.ndjson'), '--json'], patient)
    expect(good(once)).toMatchObject({ entries: (await logOf(source)).length })
    proxy.plan('ok', 'ok', 'reset')
    expect(await refused(['export', '--project', source, '--out', at('gone.ndjson')], { env: near })).toMatchObject({
      ...{ success: false, retryable: true, exit: 6 },
    })
    expect(readdirSync(folder).sort()).toEqual([...before, 'flaky.ndjson'].sort())
    proxy.stop()
  })
})

describe('an import', () => {
  test('beside the original makes another project with the same history, in which nothing runs', async () => {
    const log = await logOf(source)
    expect(await refused(['import', at('shop.ndjson')])).toMatchObject({
      ...{ error: 'conflict', exit: 5, suggestion: `maestro import ${at('shop.ndjson')} --name "shop 2"` },
    })
    const made = await told('import', at('shop.ndjson'), '--name', 'shop 2')
    const project = made.project as ProjectId
    expect(made).toMatchObject({ name: 'shop 2', from: source, entries: log.length, duplicate: false })
    expect(project).not.toBe(source)
    const copy = await logOf(project)
    const [first, ...rest] = log
    expect(copy.slice(0, log.length)).toEqual([{ ...first, data: { ...first!.data, project } }, ...rest])
    expect(withoutId(replayed(copy, log.length))).toBe(withoutId(replayed(log, log.length)))

    const now = await owner.with({ project }).query('project.show', {})
    expect(hashOf(now)).toBe(hashOf(replayed(copy, copy.length)))
    expect(now).toMatchObject({ id: project, name: 'shop 2', live: {} })
    expect(broken(now)).toEqual([])
    const ended = Object.values(now.sessions).map(({ outcome }) => outcome)
    expect(ended.sort()).toEqual(['completed', 'lost', 'stopped'])
    expect(Object.values(now.tasks).filter(({ status }) => status === 'in_progress')).toEqual([])
    expect(Object.values(now.spawners)).toMatchObject([{ status: 'offline' }])
    // The original has not noticed.
    expect(await logOf(source)).toEqual(log)
  })

  test('of the same file again changes nothing', async () => {
    const before = await told('project', 'list')
    expect(await told('import', at('shop.ndjson'), '--name', 'shop 2')).toMatchObject({ duplicate: true })
    expect(await told('project', 'list')).toEqual(before)
  })

  test('that broke in the middle is in no list, takes nothing else in, and goes on where it was', async () => {
    const proxy = await startFlakyProxy(edge.url)
    const near = { ...env, MAESTRO_API_URL: proxy.url, MAESTRO_API_KEY: edge.ownerKey }
    const [line, ...entries] = manyEntries(1_200)
    writeFileSync(at('many.ndjson'), fileOf(line, entries))
    // Who asks, the list, where it stands, the first part, and the second, whose answer nobody hears.
    proxy.plan('ok', 'ok', 'ok', 'ok', 'reset')
    const broke = await refused(['import', at('many.ndjson')], { env: near })
    expect(broke).toMatchObject({ success: false, retryable: true, exit: 6 })
    expect(broke.message).toContain('entry 500')
    expect(broke.suggestion).toBe(`maestro import ${at('many.ndjson')}`)
    proxy.stop()
    const listed = (await owner.ask('project.list', {})).items
    expect(listed.map(({ name }) => name)).not.toContain('Garden')
    await edge.restart()
    const made = await told('import', at('many.ndjson'))
    expect(made).toMatchObject({ name: 'Garden', entries: 1_200, duplicate: false })
    const copy = await logOf(made.project as ProjectId)
    expect(copy.map(({ seq }) => seq)).toEqual(copy.map((_, i) => i + 1))
    expect(copy.slice(1)).toEqual(entries.slice(1).map((one) => JSON.parse(one) as Entry))
  })

  test('that somebody stops says how far it is, and how to go on', async () => {
    const proxy = await startFlakyProxy(edge.url)
    const [line, ...entries] = manyEntries(1_200)
    writeFileSync(at('stopped.ndjson'), fileOf({ ...line, at: 1 }, entries))
    proxy.plan('ok', 'ok', 'ok', 'ok', 'silence')
    let stop = (): void => undefined
    const importing = say(['import', at('stopped.ndjson'), '--name', 'stopped'], {
      env: { ...env, MAESTRO_API_URL: proxy.url, MAESTRO_API_KEY: edge.ownerKey },
      takeInterrupts: (answer) => {
        stop = answer ?? stop
        return () => undefined
      },
    })
    await expect.poll(() => proxy.seen.length, { timeout: 15_000 }).toBe(5)
    stop()
    const { code, out, err } = await importing
    expect({ code, out }).toEqual({ code: 130, out: '' })
    expect(err).toContain('Stopped. It is there up to entry 500')
    expect(err).toContain(`→ maestro import ${at('stopped.ndjson')} --name stopped`)
    proxy.stop()
  })

  test('reaches the archive as whatever happens here does', async () => {
    const { items } = await owner.ask('project.list', {})
    const { id } = items.find(({ name }) => name === 'Garden')!
    await expect.poll(() => archived(id), { timeout: 20_000, interval: 200 }).toBe(1_200)
  })

  test('of a file that is not as it was written sends nothing', async () => {
    const before = await told('project', 'list')
    const whole = readFileSync(at('shop.ndjson'), 'utf8')
    for (const [text, message] of [
      [whole.slice(0, 2_000), 'is cut off after line'],
      [whole.replaceAll('It works', 'It broke'), 'its SHA-256 is not that of what is before'],
      [whole.replace('"format":1', '"format":2'), 'was written by a newer Maestro'],
      ['not an export', 'is no export of Maestro'],
    ] as const) {
      writeFileSync(at('spoilt.ndjson'), text)
      const said = await refused(['import', at('spoilt.ndjson')])
      expect(said).toMatchObject({ error: 'invalid_input', exit: 2, field: 'file' })
      expect(said.message).toContain(message)
    }
    expect(await refused(['import', at('nothing.ndjson')])).toMatchObject({
      message: `${at('nothing.ndjson')} cannot be read: there is no such file`,
    })
    expect(await told('project', 'list')).toEqual(before)
  })

  test('is for whoever may make projects', async () => {
    const { key } = await owner.ask('key.create', { kind: 'person', name: 'reader', scopes: ['read'] })
    const mine = await owner.ask('key.create', { kind: 'person', name: 'of one project', project: source })
    for (const MAESTRO_API_KEY of [key, mine.key]) {
      const world = { env: { ...env, MAESTRO_API_KEY } }
      expect(await refused(['import', at('shop.ndjson'), '--name', 'mine'], world)).toMatchObject({
        error: 'forbidden',
        exit: 4,
      })
    }
  })
})

describe('the server itself', () => {
  const target = () => ({ project: newId('proj'), digest: 'a'.repeat(64), head: 2 })

  test('believes no entry, whoever sent it', async () => {
    const [first, second] = await logOf(source)
    for (const entries of [
      [{ ...first, type: 'task:exploded' }],
      [second],
      [first, { ...second, seq: 3 }],
      [first, { ...second, id: first!.id }],
      [first, { ...second, data: { task: 7 } }],
      ['text', null],
    ]) {
      const one = target()
      await expect(owner.ask('project.import', { ...one, entries })).rejects.toMatchObject({ code: 'invalid_input' })
      await expect(owner.with({ project: one.project }).query('project.show', {})).rejects.toMatchObject({
        code: 'project_not_found',
      })
    }
  })

  test('keeps a project that is being imported from everybody else, and one that is there from every import', async () => {
    const [first] = await logOf(source)
    const one = target()
    expect(await owner.ask('project.import', { ...one, entries: [first] })).toMatchObject({ head: 1, whole: false })
    await expect(owner.ask('project.new', { project: one.project, name: 'shop' })).rejects.toMatchObject({
      code: 'conflict',
    })
    for (const other of [
      { ...one, digest: 'b'.repeat(64) },
      { ...target(), project: source },
    ])
      await expect(owner.ask('project.import', { ...other, entries: [first] })).rejects.toMatchObject({
        code: 'id_taken',
      })
  })

  test('takes no body that is too long', async () => {
    const entries = [{ padding: 'x'.repeat(3_000_000) }]
    await expect(owner.ask('project.import', { ...target(), entries })).rejects.toMatchObject({ code: 'too_large' })
  })
})

describe('a backup', () => {
  test('and what is restored of it in an empty home are the same projects, which go on', {
    timeout: 90_000,
  }, async () => {
    const { items } = await owner.ask('project.list', {})
    const logs = new Map<ProjectId, Entry[]>()
    const made = await told('backup', '--out', at('all.ndjson'))
    for (const { id } of items) logs.set(id, await logOf(id))
    expect(made).toMatchObject({ file: at('all.ndjson') })
    expect(made.projects).toEqual(
      items.map(({ id, name }) => ({ project: id, name, since: 0, entries: logs.get(id)!.length })),
    )
    expect(statSync(at('all.ndjson')).mode & 0o777).toBe(0o600)
    expect(readFileSync(at('all.ndjson'), 'utf8')).not.toContain('mst_')
    expect(await refused(['restore', at('all.ndjson')])).toMatchObject({ error: 'id_taken', exit: 5 })
    expect(await refused(['import', at('all.ndjson')])).toMatchObject({ message: `${at('all.ndjson')} is a backup` })
    expect(await refused(['restore', at('shop.ndjson')])).toMatchObject({ error: 'invalid_input', field: 'file' })

    const fresh = await startEdge()
    try {
      const there = { env: { MAESTRO_HOME: fresh.home.root, MAESTRO_RETRIES: '0' } }
      const client = new Client({ url: fresh.url, key: fresh.ownerKey })
      writeFileSync(at('half.ndjson'), readFileSync(at('all.ndjson')).subarray(0, -20))
      expect(await refused(['restore', at('half.ndjson')], there)).toMatchObject({ error: 'invalid_input' })
      expect((await client.ask('project.list', {})).items).toEqual([])

      const restored = good(await say(['restore', at('all.ndjson'), '--json'], there))
      expect(restored.projects).toEqual(
        items.map(({ id, name }) => ({ project: id, name, entries: logs.get(id)!.length, duplicate: false })),
      )
      const list = (await client.ask('project.list', {})).items
      expect(list.map(({ id, name, createdAt }) => [id, name, createdAt])).toEqual(
        items.map(({ id, name, createdAt }) => [id, name, createdAt]),
      )
      for (const [project, log] of logs) {
        const copy = await logOf(project, client)
        expect(copy.slice(0, log.length)).toEqual(log)
        const before = replayed(log, log.length)
        const now = await client.with({ project }).query('project.show', {})
        expect(hashOf(now)).toBe(hashOf(replayed(copy, copy.length)))
        // Where nothing ran, nothing at all has changed.
        if (
          Object.keys(before.live).length === 0 &&
          Object.values(before.spawners).every(({ status }) => status === 'offline')
        )
          expect(hashOf(now)).toBe(hashOf(before))
      }
      const again = good(await say(['restore', at('all.ndjson'), '--json'], there))
      expect((again.projects as { duplicate: boolean }[]).every(({ duplicate }) => duplicate)).toBe(true)

      // What happened is in its archive too, line by line.
      for (const [project] of logs) {
        const rows = () =>
          fresh.sql([{ sql: 'SELECT seq, id, data FROM entries WHERE project = ? ORDER BY seq', values: [project] }])
        const log = (await logOf(project, client)).map(({ seq, id, data }) => ({ seq, id, data: JSON.stringify(data) }))
        await expect.poll(async () => (await rows())[0], { timeout: 20_000, interval: 200 }).toEqual(log)
      }

      await goesOn(fresh, source)
      await client.ask('project.new', { project: newId('proj'), name: 'its own' })
      expect(await refused(['restore', at('all.ndjson')], there)).toMatchObject({ error: 'conflict', exit: 5 })
    } finally {
      await fresh.stop()
    }
  })

  test('needs a key that may see all projects', async () => {
    const { key } = await owner.ask('key.create', { kind: 'person', name: 'of one', project: source })
    const world = { env: { ...env, MAESTRO_API_KEY: key } }
    expect(await refused(['backup', '--out', at('some.ndjson')], world)).toMatchObject({ error: 'forbidden', exit: 4 })
  })
})

describe('a project whose oldest history was deleted', () => {
  test('is exported from where it begins, is no import, and keeps no other from being restored', {
    timeout: 90_000,
  }, async () => {
    const [line, ...entries] = manyEntries(40)
    writeFileSync(at('aged.ndjson'), fileOf({ ...line, at: 2 }, entries))
    const aged = (await told('import', at('aged.ndjson'), '--name', 'aged')).project as ProjectId
    await expect.poll(() => archived(aged), { timeout: 20_000, interval: 200 }).toBeGreaterThanOrEqual(40)
    const mine = owner.with({ project: aged })
    // All of it is of 1970.
    await mine.execute('project.edit', { retention: 1 })
    const begins = async () => (await mine.askProject('log.show', {})).begins
    await expect.poll(begins, { timeout: 20_000 }).toBeGreaterThan(1)
    const since = (await begins()) - 1

    const said = await say(['export', '--project', aged, '--out', at('rest.ndjson')], { env })
    expect(said.err).toContain(`Its history begins with entry ${since + 1}:`)
    expect(readFileSync(at('rest.ndjson'), 'utf8').split('\n')[0]).toContain(`"since":${since},`)
    expect((await refused(['import', at('rest.ndjson')])).message).toContain(`begins after entry ${since}:`)

    const backup = await say(['backup', '--out', at('part.ndjson')], { env })
    expect(backup).toMatchObject({
      code: 0,
      err: expect.stringContaining(`! aged begins with entry ${since + 1},`) as string,
    })
    const fresh = await startEdge()
    try {
      const there = { env: { MAESTRO_HOME: fresh.home.root, MAESTRO_RETRIES: '0' } }
      const restored = await say(['restore', at('part.ndjson'), '--json'], there)
      expect(restored.err).toContain('! aged is not restored')
      const { data } = envelope(restored) as unknown as { data: { projects: object[]; left: object[] } } // restore's answer
      expect(data.left).toEqual([{ project: aged, name: 'aged', since }])
      const { items } = await owner.ask('project.list', {})
      expect(data.projects).toHaveLength(items.length - 1)
    } finally {
      await fresh.stop()
    }
  })
})

/** New tasks, a new session that works, and a viewer that follows from where it was. */
async function goesOn(edge: Edge, project: ProjectId): Promise<void> {
  const owner = new Client({ url: edge.url, key: edge.ownerKey, project })
  const spawner = owner.with({ key: edge.spawnerKey })
  const me = (await spawner.ask('whoami', {})).spawner!
  const { head } = await owner.askProject('log.show', {})
  const viewer = follow(owner)
  await viewer.until((_, entries) => viewer.seq() >= head || entries.length > 0)
  const facts = { name: 'new', machine: 'new', version: '0', capacity: 9, workspaces: ['scratch'], typing: true }
  await spawner.execute('spawner.online', { spawner: me, ...facts, profiles: [{ name: 'demo', agent: 'demo' }] })
  const [task, session] = [newId('task'), newId('sess')]
  await owner.execute('task.create', { task, title: 'Afterwards' })
  await owner.execute('session.spawn', { session, tasks: [task], profile: 'demo' })
  await spawner.execute('session.claim', { session, spawner: me })
  const keys = await spawner.askProject('session.keys', { session })
  await spawner.execute('session.report', { session, status: 'running' })
  await owner.with({ key: keys.hook }).report([hookEvent(session, 1)])
  const { entries } = await owner.with({ key: keys.session }).execute('task.complete', { task, summary: 'Done here' })
  await viewer.until(() => viewer.seq() >= entries.at(-1)!.seq)
  viewer.stop()
  const now = await owner.query('project.show', {})
  expect(hashOf(viewer.project())).toBe(hashOf(now))
  expect(now.tasks[task]).toMatchObject({ status: 'done' })
}

/** The lines of a project of `count` entries: a task, and notes to it. */
function manyEntries(count: number): [head: object, ...lines: string[]] {
  const [created, task] = given(add(t1)).log
  const notes = Array.from({ length: count - 2 }, (_, n) => ({
    ...{ seq: n + 3, id: newId('evt'), at: n, by: 'person:Ann', type: 'task:note' as const },
    data: { task: t1, text: `Note ${n}`, session: null },
  }))
  const facts = { maestro: 'export', format: 1, version: '0.1.0', project: newId('proj'), name: 'Garden', createdAt: 1 }
  const head = { ...facts, epoch: 'e', since: 0, head: count, at: 1_700_000_000_000 }
  return [head, ...[created!, task!, ...notes].map(entryLine)]
}

function fileOf(head: object, entries: string[]): string {
  const before = `${[JSON.stringify(head), ...entries].join('\n')}\n`
  const sha256 = createHash('sha256').update(before).digest('hex')
  return `${before}${JSON.stringify({ entries: entries.length, sha256 })}\n`
}
