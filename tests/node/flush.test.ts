import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { writeJson } from '../../embedded/home.ts'
import { writeJournal } from '../../local-spawner/journal.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say } from './cli.ts'

// A flush where something is wrong on the machine: what it holds up, and what it does not.

let edge: Edge
let project: ProjectId
beforeAll(async () => {
  edge = await startEdge()
})
beforeEach(async () => {
  project = newId('proj')
  await new Client({ url: edge.url, key: edge.ownerKey }).ask('project.new', { project, name: 'Garden' })
  writeJson(edge.home.config, { url: edge.url, project })
  for (const name of ['new', 'tmp', 'bad']) mkdirSync(at(name), { recursive: true, mode: 0o700 })
})
afterEach(() => {
  for (const path of [edge.home.spool, edge.home.policy, sessions()]) rmSync(path, { recursive: true, force: true })
})
afterAll(() => edge?.stop())

const at = (...names: string[]) => join(edge.home.spool, ...names)
const sessions = () => join(edge.home.root, 'sessions')

function leave(count: number, session = '-'): void {
  for (let n = 1; n <= count; n++) {
    const payload = { hook_event_name: 'UserPromptSubmit', session_id: 'by hand', cwd: '/', prompt: `secret plan ${n}` }
    writeFileSync(at('new', `${session}.claude-code.${randomUUID()}.json`), JSON.stringify(payload))
  }
}

/** A session that was started here, for a project that may be gone. */
function started(of: ProjectId): SessionId {
  const session: SessionId = newId('sess')
  mkdirSync(join(sessions(), session), { recursive: true })
  writeJournal(join(sessions(), session), { state: 'started', at: 1, project: of, session, profile: 'demo' })
  return session
}

async function flush(...more: string[]): Promise<unknown> {
  const env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' }
  return envelope(await say(['hooks', 'flush', ...more, '--json'], { env })).data
}
async function prompts(): Promise<unknown[]> {
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  const { entries } = await client.askProject('entry.list', { limit: 1_000 })
  return entries.filter(({ type }) => type === 'hook:prompt').map(({ data }) => data)
}
const left = () => readdirSync(at('new')).length
const aside = () => readdirSync(at('bad')).length

describe('a flush', () => {
  test.each([
    ['says what no policy does', 'capcity = 12\n', 0o600],
    ['could have been written by others', 'capacity = 12\n[events]\nlevel = "full"\n', 0o644],
    ['is no TOML', '[events\n', 0o600],
  ])('under a policy that %s sends each event, and tells as little of it as can be', async (_, text, mode) => {
    writeFileSync(edge.home.policy, text)
    chmodSync(edge.home.policy, mode)
    leave(20)
    leave(5, started(project))
    expect(await flush()).toMatchObject({ sent: 25, left: 0, why: null })
    const all = await prompts()
    expect(all).toHaveLength(25)
    expect(JSON.stringify(all)).not.toContain('secret plan')
    expect(aside()).toBe(0)
  })

  test('sends all that is good beside what a deleted project left, and says what waits', async () => {
    leave(1, started(newId('proj')))
    leave(350)
    expect(await flush()).toMatchObject({
      sent: 350,
      left: 1,
      why: expect.stringMatching(/^hook events wait: .*project/),
    })
    expect(await prompts()).toHaveLength(350)
  })

  test('goes on for what comes while a deleted project’s events wait', async () => {
    leave(1, started(newId('proj')))
    leave(1)
    const flushed = flush('--linger', '2')
    await until(() => left() === 1)
    leave(1)
    expect(await flushed).toMatchObject({ sent: 2, left: 1 })
  })

  test('sets aside what a deleted project left once it was missing for ten minutes, however many flushes that took', async () => {
    const gone: ProjectId = newId('proj')
    leave(3, started(gone))
    expect(await flush()).toMatchObject({ sent: 0, left: 3 })
    ago(`missing.${gone}`, 9)
    expect(await flush()).toMatchObject({ sent: 0, left: 3 })
    ago(`missing.${gone}`, 11)
    expect(await flush()).toMatchObject({ left: 0, why: null })
    expect(aside()).toBe(3)
  })

  test('begins anew to count how long a project is missing once it was found', async () => {
    ago(`missing.${project}`, 9)
    leave(1)
    expect(await flush()).toMatchObject({ sent: 1, left: 0 })
    expect(readdirSync(at())).not.toContain(`missing.${project}`)
  })

  test('leaves the events of a session whose folder makes no sense, says so, and sends all others', async () => {
    const [broken, sound] = [started(project), started(project)]
    writeFileSync(join(sessions(), broken, 'journal.json'), '{"state":')
    leave(2, broken)
    leave(2, sound)
    leave(2)
    expect(await flush()).toMatchObject({ sent: 4, left: 2, why: expect.stringContaining(broken) })
  })
})

/** Makes a file of the spool `minutes` old. */
function ago(name: string, minutes: number): void {
  const time = Date.now() / 1_000 - minutes * 60
  writeFileSync(at(name), '')
  utimesSync(at(name), time, time)
}

/** Looks every few ms, for what tells nobody when it happens. */
async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 10))
}
