import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { errors } from '../../protocol/errors.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { standBeside } from './parts/beside.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { evidenceOf } from './parts/edge-evidence.ts'
import { type Call, callBy, routeCount, type World } from './parts/fuzz-calls.ts'
import { frameBy } from './parts/fuzz-frames.ts'
import { judge } from './parts/invariants.ts'
import { report } from './parts/report.ts'

/** `npm run faults:fuzz` has ten thousand, and ten times as many frames. */
const CALLS = Number(process.env.MAESTRO_FAULT_CALLS) || 500
const AT_ONCE = 8
const SECRET_NAME = 'Nobody else may read this'

const chance = new Chance(seedOfRun())
let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let steady: Follower
let world: World
const failures: string[] = []
const codes = new Map<string, number>()

beforeAll(async () => {
  edge = await startEdge()
  scene = await makeScene(edge)
  steady = follow(scene.owner)
  const [one, two] = [await scene.run(), await scene.run('orchestrator')]
  const elsewhere = newId('proj')
  await scene.owner.ask('project.new', { project: elsewhere, name: SECRET_NAME })
  await scene.owner.with({ project: elsewhere }).execute('task.create', { task: newId('task'), title: SECRET_NAME })
  const [bound, hookOnly] = await Promise.all(
    (['person', 'hook'] as const).map((kind) =>
      scene.owner.ask('key.create', { kind, name: kind, project: scene.project }),
    ),
  )
  const keyOf = (key: unknown) => String(key)
  world = {
    projects: { own: scene.project, other: elsewhere },
    ids: {
      ...{ task: [one.task, two.task, newId('task')], session: [one.session, two.session, newId('sess')] },
      ...{ subtask: [newId('sub'), newId('sub')], spawner: [scene.me, newId('spn')], needs: [one.task, two.task] },
      ...{ parent: [two.session], before: [newId('sub')], from: [one.session], change: [newId('evt')] },
      ...{ project: [scene.project], key: ['key_0000000000000000'] },
    },
    keys: {
      ...{ person: bound!.key, hook: hookOnly!.key, spawner: edge.spawnerKey },
      ...{ worker: keyOf(one.agent.options.key), orchestrator: keyOf(two.agent.options.key) },
      ...{ 'hook of a session': keyOf(one.hook.options.key), none: 'mst_person_none' },
    },
  }
})
afterAll(async () => {
  steady.stop()
  await edge.stop()
})

test('whatever is asked is answered as is documented, tells nothing, and leaves a log that replays', {
  timeout: 900_000,
}, async () => {
  const beside = await standBeside(edge)
  const began = performance.now()
  let left = CALLS
  const one = async () => {
    while (left-- > 0) await check(callBy(chance, world))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  const frames = await fuzzSockets(CALLS * 10)
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  const neighbour = await beside.end()
  const verdicts = judge(await evidenceOf(edge, scene.owner, { accepted: [], failures, viewers: { steady } }))
  const told = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`)
  const table = report(`Fuzzed, seed ${chance.seed}`, verdicts, {
    ...{ calls: CALLS, 'of routes': routeCount, 'answered with': told.join(', '), frames, seconds },
    'beside, ms from report to sight': `p50 ${neighbour.p50}, p95 ${neighbour.p95}, most ${neighbour.most}`,
  })
  console.log(table)
  expect(
    verdicts.flatMap(({ wrong }) => wrong),
    table,
  ).toEqual([])
  expect(neighbour.wrong).toEqual([])
  expect(neighbour.most).toBeLessThan(5_000)
  for (const code of ['ok', 'invalid_input', 'forbidden', 'unauthenticated']) expect(codes.get(code)).toBeGreaterThan(0)
})

async function check(call: Call): Promise<void> {
  const { method, path, headers, body } = call
  const response = await fetch(edge.url + path, {
    ...{ method, headers, signal: AbortSignal.timeout(30_000) },
    ...(body !== undefined && { body: body as BodyInit }), // bytes or text
  }).catch((error: unknown) => String(error))
  if (typeof response === 'string') return complain(call, response)
  const text = await response.text()
  for (const wrong of wrongWith(call, response, text)) complain(call, wrong)
}

function complain({ name, method, path, headers, body }: Call, wrong: string): void {
  const { Authorization: _, ...shown } = headers
  failures.push(
    `${name}: ${wrong}: ${method} ${path.slice(0, 300)} ${JSON.stringify(shown)} ${String(body).slice(0, 300)}`,
  )
}

/** What no answer says: where it stands in the code, on the disk or in the database, and nobody's key. */
const telling =
  /\n\s+at |node_modules|\/work\/|\/home\/\w+\/\.maestro|\bSELECT .* FROM\b|\bINSERT INTO\b|SQLITE_|D1_ERROR|\.ts:\d+|\.js:\d+:\d+/

function* wrongWith({ method, name }: Call, response: Response, text: string): Generator<string> {
  const { status, headers } = response
  if (status >= 500) yield `it was answered ${status} ${text.slice(0, 200)}`
  if (!headers.get('X-Request-Id')) yield `no X-Request-Id, with ${status}`
  if (text.includes(SECRET_NAME) && !name.startsWith('project.list')) yield 'another project was told of'
  if (telling.test(text)) yield `too much is told: ${telling.exec(text)?.[0]}`
  if (method === 'HEAD') return
  const isText = headers.get('Content-Type')?.startsWith('text/plain') && status === 200
  if (isText) return
  const body = parsed(text)
  if (!body) return yield `no envelope, with ${status}: ${text.slice(0, 200)}`
  const { success, error, message, requestId, retryable, data } = body
  codes.set(String(error ?? 'ok'), (codes.get(String(error ?? 'ok')) ?? 0) + 1)
  if (success === true && status < 300) return data === undefined ? yield 'a success without data' : undefined
  if (success !== false) return yield `${status} and success ${success}`
  const known = Object.hasOwn(errors, String(error)) ? errors[error as keyof typeof errors] : undefined // just looked up
  if (known?.status !== status) yield `the code ${error} with ${status}`
  if (typeof message !== 'string' || typeof retryable !== 'boolean') yield 'no message, or not whether to ask again'
  if (requestId !== headers.get('X-Request-Id')) yield 'another request id in the answer than beside it'
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'success' in value
      ? (value as Record<string, unknown>)
      : undefined // an object
  } catch {
    return undefined
  }
}

/** Frames to both ends of a terminal and to the live connection; whoever is cut off for one connects again. */
async function fuzzSockets(count: number): Promise<number> {
  const { session } = await scene.idle()
  const ends = [
    { client: scene.owner, session: null, path: '/live' },
    { client: scene.owner, session, path: `/sessions/${session}/terminal` },
    { client: scene.spawner, session, path: `/sessions/${session}/terminal` },
    { client: scene.spawner, session: null, path: '/live' },
  ]
  let sent = 0
  const one = async ({ client, session, path }: (typeof ends)[number]) => {
    for (let mine = 0; mine < count / ends.length; ) {
      let excused = false
      const { ticket } = await client.askProject('ticket', { session })
      const socket = new WebSocket(client.socketUrl(path), [SUBPROTOCOL, TICKET_PREFIX + ticket])
      const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
      await Promise.race([new Promise((resolve) => socket.addEventListener('open', resolve)), closed])
      for (let n = 0; n < 400 && socket.readyState === WebSocket.OPEN; n++, mine++, sent++) {
        const isLarge = mine % 1_000 === 999
        excused ||= isLarge
        socket.send(isLarge ? new Uint8Array(1_200_000) : frameBy(chance))
        if (n % 20 === 19) await new Promise((resolve) => setImmediate(resolve))
      }
      if (socket.readyState === WebSocket.OPEN) {
        socket.close(1000)
        excused = true
      }
      const code = await closed
      // The runtime itself cuts off whoever sends more than a megabyte at once, without a word; and whoever closes
      // does not wait for ever to hear the same from the other side.
      if (code === 1011 || (code === 1006 && !excused)) failures.push(`a connection to ${path} ended with ${code}`)
    }
  }
  await Promise.all(ends.map(one))
  return sent
}
