import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { commandFor } from '../../hooks/claude-code/settings.ts'
import { findHolder } from '../../local-spawner/holder-client.ts'
import type { SessionId, SpawnerId, TaskId } from '../../protocol/ids.ts'
import { unreachableSince } from '../../protocol/session-rules.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from '../node/parts/daemon.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { isRunning, said } from '../node/parts/sessions.ts'
import { TerminalViewer } from '../node/parts/terminal-viewer.ts'
import { wholeLog } from './parts/evidence.ts'
import { FarMachine, whyNotApart } from './parts/far-machine.ts'

/** `npm run faults:lost` waits as long as people do: machines ping every ten seconds, and are lost after five minutes. */
const isReal = Boolean(process.env.MAESTRO_FAULT_REAL_TIMES)
const heartbeat = { MAESTRO_HEARTBEAT_MS: isReal ? '10000' : '1000' }
const lostAfter = isReal ? 300 : 4
/** Between one line of the agent's and the next; what a viewer can scroll back to is a thousand lines. */
const LINE_MS = isReal ? 500 : 25
const MOST_MS = isReal ? 600_000 : 60_000

const hooks = join(import.meta.dirname, '../../hooks/claude-code')
const awayMs = Number(heartbeat.MAESTRO_HEARTBEAT_MS) * 3
/** What is promised first: a machine without a word is away after three pings, and back within 3 s of a new daemon. */
const times: Record<string, Record<string, string>> = {
  promised: {
    'offline after': `${awayMs / 1_000} s`,
    'lost after': `${awayMs / 1_000 + lostAfter} s`,
    'running after': '3 s',
  },
}

let edge: Edge
let far: FarMachine | undefined
let client: Client
let steady: Follower
let daemon: Daemon
let machine: SpawnerId
let session: SessionId
let task: TaskId
let agent: number
let viewer: TerminalViewer
const uses: string[] = []

const whyNot = whyNotApart()

beforeAll(async () => {
  edge = await startEdge({ programs: true, vars: heartbeat })
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  await client.execute('project.edit', { lostAfter })
  const { spawner } = await client.with({ key: edge.spawnerKey }).ask('whoami', {})
  machine = spawner! // the key of a spawner has one
  steady = follow(client)
  allowScriptedAgent(edge.home)
  if (whyNot) console.log(`No network is cut: ${whyNot}`)
  else far = await new FarMachine(Number(new URL(edge.url).port)).build()
  await begin()
  await work()
})
afterAll(async () => {
  console.table(times)
  viewer?.stop()
  await daemon?.end()
  steady.stop()
  far?.remove()
  await edge.stop()
})

/** The daemon as it is shipped, in a network of its own where that is possible. */
async function begin(): Promise<void> {
  const env = { ...heartbeat, ...(far && { MAESTRO_API_URL: far.url }) }
  daemon = await startDaemon(edge.home, env, { within: far?.within, built: true })
}

test.skipIf(whyNot)(
  'a machine whose network goes without a word is away, its sessions are lost in time, and come back',
  {
    timeout: MOST_MS,
  },
  async () => {
    const row = await gone('network cut', () => far!.cut())
    await isLost(row)
    await isBack(row, () => far!.heal())
  },
)

test('a machine that sleeps is away, and goes on where it was when it wakes', { timeout: MOST_MS }, async () => {
  const row = await gone('asleep', () => process.kill(daemon.pid, 'SIGSTOP'))
  await isBack(row, () => process.kill(daemon.pid, 'SIGCONT'))
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a daemon that ends by %s leaves everything to the next one',
  {
    timeout: MOST_MS,
  },
  async (signal) => {
    const row = await gone(signal, () => daemon.end(signal))
    await isBack(row, begin)
  },
)

test(
  'after all that the program was started once, and every line and every event is there once and in order',
  {
    timeout: MOST_MS,
  },
  over,
)

/** Starts an agent that counts, and somebody who watches it. */
async function work(): Promise<void> {
  session = newId('sess')
  task = newId('task')
  await client.execute('task.create', { task, title: 'Count' })
  const script = `script: count over ${LINE_MS}; say the end; until seen; exit 0`
  await client.execute('session.spawn', { session, tasks: [task], profile: 'demo', prompt: script })
  await steady.session(session, ({ status }) => status === 'running')
  viewer = new TerminalViewer(client, session)
  await viewer.until(() => viewer.text.includes('line 3'))
  hook()
  agent = Number(readFileSync(join(dir(), 'starts'), 'utf8'))
}

const dir = () => join(edge.home.sessions, session)

/** What an agent's hook does after a tool. */
function hook(): void {
  const use = `toolu_${session}_${uses.length}`
  const tool = { tool_name: 'Bash', tool_use_id: use, tool_input: { command: 'true' }, duration_ms: 3 }
  const input = JSON.stringify({ session_id: 'counting', hook_event_name: 'PostToolUse', ...tool })
  const env = { PATH: process.env.PATH, MAESTRO_SPOOL: edge.home.spool, MAESTRO_SESSION_ID: session }
  spawnSync('/bin/sh', ['-c', commandFor(hooks, 'log-tool-use.sh')], { input, env })
  uses.push(use)
}

const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`

type Row = { of: Record<string, string>; began: number; line: number }

/** The machine goes, by `how`: nobody can reach the session, and nothing else has happened to it. */
async function gone(name: string, how: () => unknown): Promise<Row> {
  const row = { of: {} as Record<string, string>, began: performance.now(), line: lastLine() }
  times[name] = row.of
  await how()
  await steady.until(({ spawners }) => spawners[machine]?.status === 'offline')
  row.of['offline after'] = seconds(row.began)
  const project = steady.project()
  expect(project.sessions[session]!.status).toBe('running')
  expect(unreachableSince(project, project.sessions[session]!)).toBe(project.spawners[machine]!.since)
  for (let n = 0; n < 5; n++) hook()
  return row
}

async function isLost({ of, began }: Row): Promise<void> {
  const { outcome, reason } = await steady.session(session, ({ status }) => status === 'ended')
  of['lost after'] = seconds(began)
  expect([outcome, reason]).toEqual(['lost', `${machine} has been away too long`])
  expect(steady.project().tasks[task]).toMatchObject({ status: 'todo', assignee: null })
}

/** The machine is there again: the session runs, in the process that it ran in, and nothing of the time between is missing. */
async function isBack({ of, line }: Row, how: () => unknown): Promise<void> {
  expect(isRunning(agent)).toBe(true)
  const began = performance.now()
  await how()
  await steady.until(({ spawners }) => spawners[machine]?.status === 'online')
  of['online after'] = seconds(began)
  expect(await steady.session(session, ({ status }) => status === 'running')).toMatchObject({ outcome: null })
  of['running after'] = seconds(began)
  expect(steady.project().tasks[task]).toMatchObject({ status: 'in_progress', assignee: session, attempts: [] })
  hook()
  await steady.until(({ sessions }) => sessions[session]!.tools.Bash?.calls === uses.length)
  of['events after'] = seconds(began)
  const shown = lastLine()
  await viewer.until(() => lastLine() > shown)
  of['seen after'] = seconds(began)
  const lines = linesIn(viewer.text)
  expect(lines).toContain(line)
  expect(gapsIn(lines)).toEqual([])
}

/** It comes to its own end, started once; every event is in the log once and in order, and so is every line in its terminal. */
async function over(): Promise<void> {
  const holder = (await findHolder(dir()))!
  const all = said(holder, 'the end\r\n')
  writeFileSync(join(dir(), 'over'), '')
  const lines = linesIn(await all)
  holder.close()
  expect(lines).toEqual(lines.map((_, n) => n + 1))
  writeFileSync(join(dir(), 'seen'), '')
  expect(await steady.session(session, ({ status }) => status === 'ended')).toMatchObject({ outcome: 'completed' })
  expect(Number(readFileSync(join(dir(), 'starts'), 'utf8'))).toBe(agent)
  const log = await wholeLog(client)
  const heard = log.flatMap((entry) => (entry.type === 'hook:tool_use' ? [entry.data] : []))
  expect(heard.filter((event) => event.session === session).map(({ toolUse }) => toolUse)).toEqual(uses)
  await putAway(edge.home, [session])
}

/** The numbers of the lines in it, but for one that is not yet whole. */
const linesIn = (text: string) => [...text.matchAll(/^line (\d+)\r?\n/gm)].map(([, number]) => Number(number))
const lastLine = () => linesIn(viewer.text).at(-1) ?? 0
const gapsIn = (lines: number[]) => lines.filter((line, n) => n > 0 && line !== lines[n - 1]! + 1)
