import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

async function flush(): Promise<unknown> {
  const env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0' }
  return envelope(await say(['hooks', 'flush', '--json'], { env })).data
}
async function prompts(): Promise<unknown[]> {
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  const { entries } = await client.askProject('entry.list', { limit: 1_000 })
  return entries.filter(({ type }) => type === 'hook:prompt').map(({ data }) => data)
}
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
})
