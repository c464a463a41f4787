import { connect, type Socket as TcpSocket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import { findParts } from '../../embedded/processes.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../../protocol/frames.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import type { Project } from '../../protocol/model.ts'
import { System } from '../e2e/system.ts'
import { hashOf } from './parts/invariants.ts'
import { report } from './parts/report.ts'

/** `npm run faults:viewers` has a thousand. */
const many = Number(process.env.MAESTRO_FAULT_VIEWERS) || 40
/** How long all may take to be back, in ms, where a thousand viewers are one process and share two cores with the server. */
const BACK_MS = 8_000

const system = new System()
let client: Client
let hook: Client
const figures: Record<string, string | number> = {}

beforeAll(async () => {
  await system.start()
  client = await system.project('Garden')
  const { key } = await client.ask('key.create', { kind: 'hook', name: 'w', project: client.options.project! })
  hook = client.with({ key })
  await tell(200)
})
afterAll(async () => {
  console.log(report('Viewers', [], figures))
  await system.remove()
})

/** A viewer that can go away and come back to where it was. */
class Viewer {
  readonly #keeper = plainKeeper()
  readonly #replica = new Replica(this.#keeper)
  readonly #client: Client
  #live: Live | undefined
  snapshots = 0

  constructor(client: Client) {
    this.#client = client
  }

  come(): this {
    this.#live = new Live(this.#client, this.#replica, { snapshot: () => this.snapshots++ })
    this.#live.start()
    return this
  }

  go(): void {
    this.#live?.stop()
  }

  get seq(): number {
    return this.#replica.seq
  }

  get hash(): string {
    return hashOf(this.#keeper.project)
  }
}

let told = 0
/** So many events of four agents, and what the head of the log is then. */
async function tell(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    const events = Array.from({ length: Math.min(left, 100) }, (): HookEvent => {
      const n = told++
      const what = { kind: 'tool_use' as const, name: 'PostToolUse', tool: 'Bash', summary: `Bash true ${n}` }
      return {
        id: newId('evt'),
        at: Date.now(),
        agent: 'claude-code',
        agentSession: `agent ${n % 4}`,
        ...what,
        payload: {},
      }
    })
    await hook.report(events)
  }
}

const stands = async (): Promise<{ head: number; hash: string }> => {
  const project = (await client.query('project.show', {})) as Project
  const line = (await client.ask('metrics', {})).split('\n').find((one) => one.startsWith('maestro_log_entries_total{'))
  return { head: Number(line?.split(' ')[1]), hash: hashOf(project) }
}

const poll = { timeout: 60_000, interval: 10 }

/** They see what the server says, at one moment: the clock may add an entry between two looks. */
async function expectAlike(viewers: Viewer[]): Promise<void> {
  const look = async () => {
    const { head, hash } = await stands()
    await expect.poll(() => viewers.every(({ seq }) => seq >= head), poll).toBe(true)
    return viewers.map((viewer) => ({ seq: viewer.seq, hash: viewer.hash, is: { head, hash } }))
  }
  await expect
    .poll(async () => (await look()).filter(({ seq, hash, is }) => seq !== is.head || hash !== is.hash), poll)
    .toEqual([])
}

test.each([1, 100, 4_900, 6_000])(
  'a viewer that was away for %i entries sees what one sees that stayed',
  async (missed) => {
    const [steady, away] = [new Viewer(client).come(), new Viewer(client).come()]
    await expectAlike([steady, away])
    away.go()
    await tell(missed)
    const { head: missedTo } = await stands()
    const began = performance.now()
    away.come()
    await expect.poll(() => away.seq, poll).toBeGreaterThanOrEqual(missedTo)
    figures[`away for ${missed} entries: back after (ms), by`] =
      `${Math.round(performance.now() - began)}, ${away.snapshots > 1 ? 'a snapshot' : 'its tail'}`
    await expectAlike([steady, away])
    expect(away.snapshots > 1).toBe(missed > 5_000)
    for (const viewer of [steady, away]) viewer.go()
  },
)

test('a viewer that reads nothing holds up nobody, and sees the same once it reads', async () => {
  const steady = new Viewer(client).come()
  const stuck = await readNothing()
  await tell(many * 150)
  await expectAlike([steady])
  stuck.destroy()
  const back = new Viewer(client).come()
  await expectAlike([steady, back])
  for (const viewer of [steady, back]) viewer.go()
})

test(`${many} viewers are back within seconds after the server was killed, and all see the same`, {
  timeout: 180_000,
}, async () => {
  const viewers = Array.from({ length: many }, () => new Viewer(client))
  // Twenty at a time: they came one by one, of course.
  for (let n = 0; n < many; n += 20) {
    const some = viewers.slice(n, n + 20).map((viewer) => viewer.come())
    await expect.poll(() => some.every(({ seq }) => seq > 0), poll).toBe(true)
  }
  const [engine] = findParts(system.home, 'engine')
  const killed = performance.now()
  process.kill(engine!.pid, 'SIGKILL')
  await until(() => client.with({ patience: { retries: 0, delay: 0 } }).ask('whoami', {}))
  const up = performance.now()
  await tell(10)
  const { head } = await stands()
  await expect.poll(() => viewers.filter(({ seq }) => seq < head).length, poll).toBe(0)
  const back = performance.now()
  await expectAlike(viewers)
  figures[`${many} viewers, the server killed: it was back after (ms)`] = Math.round(up - killed)
  figures[`${many} viewers: the last was back after (ms)`] = Math.round(back - killed)
  for (const viewer of viewers) viewer.go()
  if (process.env.MAESTRO_FAULT_VIEWERS) expect(back - killed).toBeLessThan(BACK_MS)
})

/** A live connection whose client reads nothing after the answer to its upgrade. */
async function readNothing(): Promise<TcpSocket> {
  const { ticket } = await client.askProject('ticket', { session: null })
  const { hostname, port, host } = new URL(client.options.url)
  const socket = connect(Number(port), hostname)
  const lines = [
    `GET /api/projects/${client.options.project}/live HTTP/1.1`,
    ...[`Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
    `Sec-WebSocket-Key: ${btoa('sixteen bytes ok')}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}, ${TICKET_PREFIX}${ticket}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  await new Promise<void>((resolve, reject) =>
    socket.once('data', (data) => {
      socket.pause()
      if (data.toString('latin1').startsWith('HTTP/1.1 101')) resolve()
      else reject(new Error(`No upgrade: ${data}`))
    }),
  )
  return socket
}

/** Asks until it is answered. */
async function until(ask: () => Promise<unknown>): Promise<void> {
  for (let answered = false; !answered; ) {
    answered = await ask().then(
      () => true,
      () => pause(20, false), // it is away still
    )
  }
}
