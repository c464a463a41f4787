import { execFile } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, run, start } from './cli.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let project: ProjectId
let events: Follower
let env: Record<string, string>

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
  project = newId('proj')
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  events = follow(client)
  env = { MAESTRO_HOME: edge.home.root, PATH: process.env.PATH ?? '' }
})
afterAll(async () => {
  events?.stop()
  await edge?.stop()
})

const status = (wanted: string) =>
  events.until(({ spawners }) => Object.values(spawners).find((one) => one.status === wanted))

test('`maestro spawner start` lets this machine start agents until Ctrl-C, once per home', async () => {
  const first = start(['spawner', 'start', '--json'], { env })
  const line = await new Promise<string>((resolve) =>
    first.child.stdout.once('data', (bytes) => resolve(String(bytes))),
  )
  expect(JSON.parse(line)).toMatchObject({ ready: true, pid: expect.any(Number) })
  await status('online')

  const second = await run(['spawner', 'start', '--json'], { env })
  expect(second.code).toBe(5)
  const { pid } = JSON.parse(line)
  expect(envelope(second)).toMatchObject({
    error: 'conflict',
    message: expect.stringContaining(`: process ${pid}, since`),
  })

  first.child.kill('SIGINT')
  const { code, out, err } = await first.ended
  expect({ code, out }).toEqual({ code: 0, out: line })
  expect(err).toContain('Stopping. Agents go on in their terminals; the next start finds them again.\n')
  await status('offline')
})

test('`spawner stop` ends the daemon cleanly, and `spawner logs` shows what it has said, broken lines too', async () => {
  const daemon = start(['spawner', 'start', '--json'], { env })
  await status('online')
  expect(envelope(await run(['spawner', 'stop', '--json'], { env })).data).toMatchObject({ stopped: true })
  expect((await daemon.ended).code).toBe(0)
  await status('offline')
  expect(envelope(await run(['spawner', 'stop', '--json'], { env })).data).toMatchObject({ stopped: false, pid: null })

  appendFileSync(
    join(edge.home.run, 'spawner.log'),
    'Killed\n{"at":"2026-05-01T10:00:00.000Z","level":"warn","mess\n{"at":"2026-05-01T10:00:00.000Z","level":"warn","message":"tired","suggestion":"sleep"}\n',
  )
  const said = envelope(await run(['spawner', 'logs', '--lines', '3', '--json'], { env })).data
  expect((said as unknown as { items: unknown[] }).items).toEqual([
    { at: '', level: 'error', message: 'Killed' },
    { at: '', level: 'error', message: expect.stringContaining('"mess') },
    { at: '2026-05-01T10:00:00.000Z', level: 'warn', message: 'tired', suggestion: 'sleep' },
  ])
  const none = await run(['spawner', 'logs', '--json'], { env: { ...env, MAESTRO_HOME: emptyFolder() } })
  expect(envelope(none)).toMatchObject({ error: 'spawner_not_found', suggestion: 'maestro spawner start' })
})

test('a home without a key of its own is told how to get one', async () => {
  const home = emptyFolder()
  const refused = await run(['spawner', 'start', '--json'], { env: { ...env, MAESTRO_HOME: home } })
  expect(refused.code).toBe(3)
  expect(envelope(refused)).toMatchObject({
    ...{ error: 'spawner_not_found', suggestion: 'maestro up' },
    message: `${home} has no key of a machine: \`maestro up\` makes one, for the machine that it runs on; a further machine gets one by \`maestro spawner join\`, with what \`maestro spawner invite\` says`,
  })
})
