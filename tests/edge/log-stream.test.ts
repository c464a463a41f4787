import { expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { streamLog } from '../../client/log-stream.ts'
import type { Entry } from '../../protocol/project.ts'
import { edge, scene } from './parts/one-scene.ts'

async function hear(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    const events = Array.from({ length: Math.min(100, left) }, () => ({
      ...{ id: newId('evt'), at: Date.now(), agent: 'demo', kind: 'tool_use', name: 'Bash', summary: 'Bash ls' },
      payload: null,
    }))
    await scene.owner.report(events)
  }
}
const head = async () => (await scene.owner.askProject('entry.list', { limit: 1 })).entries.at(-1)!.seq
const soon = { timeout: 15_000 }

/** A stream of the log from `since` on, and how to end it. */
function follow(since: number, client = scene.owner) {
  const seqs: number[] = []
  const over = new AbortController()
  const entries = (fresh: Entry[]) => seqs.push(...fresh.map(({ seq }) => seq))
  const states: string[] = []
  const ended = streamLog(client, since, { entries, status: ({ state }) => states.push(state) }, over.signal)
  return { seqs, states, ended, stop: () => over.abort() }
}
const upTo = (last: number, since = 0) => Array.from({ length: last - since }, (_, i) => since + 1 + i)

test('a stream that falls further behind than the server sends at once goes on through history', async () => {
  // Between the last page of history and the connection, very much happens.
  let connections = 0
  const slow = scene.owner.with({
    fetch: async (input, init) => {
      if (String(input).endsWith('/tickets') && connections++ === 0) await hear(5_100)
      return fetch(input, init)
    },
  })
  const stream = follow(0, slow)
  await expect.poll(() => connections, soon).toBe(2)
  await hear(10)
  const last = await head()
  await expect.poll(() => stream.seqs.at(-1), soon).toBe(last)
  stream.stop()
  await stream.ended
  expect(stream.seqs).toEqual(upTo(last))
})

test('a stream lives through restarts of the server', { timeout: 60_000 }, async () => {
  const since = await head()
  const stream = follow(since)
  for (let round = 0; round < 2; round++) {
    await hear(50)
    await edge.restart()
    await hear(50)
  }
  const last = await head()
  await expect.poll(() => stream.seqs.at(-1), soon).toBe(last)
  stream.stop()
  await stream.ended
  expect(stream.seqs).toEqual(upTo(last, since))
})

test('a stream ends with the key that it was made with', async () => {
  const { key, id } = await scene.owner.ask('key.create', { kind: 'person', name: 'guest', scopes: ['read'] })
  const stream = follow(await head(), scene.owner.with({ key }))
  await expect.poll(() => stream.states, soon).toContain('open')
  const ended = expect(stream.ended).rejects.toMatchObject({ code: 'credentials_ended' })
  await scene.owner.ask('key.revoke', { key: id })
  await edge.restart() // workerd keeps a line open for some seconds after it has said goodbye on it
  await ended
})
