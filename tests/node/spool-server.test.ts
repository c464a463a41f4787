import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { Known } from '../../hooks/secrets.ts'
import { Spool } from '../../local-spawner/spool.ts'
import type { HookEvent } from '../../protocol/hook-event.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'

// A server that answers as no good one does: what the spool makes of it.

type Reply = { status: number; body: unknown; headers?: Record<string, string> }
let reply: (events: HookEvent[]) => Reply
let requests: HookEvent[][]
let bytes: number[]
let server: Server
let dir: string
let spool: Spool
let complaints: string[]
let knownOf: () => Known
let projectOf: (session: SessionId | undefined) => ProjectId
const project: ProjectId = newId('proj')
const session = 'sess_4hq1w8ze'

beforeEach(async () => {
  requests = []
  bytes = []
  complaints = []
  dir = mkdtempSync(join(tmpdir(), 'maestro-spool-'))
  for (const name of ['new', 'tmp', 'bad']) mkdirSync(join(dir, name))
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const { events } = JSON.parse(text)
      requests.push(events)
      bytes.push(text.length)
      const { status, body, headers } = reply(events)
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  knownOf = () => ({ level: 'full' })
  projectOf = () => project
  const client = new Client({ url: `http://127.0.0.1:${port}`, key: 'k', project, patience: { retries: 0, delay: 1 } })
  spool = new Spool({
    dir,
    projectOf: (session) => projectOf(session),
    reporterFor: () => client,
    knownOf: () => knownOf(),
    heard: () => undefined,
    log: (level, message) => level === 'warn' && complaints.push(message),
  })
})
afterEach(async () => {
  spool.stop()
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true })
})

function leave(n: number, prompt = `number ${n}`, owner = session): void {
  const path = join(dir, 'new', `${owner}.claude-code.${n}-${randomUUID()}.json`)
  writeFileSync(path, JSON.stringify({ hook_event_name: 'UserPromptSubmit', session_id: 'a', prompt }))
  utimesSync(path, 1_000 + n, 1_000 + n)
}
const stored = (events: HookEvent[]): Reply => ok(events.map(({ id }) => ({ id, result: 'stored' })))
const ok = (results: unknown[]): Reply => ({ status: 200, body: { success: true, data: { results } } })
const refusal = (status: number, error: string, headers = {}): Reply => ({
  ...{ status, headers },
  body: { success: false, error, message: `it said ${error}`, retryable: false },
})
/** Answers in turn, then with the last for ever. */
const inTurn = (...all: ((events: HookEvent[]) => Reply)[]) => {
  reply = (events) => (all.length > 1 ? all.shift()! : all[0]!)(events)
}
const summaries = (events: HookEvent[]) => events.map(({ summary }) => summary)
const left = () => readdirSync(join(dir, 'new')).length
const aside = () => readdirSync(join(dir, 'bad')).length
async function emptied(): Promise<void> {
  for (spool.look(); left() > 0; spool.look()) await spool.drained()
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `number ${from + i}`)

describe('the spool', () => {
  test('sends a hundred at most, and no more than the server takes, in order', async () => {
    inTurn(stored)
    for (let n = 1; n <= 250; n++) leave(n)
    await emptied()
    expect(requests.map((events) => events.length)).toEqual([100, 100, 50])
    expect(requests.flatMap(summaries)).toEqual(numbers(1, 250))
    for (let n = 1; n <= 60; n++) leave(n, `${'long '.repeat(1_600)}${n}`)
    await emptied()
    expect(Math.max(...bytes)).toBeLessThan(256_000)
    expect(requests.flat()).toHaveLength(310)
  })

  test.each([
    ['429, asking to be left alone', refusal(429, 'rate_limited', { 'Retry-After': '1' })],
    ['503', refusal(503, 'unavailable')],
    ['500', refusal(500, 'internal')],
    ['nothing that makes sense', { status: 502, body: 'Bad gateway' }],
    ['that the key has ended', refusal(401, 'credentials_ended')],
    ['that the key may not', refusal(403, 'forbidden')],
    ['that there is no such project', refusal(404, 'project_not_found')],
  ])('keeps all while the server says %s, tells it once, and goes on in order', async (_, answer) => {
    inTurn(
      () => answer,
      () => answer,
      stored,
    )
    const began = performance.now()
    for (let n = 1; n <= 3; n++) leave(n)
    await emptied()
    expect(requests.map(summaries)).toEqual(Array(3).fill(numbers(1, 3)))
    expect([aside(), complaints]).toEqual([0, [expect.stringMatching(/^hook events wait: /)]])
    if (answer.status === 429) expect(performance.now() - began).toBeGreaterThan(2_000)
  })

  test('finds the one that can never be sent, tells of it, and loses no other', async () => {
    const poison = (events: HookEvent[]) => events.some(({ summary }) => summary === 'number 2')
    inTurn((events) => (poison(events) ? refusal(400, 'invalid_input') : stored(events)))
    for (let n = 1; n <= 3; n++) leave(n)
    await emptied()
    const taken = requests.filter((events) => !poison(events)).flatMap(summaries)
    expect(taken.slice(0, 2)).toEqual(['number 1', 'number 3'])
    expect(taken.slice(2)).toEqual(['1 event was set aside: it said invalid_input'])
    expect(aside()).toBe(1)
  })

  test('sends what is too large without what makes it so', async () => {
    inTurn((events) => (JSON.stringify(events).length > 2_000 ? refusal(413, 'too_large') : stored(events)))
    leave(1, 'x'.repeat(5_000))
    leave(2)
    await emptied()
    const taken = requests.filter((events) => JSON.stringify(events).length <= 2_000).flat()
    expect(taken.find(({ summary }) => summary.startsWith('xxx'))?.payload).toEqual({ truncated: true })
    expect([summaries(taken).includes('number 2'), aside()]).toEqual([true, 0])
  })

  test('deletes only what was answered for, one by one', async () => {
    inTurn((events) => ok(events.slice(0, 2).map(({ id }) => ({ id, result: 'duplicate' }))), stored)
    for (let n = 1; n <= 4; n++) leave(n)
    await emptied()
    expect(requests.map(summaries)).toEqual([numbers(1, 4), numbers(3, 4)])
  })

  test('sets aside what the server never speaks of, and what it cannot take, without telling of that for ever', async () => {
    inTurn((events) =>
      ok(
        events
          .filter(({ summary }) => summary !== 'number 1')
          .map(({ id, kind }) => ({ id, result: kind === 'gap' ? 'quarantined' : 'stored', message: 'no such kind' })),
      ),
    )
    for (let n = 1; n <= 2; n++) leave(n)
    await emptied()
    expect(aside()).toBe(2) // number 1, and the gap that told of it
  })

  test('goes on where a file is taken away while the server refuses it', async () => {
    inTurn((events) => {
      rmSync(join(dir, 'new'), { recursive: true })
      mkdirSync(join(dir, 'new'))
      return ok(events.map(({ id }) => ({ id, result: 'quarantined', message: 'no such kind' })))
    }, stored)
    leave(1)
    await emptied()
    expect(aside()).toBe(0)
    leave(2)
    await emptied()
    expect(requests.map(summaries)).toEqual([numbers(1, 1), numbers(2, 2)])
  })

  test('goes on where nothing can be set aside, and keeps what should be', async () => {
    inTurn(stored)
    rmSync(join(dir, 'bad'), { recursive: true })
    writeFileSync(join(dir, 'bad'), 'no folder')
    writeFileSync(join(dir, 'new', 'notes.txt'), 'no hook made it')
    writeFileSync(join(dir, 'new', `${session}.claude-code.${randomUUID()}.json`), 'no JSON')
    for (let n = 1; n <= 2; n++) leave(n)
    spool.look()
    await spool.drained()
    spool.look()
    await spool.drained()
    expect(requests.map(summaries)).toEqual([numbers(1, 2)])
    expect(left()).toBe(2)
    expect(spool.complaint).toMatch(/^a spool file cannot be set aside: /)
  })

  test('goes on where it cannot be noted that something was sent', async () => {
    inTurn(stored)
    symlinkSync(join(dir, 'nowhere', 'sent'), join(dir, 'sent'))
    for (let n = 1; n <= 150; n++) leave(n)
    await emptied()
    expect(requests.flatMap(summaries)).toEqual(numbers(1, 150))
    expect(complaints).toEqual([expect.stringMatching(/cannot be noted/)])
  })

  test('keeps what is there, in order, while it is not known what may be told, and goes on when it is', async () => {
    inTurn(stored)
    const refusals = [new Error('no policy'), new Error('no policy')]
    knownOf = () => {
      const refusal = refusals.shift()
      if (refusal) throw refusal
      return { level: 'full' }
    }
    for (let n = 1; n <= 3; n++) leave(n)
    await emptied()
    expect(requests.map(summaries)).toEqual([numbers(1, 3)])
    expect([aside(), complaints]).toEqual([0, ['hook events wait: no policy']])
  })

  test('takes in what others left where the project of one session cannot be found out', async () => {
    inTurn(stored)
    const broken = 'sess_br0ken00'
    projectOf = (session) => {
      if (session === broken) throw new Error('its journal makes no sense')
      return project
    }
    leave(1, 'number 1', broken)
    leave(2)
    spool.look()
    await spool.drained()
    expect([requests.map(summaries), left()]).toEqual([[numbers(2, 2)], 1])
    projectOf = () => project
    await emptied()
    expect(requests.map(summaries)).toEqual([numbers(2, 2), numbers(1, 1)])
  })
})
