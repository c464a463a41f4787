import { applyD1Migrations, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { History } from '../../db/history.ts'
import { endedSession, endedSessions, toolDays } from '../../db/past.ts'
import { Projects } from '../../db/projects.ts'
import { search } from '../../db/search.ts'
import { UPGRADE_HEADER, type Upgrade } from '../../durable-objects/upgrade.ts'
import { type Actor, scopes } from '../../protocol/actor.ts'
import type { ServerFrame } from '../../protocol/frames.ts'
import { longId, type ProjectId, type SessionId, type SpawnerId, shortId, type TaskId } from '../../protocol/ids.ts'
import type { Project } from '../../protocol/model.ts'
import type { Command, Entry } from '../../protocol/project.ts'

const bytes = () => crypto.getRandomValues(new Uint8Array(10))
const me: SpawnerId = shortId('spn', bytes())
const owner: Actor = { kind: 'person', key: 'key_owner', name: 'owner', scopes }
const daemon: Actor = { kind: 'spawner', key: 'key_daemon', name: 'studio', scopes, spawner: me }
const inventory = {
  name: 'studio',
  machine: 'studio',
  version: '0',
  profiles: [{ name: 'demo', agent: 'demo' }],
  workspaces: ['scratch'],
  skills: [],
  capacity: 5,
  typing: true,
}

let project: ProjectId
let object: DurableObjectStub<import('../../durable-objects/project.ts').ProjectObject>

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  project = longId('proj', Date.now(), bytes())
  object = env.PROJECTS.getByName(project)
  await new Projects(env.DB).add(project, 'shop', Date.now())
  await done(owner, { type: 'project.create', project, name: 'shop' })
})
afterEach(() => void vi.useRealTimers())

async function done(by: Actor, command: Command) {
  const outcome = await object.execute(by, command, longId('evt', Date.now(), bytes()))
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value.entries
}
const state = async (): Promise<Project> => {
  const outcome = await object.query(owner, { type: 'project.show' })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return JSON.parse(outcome.value)
}
const pass = async (ms: number) => {
  vi.setSystemTime(Date.now() + ms)
  await runDurableObjectAlarm(object)
}

/** When the clock rings next, if it does. */
const alarm = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm())

/** A live connection, past the gate, as the gate would hand it on. */
async function connect(actor: Actor, query = '') {
  const upgrade: Upgrade = { actor, project, session: null }
  const headers = { Upgrade: 'websocket', [UPGRADE_HEADER]: JSON.stringify(upgrade) }
  const { webSocket } = await object.fetch(`http://project/live${query}`, { headers })
  const frames: ServerFrame[] = []
  webSocket!.addEventListener('message', ({ data }) => {
    if (data !== 'pong') frames.push(JSON.parse(data as string)) // the object sends text
  })
  webSocket!.accept()
  return { socket: webSocket!, frames }
}

async function running(): Promise<{ task: TaskId; session: SessionId }> {
  const [task, session] = [shortId('task', bytes()), shortId('sess', bytes())]
  const none = { description: '', priority: 'medium' as const, acceptance: '', labels: [], needs: [], subtasks: [] }
  await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [] })
  await done(owner, { type: 'task.create', task, title: 'Task', ...none })
  const wanted = {
    profile: 'demo',
    workspace: 'scratch',
    role: 'worker' as const,
    name: '',
    prompt: '',
    skills: [],
    spawner: null,
    label: null,
  }
  await done(owner, { type: 'session.spawn', session, tasks: [task], ...wanted })
  await done(daemon, { type: 'session.claim', session, spawner: me })
  return { task, session }
}

const heard = (count: number) =>
  object.hear(
    daemon,
    Array.from({ length: count }, () => ({
      ...{ id: longId('evt', Date.now(), bytes()), at: Date.now(), agent: 'claude-code', kind: 'prompt' as const },
      ...{ name: 'UserPromptSubmit', summary: '', payload: null },
    })),
  )

/** Pings, and resolves with the answer of the runtime. */
const pinged = (socket: WebSocket) =>
  new Promise<void>((resolve) => {
    socket.addEventListener('message', ({ data }) => data === 'pong' && resolve())
    socket.send('ping')
  })

test('a project that is being brought in takes nothing from anybody else, whoever reports or leaves', async () => {
  await running()
  const told = await object.rows(owner, { since: 0, limit: 100 })
  if (!told.ok) throw new Error(told.error.message)
  const entries = told.value.rows.map((row) => ({ ...row, data: JSON.parse(row.data) }) as Entry) // as it was written
  const copy = longId('proj', Date.now(), bytes())
  object = env.PROJECTS.getByName(copy)
  const part = { project: copy, digest: 'a'.repeat(64), head: entries.length }
  await object.take(owner, { ...part, entries: entries.slice(0, -1) })
  expect(await heard(2)).toEqual([])
  const { socket } = await connect(daemon)
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.close(1000, 'gone')
  await closed
  expect((await object.figures()).head).toBe(entries.length - 1)
  expect(await object.take(owner, { ...part, entries: entries.slice(-1) })).toMatchObject({ value: { whole: true } })
  const taken = await object.rows(owner, { since: 0, limit: entries.length })
  expect(taken.ok && taken.value.rows.map(({ id }) => id)).toEqual(entries.map(({ id }) => id))
})

describe('whoever hears nothing any more', () => {
  test('a machine whose power went is away, though its connection was never closed', async () => {
    await running()
    const line = await connect(daemon)
    await pinged(line.socket)
    vi.setSystemTime(vi.getRealSystemTime() + 31_000)
    await runDurableObjectAlarm(object)
    expect((await state()).spawners[me]?.status).toBe('offline')
  })

  test('a machine whose line broke before its first ping is away as well', async () => {
    await running()
    await connect(daemon)
    await pass(151_000)
    expect((await state()).spawners[me]?.status).toBe('offline')
  })

  test('a machine that nobody misses while nothing runs is looked for when somebody comes to see', async () => {
    await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [] })
    const line = await connect(daemon)
    await pinged(line.socket)
    await pass(3_000) // what was to be archived is
    vi.setSystemTime(vi.getRealSystemTime() + 31_000)
    expect(await alarm()).toBeNull()
    await connect(owner)
    expect(await alarm()).toBeLessThanOrEqual(Date.now())
    await runDurableObjectAlarm(object)
    expect((await state()).spawners[me]?.status).toBe('offline')
  })

  test('a machine is looked for as soon as three of its pings are missing, while something runs', async () => {
    const { session } = await running()
    const line = await connect(daemon)
    await pinged(line.socket)
    await done(daemon, { type: 'session.report', session, status: 'running' })
    await pass(3_000) // what was to be archived is
    expect(await alarm()).toBeLessThanOrEqual(vi.getRealSystemTime() + 30_001)
  })

  test('a viewer is told to come again once its pings have been missing for long, and the others stay', async () => {
    const [stalled, lively, silent] = [await connect(owner), await connect(owner), await connect(owner)]
    const closed = new Promise<number>((resolve) =>
      stalled.socket.addEventListener('close', ({ code }) => resolve(code)),
    )
    await pinged(stalled.socket)
    // The runtime notes pings by the real clock, which the test does not have in its hand.
    const ponged = vi.getRealSystemTime()
    await vi.waitFor(() => expect(vi.getRealSystemTime()).toBeGreaterThan(ponged + 500))
    await pinged(lively.socket)
    const [entry] = await done(owner, { type: 'project.edit', name: 'busy' })
    vi.setSystemTime(ponged + 150_250)
    await runDurableObjectAlarm(object)
    expect(await closed).toBe(4408)
    await vi.waitFor(() => expect(lively.frames.at(-1)).toEqual({ type: 'entries', entries: [entry] }))
    const [next] = await done(owner, { type: 'project.edit', name: 'still busy' })
    for (const { frames } of [lively, silent]) // who never pings is no client of ours, and let be
      await vi.waitFor(() => expect(frames.at(-1)).toEqual({ type: 'entries', entries: [next] }))
  })
})

describe('an object that slept', () => {
  test('wakes as it was, and tells those who stayed connected what comes next', async () => {
    const viewer = await connect(owner)
    const before = await state()
    await evictDurableObject(object)
    expect(await state()).toEqual(before)
    const [entry] = await done(owner, { type: 'project.edit', name: 'renamed' })
    await vi.waitFor(() => expect(viewer.frames.at(-1)).toEqual({ type: 'entries', entries: [entry] }))
  })

  test('wakes from its snapshot and the entries after it', async () => {
    const task = shortId('task', bytes())
    await done(owner, {
      type: 'task.create',
      task,
      title: 'Many notes',
      description: '',
      priority: 'low',
      acceptance: '',
      labels: [],
      needs: [],
      subtasks: [],
    })
    for (let i = 0; i < 1_010; i++) await done(owner, { type: 'task.note', task, text: `note ${i}` })
    const before = await state()
    await evictDurableObject(object)
    expect(await state()).toEqual(before)
  })

  test('wakes from a large snapshot to the letter, whatever it is written in', async () => {
    const long = { priority: 'low' as const, acceptance: '', labels: [], needs: [], subtasks: [] }
    // Characters of two halves, at even and at odd places, so that some part would end within one.
    for (const title of ['🎻', 'a🎻', '漢']) {
      for (let i = 0; i < 20; i++) {
        const description = (title + '🎻'.repeat(25_000)).slice(0, 49_000 + i)
        await done(owner, { type: 'task.create', task: shortId('task', bytes()), title, description, ...long })
      }
    }
    for (let i = 0; i < 1_000; i++) await done(owner, { type: 'project.edit', name: `name ${i}` })
    const before = await state()
    await evictDurableObject(object)
    expect(await state()).toEqual(before)
  })

  test('still knows which machine each connection is, and says so when one goes', async () => {
    const line = await connect(daemon)
    await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [] })
    await evictDurableObject(object)
    line.socket.close(1000)
    await vi.waitFor(async () => expect((await state()).spawners[me]!.status).toBe('offline'))
  })
})

describe('sessions that ended long ago', () => {
  const hand = (n: number, kind: 'session_start' | 'session_end' | 'prompt') => ({
    ...{
      id: longId('evt', Date.now(), bytes()),
      at: Date.now(),
      agent: 'claude-code',
      agentSession: `hand ${n}`,
      kind,
    },
    ...{ name: kind, summary: '', payload: null },
  })

  test('are in the history when they have ended, and not while they were taken up again', async () => {
    await object.hear(owner, [hand(0, 'session_start'), hand(0, 'session_end'), hand(0, 'prompt')])
    await pass(3_000)
    expect((await object.figures()).archiveBehind).toBe(0)
    expect(await endedSessions(env.DB, project, 10)).toEqual([])
    await object.hear(owner, [hand(0, 'session_end')])
    await pass(3_000)
    expect(await endedSessions(env.DB, project, 10)).toHaveLength(1)
  })

  test('are forgotten but for a thousand, once history has them, and the log tells the same after waking', async () => {
    const count = 1_250
    for (const kind of ['session_start', 'session_end'] as const)
      for (let n = 0; n < count; n += 50)
        await object.hear(
          owner,
          Array.from({ length: 50 }, (_, i) => hand(n + i, kind)),
        )
    const before = (await state()).sessions
    await env.DB.exec('ALTER TABLE sessions RENAME TO hidden')
    for (let i = 0; i < 3; i++) await pass(2 * 24 * 60 * 60_000)
    expect(Object.keys((await state()).sessions)).toHaveLength(count)
    await env.DB.exec('ALTER TABLE hidden RENAME TO sessions')
    for (let i = 0; i < 8; i++) await pass(10 * 60_000)
    const after = await state()
    const gone = Object.keys(before).filter((id) => !(id in after.sessions))
    expect(gone).toHaveLength(count - 1_000)
    const kept = await endedSession(env.DB, project, gone[0]!)
    expect(JSON.parse(kept!)).toEqual(before[gone[0] as SessionId])
    await evictDurableObject(object)
    expect(await state()).toEqual(after)
  })
})

describe('a viewer that comes back', () => {
  test('gets every entry that it missed, or a snapshot when they are very many', async () => {
    await heard(5_000)
    const [near, far] = [await connect(owner, '?since=1'), await connect(owner, '?since=0')]
    await vi.waitFor(() => expect(far.frames.map(({ type }) => type)).toEqual(['hello', 'snapshot']))
    const seqs = () =>
      near.frames.flatMap((frame) => (frame.type === 'entries' ? frame.entries.map(({ seq }) => seq) : []))
    await vi.waitFor(() => expect(seqs()).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 2)))
  })
})

describe('time alone', () => {
  test('frees a claimed session that never came to run, and gives it up after three', async () => {
    const { session, task } = await running()
    await connect(daemon)
    for (const tries of [1, 2]) {
      await pass(31_000)
      expect((await state()).sessions[session]).toMatchObject({ status: 'spawning', spawner: null, claim: { tries } })
      await done(daemon, { type: 'session.claim', session, spawner: me })
    }
    await pass(31_000)
    const after = await state()
    expect(after.sessions[session]).toMatchObject({ status: 'ended', outcome: 'failed' })
    expect(after.tasks[task]).toMatchObject({
      status: 'todo',
      assignee: null,
      attempts: [{ session, outcome: 'failed' }],
    })
  })

  test('gives a session up as lost when its machine stays away, and its task goes back', async () => {
    const { session, task } = await running()
    const line = await connect(daemon)
    await done(daemon, { type: 'session.report', session, status: 'running' })
    line.socket.close(1000)
    await vi.waitFor(async () => expect((await state()).spawners[me]!.status).toBe('offline'))
    expect((await state()).sessions[session]!.status).toBe('running')
    await pass(5 * 60_000 + 1)
    const after = await state()
    expect(after.sessions[session]).toMatchObject({ status: 'ended', outcome: 'lost' })
    expect(after.tasks[task]).toMatchObject({ status: 'todo', lease: null })
    await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [session] })
    expect((await state()).sessions[session]).toMatchObject({ status: 'running', outcome: null })
  })

  test('shows a machine as away that never came back after the object woke', async () => {
    await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [] })
    await evictDurableObject(object)
    expect((await state()).spawners[me]!.status).toBe('online')
    await pass(11_000)
    expect((await state()).spawners[me]!.status).toBe('offline')
  })
})

describe('nobody connected, and nobody looking:', () => {
  test('a machine that died together with its connection is found out all the same', async () => {
    const { session, task } = await running()
    await done(daemon, { type: 'session.report', session, status: 'running' })
    await pass(3_000) // what was to be archived is
    expect(await alarm()).toBeLessThanOrEqual(Date.now() + 60_000)
    await evictDurableObject(object)
    for (let minutes = 0; minutes < 8; minutes++) await pass(60_001)
    const after = await state()
    expect(after.spawners[me]!.status).toBe('offline')
    expect(after.sessions[session]).toMatchObject({ status: 'ended', outcome: 'lost' })
    expect(after.tasks[task]).toMatchObject({ status: 'todo', assignee: null })
  })

  test('a project where nothing runs sleeps', async () => {
    await connect(daemon)
    await done(daemon, { type: 'spawner.online', spawner: me, ...inventory, alive: [] })
    await pass(3_000)
    expect(await alarm()).toBeNull()
  })

  test('a task that some mistake left in progress without a session goes back', async () => {
    const { session, task } = await running()
    await done(daemon, { type: 'session.report', session, status: 'running' })
    await done(daemon, { type: 'spawner.offline', spawner: me })
    // What no rule brings about: the session's end alone, as an older version might have written it.
    const data = JSON.stringify({ session, outcome: 'failed', exitCode: 1, reason: null })
    await runInDurableObject(object, async (_, { storage }) => {
      const { sql } = storage
      const { head } = sql.exec<{ head: number }>('SELECT max(seq) AS head FROM entries').one()
      const row = [head + 1, longId('evt', Date.now(), bytes()), Date.now(), 'maestro', 'session:ended', data]
      sql.exec('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)', ...row)
      sql.exec("INSERT OR REPLACE INTO facts VALUES ('archived', ?)", String(head + 1))
      await storage.deleteAlarm()
    })
    await evictDurableObject(object)
    expect((await state()).tasks[task]!.status).toBe('in_progress')
    await pass(1)
    expect((await state()).tasks[task]).toMatchObject({ status: 'todo', assignee: null, lease: null })
  })
})

describe('the archive', () => {
  const archived = async () => (await new History(env.DB, project).since(0, 1_000)).map(({ seq }) => seq)

  test('waits while D1 is away, lets the project go on, and drains in order when it is back', async () => {
    await env.DB.exec('ALTER TABLE entries RENAME TO hidden')
    for (const name of ['a', 'b', 'c']) {
      await done(owner, { type: 'project.edit', name })
      await pass(10 * 60_000)
    }
    expect((await state()).name).toBe('c')
    expect((await object.figures()).archiveBehind).toBe(4)
    await env.DB.exec('ALTER TABLE hidden RENAME TO entries')
    await pass(10 * 60_000)
    expect(await archived()).toEqual([1, 2, 3, 4])
    expect((await object.figures()).archiveBehind).toBe(0)
    expect((await new Projects(env.DB).find(project))!.name).toBe('c')
  })

  test('outlasts an hour without D1, and a D1 that comes and goes: the alarm rings on, and all arrives in order', async () => {
    const away = (minute: number) => minute < 60 || minute % 7 < 3
    let hidden = false
    for (let minute = 0; minute < 120; minute++) {
      if (away(minute) !== hidden) {
        await env.DB.exec(hidden ? 'ALTER TABLE hidden RENAME TO archives' : 'ALTER TABLE archives RENAME TO hidden')
        hidden = !hidden
      }
      await done(owner, { type: 'project.edit', name: `minute ${minute}` })
      expect(await runInDurableObject(object, (_, { storage }) => storage.getAlarm())).not.toBeNull()
      await pass(60_000)
    }
    if (hidden) await env.DB.exec('ALTER TABLE hidden RENAME TO archives')
    expect((await state()).name).toBe('minute 119')
    await pass(5 * 60_000)
    expect((await object.figures()).archiveBehind).toBe(0)
    expect(await archived()).toEqual(Array.from({ length: 121 }, (_, i) => i + 1))
  })

  test('forgets nothing that came while it was under way', async () => {
    for (let i = 0; i < 10; i++) {
      await done(owner, { type: 'project.edit', name: `a${i}` })
      vi.setSystemTime(Date.now() + 3_000)
      await Promise.all([
        runDurableObjectAlarm(object),
        ...Array.from({ length: 5 }, (_, j) => done(owner, { type: 'project.edit', name: `b${i}${j}` })),
      ])
      await pass(3_000)
      expect((await object.figures()).archiveBehind).toBe(0)
    }
  })

  test('takes entries of any size, in parts that fit into a statement', async () => {
    const given = {
      priority: 'low' as const,
      acceptance: '',
      labels: [],
      needs: [],
      subtasks: [],
      description: '漢'.repeat(50_000),
    }
    for (let i = 0; i < 60; i++)
      await done(owner, { type: 'task.create', task: shortId('task', bytes()), title: `Long ${i}`, ...given })
    const task = shortId('task', bytes())
    await done(owner, { type: 'task.create', task, title: 'With files', ...given })
    const files = Array.from({ length: 1_000 }, () => '"'.repeat(400))
    await done(owner, { type: 'task.complete', task, summary: '', links: [], files })
    for (let i = 0; i < 5; i++) await pass(3_000)
    expect(await archived()).toEqual(Array.from({ length: 63 }, (_, i) => i + 1))
  })

  test('leaves time for the clock when very much has gathered', async () => {
    await heard(5_000)
    await pass(3_000)
    // A bit while it is busy, then more at a time, and never all at once.
    expect((await object.figures()).archiveBehind).toBe(4_901)
    await pass(3_000)
    expect((await object.figures()).archiveBehind).toBe(901)
    await pass(3_000)
    expect((await object.figures()).archiveBehind).toBe(0)
  })

  test('writes an entry once, however often it is sent', async () => {
    const data = '{"agent":"claude-code","tool":"Bash","ms":5,"summary":"\\"quoted\\" ✓"}'
    const row = { seq: 1, id: 'evt_1', at: 1, by: 'me', type: 'hook:tool_use', data }
    const history = new History(env.DB, project)
    const two = [row, { ...row, seq: 2, id: 'evt_2' }]
    await history.extent()
    expect(await history.append(0, [row])).toBe(true)
    expect(await history.append(0, two)).toBe(false)
    expect(await history.append(1, [two[1]!])).toBe(true)
    expect(await history.append(0, two)).toBe(false)
    expect(await history.since(0, 10)).toEqual(two)
    expect(await history.since(0, 10, 10, { types: ['hook:tool_use'] })).toEqual(two)
    expect((await toolDays(env.DB, project, '1970-01-01', '1970-01-01')).rows).toMatchObject([{ 3: 2, 5: 10 }])
    expect((await search(env.DB, project, [['quoted']], 10, 10)).rows).toEqual(two.reverse())
  })
})
