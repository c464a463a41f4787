import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from '../node/parts/daemon.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { standBeside } from './parts/beside.ts'
import { dribble, memoryOf, postEndless } from './parts/bodies.ts'
import { evidenceOf } from './parts/edge-evidence.ts'
import { judge } from './parts/invariants.ts'
import { type Accepted, hookKey } from './parts/ledger.ts'
import { type Fate, type Poison, poisonousFiles, poisonousItems, poisonousPosts } from './parts/poison.ts'
import { report } from './parts/report.ts'

/** `npm run faults:poison` has ten thousand good ones, and five hundred that are not. */
const GOOD = Number(process.env.MAESTRO_FAULT_GOOD) || 600
/** A poisonous one after so many good ones: in a short run more, so that each kind comes. */
const EVERY = GOOD < 5_000 ? 5 : 20
const BATCH = 50

let edge: Edge
let daemon: Daemon
let owner: Client
let session: SessionId
let steady: Follower
const accepted: Accepted[] = []
const failures: string[] = []
const fates: Record<Fate, number> = { aside: 0, kept: 0, again: 0 }

beforeAll(async () => {
  edge = await startEdge()
  const client = new Client({ url: edge.url, key: edge.ownerKey })
  const project = newId('proj')
  await client.ask('project.new', { project, name: 'Shop' })
  owner = client.with({ project })
  allowScriptedAgent(edge.home)
  daemon = await startDaemon(edge.home)
  steady = follow(owner)
  session = newId('sess')
  await owner.execute('session.spawn', { session, profile: 'demo', prompt: 'script: stay' })
  await steady.session(session, ({ status }) => status === 'running')
})
afterAll(async () => {
  await owner.execute('session.stop', { session })
  await putAway(edge.home, [session])
  steady.stop()
  await daemon.end()
  await edge.stop()
})

test('of good events among poisonous ones none is lost or doubled, by whatever way they come, and nobody else notices', {
  timeout: 600_000,
}, async () => {
  const beside = await standBeside(edge)
  const began = performance.now()
  const share = Math.ceil(GOOD / 5)
  await Promise.all([bySpool(share * 2), byBatches(share * 2), byPosts(GOOD - share * 4)])
  await expect.poll(() => readdirSync(join(edge.home.spool, 'new')), { timeout: 120_000 }).toEqual([])
  const seconds = (performance.now() - began) / 1_000
  const neighbour = await beside.end()
  const evidence = await evidenceOf(edge, owner, {
    ...{ accepted, failures, viewers: { steady }, daemonLog: daemon.log() },
  })
  const verdicts = judge(evidence)
  const payloads = evidence.log.map(({ data }) => ('payload' in data ? JSON.stringify(data.payload).length : 0))
  const table = report('Good events among poisonous ones', verdicts, {
    ...{ 'good, each once in the log': GOOD, 'poisonous, set aside and said': fates.aside },
    ...{ 'poisonous, kept and harmless': fates.kept, 'twice, and taken once': fates.again },
    'longest payload kept, bytes': Math.max(...payloads),
    'seconds for all': seconds.toFixed(1),
    'beside, ms from report to sight': `p50 ${neighbour.p50}, p95 ${neighbour.p95}, most ${neighbour.most}`,
  })
  console.log(table)
  expect(
    verdicts.flatMap(({ wrong }) => wrong),
    table,
  ).toEqual([])
  expect(accepted.length).toBeGreaterThanOrEqual(GOOD)
  expect(neighbour.wrong).toEqual([])
  expect(neighbour.events).toBeGreaterThan(10)
  expect(neighbour.p95).toBeLessThan(1_000)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

const goodPayload = (use: string) =>
  JSON.stringify({
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_use_id: use,
    tool_input: { command: 'true' },
  })

function noteGood(source: string, use: string): void {
  accepted.push({ source: `${source} hook`, key: hookKey(session, 'hook:tool_start', use) })
}

/** Good ones in order, with a poisonous one now and then. */
function* mixed(source: string, count: number, poisons: Poison[]): Generator<{ use: string } | Poison> {
  for (let n = 0; n < count; n++) {
    yield { use: `toolu_${source}_${n}` }
    const poison = n % EVERY === EVERY - 1 ? poisons[Math.floor(n / EVERY)] : undefined
    if (poison) yield poison
  }
}

/** As files that hooks leave, which the daemon reads. */
async function bySpool(count: number): Promise<void> {
  const poisons = poisonousFiles(Math.ceil(count / EVERY))
  const bad = new Map<string, Poison>()
  let n = 0
  for (const one of mixed('spool', count, poisons)) {
    const name = leave('use' in one ? goodPayload(one.use) : one.bytes, n++)
    if ('use' in one) noteGood('spool', one.use)
    else bad.set(name, one)
    if (n % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await expect.poll(() => readdirSync(join(edge.home.spool, 'new')), { timeout: 300_000 }).toEqual([])
  const aside = new Set(readdirSync(join(edge.home.spool, 'bad')))
  for (const [name, { name: kind, fate }] of bad) {
    if ((fate === 'aside') !== aside.has(name)) failures.push(`${kind}: meant to be ${fate} in the spool, and is not`)
    else fates[fate]++
    if (aside.has(name) && !daemon.log().includes(name)) failures.push(`${kind}: set aside without a word`)
  }
}

function leave(content: string | Buffer, n: number): string {
  const name = `${session}.claude-code.${randomUUID()}.json`
  const draft = join(edge.home.spool, 'tmp', name)
  writeFileSync(draft, content, { mode: 0o600 })
  const at = (Date.UTC(2026, 10, 21) + n) / 1000
  utimesSync(draft, at, at)
  renameSync(draft, join(edge.home.spool, 'new', name))
  return name
}

type Answer = { success: boolean; error?: string; data?: { results: { result: string; message?: string }[] } }

/** As batches that a daemon sends, poison and all. */
async function byBatches(count: number): Promise<void> {
  const first = newId('evt')
  await post(batchOf([eventText(first, 'toolu_first')]))
  const fresh = Array.from({ length: Math.ceil(count / EVERY) }, () => newId('evt'))
  const all = [...mixed('batch', count, poisonousItems(fresh, first))]
  for (let at = 0; at < all.length; at += BATCH) {
    const part = all.slice(at, at + BATCH)
    const { status, body } = await post(
      batchOf(part.map((one) => ('use' in one ? eventText(newId('evt'), one.use) : one.bytes))),
    )
    if (status !== 200) failures.push(`a batch was answered ${status} ${body.error}`)
    for (const [i, one] of part.entries()) judgeItem('batch', one, body.data?.results[i])
  }
}

const words: Record<Fate, string> = { aside: 'quarantined', kept: 'stored', again: 'duplicate' }

function judgeItem(
  source: string,
  one: { use: string } | Poison,
  answer: { result: string; message?: string } | undefined,
): void {
  const wanted = 'use' in one ? 'stored' : words[one.fate]
  const name = 'use' in one ? 'a good one' : one.name
  if (answer?.result !== wanted) failures.push(`${name}: meant to be ${wanted}, and is ${answer?.result}`)
  else if (wanted === 'quarantined' && !answer.message) failures.push(`${name}: quarantined without a word`)
  else if ('use' in one) noteGood(source, one.use)
  else fates[one.fate]++
}

function eventText(id: string, use: string): string {
  const event = {
    id,
    session,
    at: Date.now(),
    agent: 'claude-code',
    kind: 'tool_start',
    name: 'PreToolUse',
    toolUse: use,
  }
  return JSON.stringify({
    ...event,
    tool: 'Bash',
    summary: 'Bash true',
    payload: JSON.parse(goodPayload(use)) as unknown,
  })
}

function batchOf(texts: (string | Buffer)[]): Buffer {
  const parts = texts.flatMap((text, i) => [Buffer.from(i ? ',' : ''), Buffer.from(text)])
  return Buffer.concat([Buffer.from('{"events":['), ...parts, Buffer.from(']}')])
}

/** One by one, as a hook posts where no daemon runs: its key says whose it is. */
async function byPosts(count: number): Promise<void> {
  const { hook } = await owner.with({ key: edge.spawnerKey }).askProject('session.keys', { session })
  for (const one of mixed('post', count, poisonousPosts(Math.ceil(count / EVERY)))) {
    const { status, body } = await post('use' in one ? goodPayload(one.use) : one.bytes, hook)
    const result = body.data?.results[0]
    if ('use' in one) judgeItem('post', one, result)
    else if (one.fate === 'aside' && (status === 400 || result?.result === 'quarantined')) fates.aside++
    else if (one.fate === 'kept' && result?.result === 'stored') fates.kept++
    else
      failures.push(
        `${one.name}: meant to be ${one.fate} when posted, and is ${status} ${body.error ?? result?.result}`,
      )
  }
}

async function post(body: string | Buffer, key = edge.spawnerKey): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${edge.url}/api/webhooks/hook-event`, {
    method: 'POST',
    headers: {
      ...{ Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      'Maestro-Project': owner.options.project!,
    },
    body: body as BodyInit, // bytes or text
    signal: AbortSignal.timeout(20_000),
  })
  if (response.status >= 500) failures.push(`a post was answered ${response.status}`)
  const answer = (await response.json()) as Answer // or it is no envelope, and the checks above say so
  return { status: response.status, body: answer }
}

test('what was poisonous is in the folder of bad files, as it came, for whoever wants to look', () => {
  const aside = join(edge.home.spool, 'bad')
  expect(readdirSync(aside).length).toBeGreaterThan(0)
  expect(readdirSync(aside).every((name) => readFileSync(join(aside, name)).length < 10_000_000)).toBe(true)
})

/** `npm run faults:poison` sends a gigabyte. */
const ENDLESS = GOOD < 5_000 ? 100_000_000 : 1_000_000_000

test('a body without end is refused as it comes, a slow one holds up nobody, and nothing of it is held', {
  timeout: 300_000,
}, async () => {
  const headers = { Authorization: `Bearer ${edge.spawnerKey}`, 'Content-Type': 'application/json' }
  const inProject = { ...headers, 'Maestro-Project': owner.options.project! }
  const hooks = `${edge.url}/api/webhooks/hook-event`
  await postEndless(hooks, inProject, 1_000_000)
  const before = memoryOf(edge.home.root)
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(edge.home.root))
  }, 20)
  const beside = await standBeside(edge)
  const head = (length: string) =>
    [
      `POST /api/webhooks/hook-event HTTP/1.1`,
      `Host: HOST`,
      ...Object.entries(inProject).map((pair) => pair.join(': ')),
      length,
    ].join('\r\n')
  const release = dribble(edge.url, 200, [head('Content-Length: 200000'), head('Content-Length: 10')])
  const tasks = `${edge.url}/api/projects/${owner.options.project}/tasks`
  const owners = { ...headers, Authorization: `Bearer ${edge.ownerKey}` }
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => postEndless(hooks, inProject, ENDLESS)),
    ...Array.from({ length: 4 }, () => postEndless(tasks, owners, ENDLESS)),
    postEndless(tasks, { 'Content-Type': 'application/json' }, ENDLESS),
  ])
  const large = await Promise.all(
    ['X-Many', 'Cookie'].map((name) =>
      fetch(hooks, { method: 'POST', headers: { ...inProject, [name]: 'x'.repeat(500_000) }, body: '{}' }).then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  )
  const lies = await fetch(hooks, { method: 'POST', headers: inProject, body: 'x'.repeat(300_000) })
  const neighbour = await beside.end()
  clearInterval(watch)
  release()
  console.log(
    report('Bodies without end', [], {
      ...{ 'of bytes each': ENDLESS, 'answered with': answers.map(({ status }) => status).join(' ') },
      'refused after so many bytes': answers.map(({ sent }) => sent).join(' '),
      'memory of the server, MB': `${Math.round(before)}, at most ${Math.round(most)}`,
      'slow connections meanwhile': 200,
      'half a megabyte of headers': large.join(' '),
      'beside, ms from report to sight': `p50 ${neighbour.p50}, p95 ${neighbour.p95}, most ${neighbour.most}`,
    }),
  )
  expect(lies.status).toBe(413)
  for (const { status, sent } of answers) {
    expect([413, 401, 0]).toContain(status)
    expect(sent).toBeLessThan(30_000_000)
  }
  expect(answers.filter(({ status }) => status === 413).length).toBeGreaterThan(0)
  for (const status of large) expect(status).toBeLessThan(500)
  expect(most - before).toBeLessThan(80)
  expect(neighbour.wrong).toEqual([])
  expect(neighbour.most).toBeLessThan(5_000)
})
