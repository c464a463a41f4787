import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, PortTaken, startEngine } from '../../embedded/engine.ts'
import { migrate } from '../../embedded/migrations.ts'
import { freePort } from '../../embedded/ports.ts'
import { findParts } from '../../embedded/processes.ts'
import { listening } from './parts/proc.ts'
import { tinyDeployment } from './parts/tiny-worker.ts'

const deployment = tinyDeployment()
const migrations = join(deployment.root, 'db/migrations')
const home = mkdtempSync(join(tmpdir(), 'maestro-engine-'))

let engine: Engine
async function start(): Promise<void> {
  const port = await freePort(0)
  engine = await startEngine({ home, data: join(home, 'data'), port, deployment, vars: { MAESTRO_SECRET: 's3' } })
}
const get = async (path: string, init?: RequestInit) => (await fetch(engine.url + path, init)).json()
const post = (path: string) => get(path, { method: 'POST' })

beforeAll(start)
afterAll(() => engine.stop())

describe('the engine', () => {
  test('runs the Worker with the variables of wrangler.toml and its own', async () => {
    expect(await get('/mode')).toEqual(['embedded', 's3', deployment.vars.MAESTRO_VERSION])
  })

  test('serves the web UI from the same Worker, and its page for every address in it', async () => {
    for (const path of ['/', '/p/proj_1/board']) {
      const page = await fetch(engine.url + path, { headers: { 'sec-fetch-mode': 'navigate' } })
      expect([page.status, await page.text()]).toEqual([200, '<h1>Maestro</h1>'])
    }
  })

  test('applies migrations once, and says which', async () => {
    expect(await migrate(engine, migrations)).toEqual(['0000_notes.sql'])
    expect(await migrate(engine, migrations)).toEqual([])
    writeFileSync(
      join(migrations, '0001_more.sql'),
      "alter table notes add tag text; -- why;\nupdate notes set tag = 'a;b';",
    )
    expect(await migrate(engine, migrations)).toEqual(['0001_more.sql'])
  })

  test('applies a migration whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maestro-migrations-'))
    writeFileSync(join(folder, '0009_half.sql'), 'create table half (id integer); insert into missing values (1);')
    await expect(migrate(engine, folder)).rejects.toThrow('missing')
    const [tables] = await engine.sql([{ sql: "select name from sqlite_master where name = 'half'" }])
    expect(tables).toEqual([])
  })

  test('keeps what Durable Objects and D1 hold over a restart', async () => {
    expect([await post('/object'), await post('/rows')]).toEqual([1, 1])
    await engine.stop()
    await start()
    expect([await get('/object'), await get('/rows')]).toEqual([1, 1])
    expect(await migrate(engine, migrations)).toEqual([])
  })

  test('carries WebSockets of hibernating objects', async () => {
    const socket = new WebSocket(`${engine.url.replace('http', 'ws')}/live`)
    const answer = new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)))
    socket.addEventListener('open', () => socket.send('hi'))
    expect(await answer).toBe('echo hi')
    socket.close()
  })

  test('says when its port is taken', async () => {
    const port = Number(new URL(engine.url).port)
    const second = startEngine({ home, data: join(home, 'second'), port, deployment })
    await expect(second).rejects.toThrow(PortTaken)
  })

  test.runIf(process.platform === 'linux')(
    'listens on the loopback address only, and one of its sockets answers',
    async () => {
      const [runtime] = findParts(home, 'engine')
      const sockets = listening(runtime!.pid)
      expect(sockets.map((socket) => socket.split(':')[0])).toEqual(['127.0.0.1', '127.0.0.1'])
      const others = sockets.filter((socket) => !engine.url.endsWith(socket))
      for (const path of ['/', '/object', '/mode', '/cdn-cgi/mf/scheduled', '/cdn-cgi/explorer/api']) {
        const answer = await fetch(`http://${others[0]}${path}`)
        expect([path, answer.status === 404 || answer.status === 403]).toEqual([path, true])
      }
    },
  )
})
