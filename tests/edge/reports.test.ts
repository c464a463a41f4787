import { expect, test } from 'vitest'
import { look } from '../../bench/wire.ts'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import { Socket } from '../../client/socket.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import { edge, scene } from './parts/one-scene.ts'

const event = (fields: Partial<HookEvent> = {}): HookEvent => ({
  ...{ id: newId('evt'), at: Date.now(), agent: 'demo', kind: 'tool_use', name: 'Bash', summary: 'Bash ls' },
  payload: null,
  ...fields,
})
const soon = { timeout: 15_000 }

/** A machine's live connection, once it may report over it. */
async function connect(client: Client): Promise<Live> {
  const live = new Live(client, new Replica(plainKeeper()), {})
  live.start()
  await expect.poll(() => live.report([]), soon).toBeDefined()
  return live
}

/** What is answered to `frames` that are sent as they are. */
async function answersTo(client: Client, frames: (string | Uint8Array<ArrayBuffer>)[]): Promise<unknown[]> {
  const answers: unknown[] = []
  const socket = new Socket(client, () => '/live', null, {
    message: (data) => answers.push(JSON.parse(String(data))),
    status: ({ state }) => {
      if (state === 'open') for (const frame of frames) socket.send(frame)
    },
  })
  socket.start()
  const told = () => answers.filter((one) => /reported|refused/.test((one as { type: string }).type))
  await expect.poll(() => told().length, soon).toBe(frames.length)
  socket.stop()
  return told()
}

test('a machine reports over its connection what is answered item by item, as by post', async () => {
  const { session } = await scene.run()
  const live = await connect(scene.spawner)
  const [one, two] = [event({ session, tool: 'Bash', ms: 7 }), event({ session, tool: 'Bash', ms: 9 })]
  const results = async (events: unknown[]) => (await live.report(events)!).results.map(({ result }) => result)
  expect(await results([one, null, { id: 'evt_bad' }, two, two])).toEqual([
    ...['stored', 'quarantined', 'quarantined', 'stored', 'duplicate'],
  ])
  expect(await results([one])).toEqual(['duplicate'])
  expect((await scene.spawner.report([two])).results.map(({ result }) => result)).toEqual(['duplicate'])
  const { tools } = await scene.owner.query('session.show', { session })
  expect(tools).toEqual({ Bash: { calls: 2, failures: 0, ms: 16, lastMs: 9 } })
  live.stop()
})

test('what is reported over a connection is redacted before it is kept', async () => {
  const { session } = await scene.run()
  const live = await connect(scene.spawner)
  const secret = `ghp_${'a1B2'.repeat(9)}`
  await live.report([event({ session, summary: `Bash echo ${secret}`, payload: { tool_input: { command: secret } } })])
  const { entries } = await scene.owner.askProject('entry.list', { session, limit: 100 })
  expect(JSON.stringify(entries)).toContain('[REDACTED:github]')
  expect(JSON.stringify(entries)).not.toContain(secret)
  live.stop()
})

test('a frame that is no report is refused, and the connection goes on', async () => {
  const report = (events: unknown, n: unknown = 7) => JSON.stringify({ type: 'report', n, events })
  const answers = await answersTo(scene.spawner, [
    ...['no JSON', 'null', '[]', '{"type":"report"}', report([], 'one'), new Uint8Array([1, 2, 3])],
    report('none'),
    report(Array.from({ length: 101 }, () => event())),
    report([event({ payload: 'x'.repeat(256_000) })]),
    report([event()]),
  ])
  const brief = answers.map((one) => {
    const { n, error, results } = one as { n: number; error?: { error: string }; results?: { result: string }[] }
    return [n, error?.error ?? results![0]!.result]
  })
  expect(brief).toEqual([
    ...Array.from({ length: 6 }, () => [0, 'invalid_input']),
    [7, 'invalid_input'],
    [7, 'too_large'],
    [0, 'too_large'],
    [7, 'stored'],
  ])
})

test('whoever is no machine is not asked for reports, and what it sends all the same is not heard', async () => {
  const live = new Live(scene.owner, new Replica(plainKeeper()), {})
  live.start()
  await expect.poll(() => live.replica.seq, soon).toBeGreaterThan(0)
  expect(live.report([event()])).toBeUndefined()
  const id = newId('evt')
  const socket = new Socket(scene.owner, () => '/live', null, { message: () => undefined })
  socket.start()
  await expect.poll(() => socket.status.state, soon).toBe('open')
  socket.send(JSON.stringify({ type: 'report', n: 1, events: [event({ id })] }))
  await scene.owner.report([event()])
  const { entries } = await scene.owner.askProject('entry.list', { limit: 100 })
  expect(entries.map((entry) => entry.id)).not.toContain(id)
  socket.stop()
  live.stop()
})

test('a machine whose key was revoked is not heard, though it goes on to send', async () => {
  const { id, key } = await scene.owner.ask('key.create', { kind: 'spawner', name: 'old', project: scene.project })
  const machine = scene.owner.with({ key })
  const { ticket } = await machine.askProject('ticket', { session: null })
  const frames: string[] = []
  const view = { url: machine.socketUrl('/live'), protocols: [SUBPROTOCOL, TICKET_PREFIX + ticket] }
  const socket = await look(view, (frame) => frames.push(frame))
  const report = (one: HookEvent) => socket.write(masked(JSON.stringify({ type: 'report', n: 1, events: [one] })))
  const [before, after] = [event(), event()]
  report(before)
  await expect.poll(() => frames.some((frame) => frame.includes('"reported"')), soon).toBe(true)
  await scene.owner.ask('key.revoke', { key: id })
  await expect.poll(() => frames.some((frame) => frame.includes('the key has ended')), soon).toBe(true)
  report(after)
  await scene.owner.report([event()])
  const { entries } = await scene.owner.askProject('entry.list', { limit: 100 })
  const ids = entries.map((entry) => entry.id)
  expect([ids.includes(before.id), ids.includes(after.id)]).toEqual([true, false])
  socket.destroy()
})

/** A text frame as a client sends it. The mask is nothing, which is one of those there are. */
function masked(text: string): Buffer {
  const content = Buffer.from(text)
  const head = Buffer.from([0x81, 0x80 | 126, content.length >> 8, content.length & 255, 0, 0, 0, 0])
  return Buffer.concat([head, content])
}

test('a report that is under way when the connection is lost fails, and can be made again', async () => {
  const live = await connect(scene.spawner)
  const reported = event()
  const lost: string[] = []
  const restarting = edge.restart()
  // As often as it can be sent, until the server goes: then one is under way, or none could be sent.
  for (let answer = live.report([reported]); answer; answer = live.report([reported]))
    await answer.catch((error: { code: string }) => lost.push(error.code))
  await restarting
  expect(lost.filter((code) => code !== 'unreachable')).toEqual([])
  await expect.poll(() => live.report([]), soon).toBeDefined()
  const { results } = await live.report([reported])!
  expect(['stored', 'duplicate']).toContain(results[0]!.result)
  expect((await live.report([reported])!).results[0]!.result).toBe('duplicate')
  live.stop()
})
