import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { writeJson } from '../../embedded/home.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'
import type { Entry } from '../../protocol/project.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { say } from './cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'

let edge: Edge
let daemon: Daemon
let project: ProjectId
let events: Follower
let session: SessionId

beforeAll(async () => {
  edge = await startEdge()
  project = newId('proj')
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  allowScriptedAgent(edge.home, { profile: 'env = ["GARDEN_TOKEN"]' })
  daemon = await startDaemon(edge.home, { GARDEN_TOKEN: 'canary-in-bloom' })
  events = follow(client)
  session = newId('sess')
  await client.execute('session.spawn', { session, profile: 'demo', prompt: 'script: stay' })
  await events.session(session, ({ status }) => status === 'running')
})
afterAll(async () => {
  await new Client({ url: edge.url, key: edge.ownerKey, project }).execute('session.stop', { session })
  await putAway(edge.home, [session])
  events.stop()
  await daemon.end()
  await edge.stop()
})
beforeEach(() => {
  events.entries.length = 0
})

/** Leaves a payload as a hook does, `ms` after a moment in the past. */
function leave(text: string, ms: number, owner: string = session): string {
  const name = `${owner}.claude-code.${randomUUID()}.json`
  const draft = join(edge.home.spool, 'tmp', name)
  writeFileSync(draft, text, { mode: 0o600 })
  const at = (Date.UTC(2026, 10, 21) + ms) / 1000
  utimesSync(draft, at, at)
  renameSync(draft, join(edge.home.spool, 'new', name))
  return name
}
const bash = (command: string, use = 'toolu_1') =>
  JSON.stringify({
    hook_event_name: 'PreToolUse',
    session_id: 'c',
    tool_name: 'Bash',
    tool_use_id: use,
    tool_input: { command },
  })

type Heard = Extract<Entry, { type: 'hook:tool_start' }>
const heard = (entries: Entry[]) => entries.filter((entry): entry is Heard => entry.type === 'hook:tool_start')
type Gap = Extract<Entry, { type: 'hook:gap' }>
const gaps = (entries: Entry[]) => entries.filter((entry): entry is Gap => entry.type === 'hook:gap')
const uses = (entries: Entry[]) => heard(entries).map(({ data }) => data.toolUse)
const left = () => readdirSync(join(edge.home.spool, 'new'))
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `toolu_${i + 1}`)

/** A hook's file that is still on its way; answers what publishes it. */
function begin(text: string, ms: number): () => void {
  const name = `${session}.claude-code.${randomUUID()}.json`
  const draft = join(edge.home.spool, 'tmp', name)
  writeFileSync(draft, text, { mode: 0o600 })
  const at = (Date.now() + ms) / 1000
  utimesSync(draft, at, at)
  return () => renameSync(draft, join(edge.home.spool, 'new', name))
}

describe('what a hook leaves in the spool', () => {
  test('waits for what an earlier hook of its session is still moving', async () => {
    const publish = [begin(bash('first', 'toolu_1'), -20), begin(bash('second', 'toolu_2'), -10)]
    publish[1]!()
    // Something of another session goes at once, and shows that the daemon has looked.
    writeJson(edge.home.config, { url: edge.url, project }) // where what nobody started belongs
    leave(bash('another', 'toolu_other'), 0, '-')
    await events.until(() => uses(events.entries).includes('toolu_other'))
    expect(uses(events.entries)).toEqual(['toolu_other'])
    publish[0]!()
    await events.until(() => uses(events.entries).length === 3)
    expect(uses(events.entries)).toEqual(['toolu_other', 'toolu_1', 'toolu_2'])
    writeJson(edge.home.config, { url: edge.url })
  })

  test('is in the log with its own time, and the file is gone', async () => {
    leave(bash('npm test'), 1_500)
    const entry = await events.until((_, entries) => heard(entries)[0])
    expect(entry.data).toMatchObject({ session, tool: 'Bash', sentAt: Date.UTC(2026, 10, 21) + 1_500 })
    await until(() => left().length === 0)
  })

  test('tells no secret, whether it looks like one or is only in the agent’s environment', async () => {
    leave(
      bash('curl -H "Authorization: Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz" https://x.test/canary-in-bloom'),
      1,
    )
    const entry = await events.until((_, entries) => heard(entries)[0])
    const text = JSON.stringify(entry)
    expect(text).toContain('REDACTED')
    expect(text).not.toMatch(/ghp_|canary/)
  })

  test('comes in the order of its time, however it lies there, all of it and once', async () => {
    await daemon.end('SIGKILL')
    for (const n of numbered(250).reverse()) leave(bash('true', n), Number(n.slice(6)))
    daemon = await startDaemon(edge.home)
    await events.until((_, entries) => heard(entries).length === 250)
    expect(uses(events.entries)).toEqual(numbered(250))
    await until(() => left().length === 0)
  })

  test('waits while the server is away, and follows when it is back', async () => {
    events.stop()
    await edge.restart()
    for (const n of numbered(20)) leave(bash('true', n), Number(n.slice(6)))
    events = follow(new Client({ url: edge.url, key: edge.ownerKey, project }))
    await until(() => left().length === 0)
    const seen = await history()
    expect(uses(seen).slice(-20)).toEqual(numbered(20))
  })

  test('that nobody can read is set aside and said once, and the rest goes on', async () => {
    writeJson(edge.home.config, { url: edge.url, project }) // a file that no hook made belongs to no session
    rmSync(join(edge.home.spool, 'bad'), { recursive: true }) // as people clear it away
    const bad = [leave('{"hook_event', 1), leave('', 2)]
    const odd = join(edge.home.spool, 'new', 'notes.txt')
    writeFileSync(odd, 'hello')
    leave(bash('true'), 3)
    await events.until((_, entries) => heard(entries)[0])
    await events.until((_, entries) => gaps(entries).length === 3)
    await until(() => !existsSync(odd) && left().length === 0)
    expect(readdirSync(join(edge.home.spool, 'bad')).sort()).toEqual([...bad, 'notes.txt'].sort())
    expect(daemon.log()).toContain('a spool file was set aside')
    const said = gaps(events.entries).map(({ data }) => [data.session, data.summary, data.gap])
    const one = { what: 'set_aside', events: 1 }
    expect(said.sort()).toEqual([
      [null, '1 event was set aside: no hook names a file like this', one],
      [session, '1 event was set aside: it is empty', one],
      [session, '1 event was set aside: it is not JSON', one],
    ])
    expect(events.project().sessions[session]!.missed).toEqual({ dropped: 0, setAside: 2 })
    writeJson(edge.home.config, { url: edge.url })
  })

  test('that a hook could not keep is told of as an event, once, though whoever tells it dies again and again', async () => {
    const before = events.project().missed?.dropped ?? 0
    await daemon.end('SIGKILL')
    writeFileSync(join(edge.home.spool, 'dropped'), `${session}.claude-code full\n`.repeat(37))
    writeFileSync(join(edge.home.spool, `dropped.${session}.claude-code.${randomUUID()}`), '') // as on a full disk
    for (let n = 0; n < 3; n++) {
      daemon = await startDaemon(edge.home)
      await daemon.end('SIGKILL') // before what was counted has settled, and while it is told
    }
    daemon = await startDaemon(edge.home)
    await events.until((_, entries) => gaps(entries).length === 2)
    await until(() => left().length === 0)
    expect(
      gaps(events.entries)
        .map(({ data }) => data.summary)
        .sort(),
    ).toEqual([
      '1 event was dropped: the disk was full, or more than 8 MB came at once',
      '37 events were dropped: the spool was full',
    ])
    expect(events.project().missed?.dropped).toBe(before + 38)
    expect(readdirSync(edge.home.spool).filter((name) => /dropped|counted|told/.test(name))).toEqual([])
    const { cli, metrics } = await elsewhere()
    expect(cli).toContain('37 events were dropped: the spool was full')
    expect(metrics).toContain(`maestro_hook_events_dropped_total{project="${project}"} ${before + 38}`)
  })

  test('that was killed over it is sent if it is whole, and set aside if it is not', async () => {
    const draft = (text: string, ms: number) => {
      const name = leave(text, ms)
      renameSync(join(edge.home.spool, 'new', name), join(edge.home.spool, 'tmp', name))
      return name
    }
    await daemon.end('SIGKILL')
    draft(bash('true', 'toolu_whole'), 1)
    const half = draft('{"hook_event_name":"PreToo', 2)
    daemon = await startDaemon(edge.home)
    await events.until((_, entries) => uses(entries).includes('toolu_whole'))
    expect(readdirSync(join(edge.home.spool, 'bad'))).toContain(half)
    expect(readdirSync(join(edge.home.spool, 'tmp'))).toEqual([])
    expect(daemon.log()).toContain('its hook was cut off')
  })

  test('of a session nobody knows waits until a project is chosen', async () => {
    leave(bash('true', 'toolu_stray').replace('"c"', '"started by hand"'), 1, '-')
    leave(bash('true', 'toolu_own'), 2)
    await events.until((_, entries) => uses(entries).includes('toolu_own'))
    await until(() => left().length === 1)
    writeJson(edge.home.config, { url: edge.url, project })
    const entry = await events.until((_, entries) => heard(entries).find(({ data }) => data.toolUse === 'toolu_stray'))
    expect(events.project().sessions[entry.data.session!]).toMatchObject({ managed: false })
    rmSync(edge.home.config)
    writeJson(edge.home.config, { url: edge.url })
  })
})

test('a daemon that is killed again and again while it sends loses nothing and doubles nothing', {
  timeout: 90_000,
}, async () => {
  for (const n of numbered(3_000)) leave(bash('true', n), Number(n.slice(6)))
  for (const sent of [300, 900, 1_500]) {
    await events.until((_, entries) => heard(entries).length >= sent)
    await daemon.end('SIGKILL')
    daemon = await startDaemon(edge.home)
  }
  await events.until((_, entries) => heard(entries).length >= 3_000)
  await until(() => left().length === 0)
  expect(uses(events.entries)).toEqual(numbered(3_000))
})

/** What the command line and the figures say of it. */
async function elsewhere() {
  const env = { MAESTRO_HOME: edge.home.root, MAESTRO_API_KEY: edge.ownerKey, MAESTRO_PROJECT_ID: project }
  const { out: cli } = await say(['session', 'logs', session], { env })
  const headers = { Authorization: `Bearer ${edge.ownerKey}` }
  return { cli, metrics: await (await fetch(`${edge.url}/metrics`, { headers })).text() }
}

async function history(): Promise<Entry[]> {
  const client = new Client({ url: edge.url, key: edge.ownerKey, project })
  return (await client.askProject('entry.list', { before: 1_000_000, limit: 1_000 })).entries
}

/** Looks every few ms, for what tells nobody when it happens. */
async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((resolve) => setTimeout(resolve, 10))
}
