/** The daemon from its bundle: start, spawn to running to first text at a viewer, hook file to viewer, memory. Beside it, the floor: the same event posted. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import type { SessionId } from '../protocol/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { allowScriptedAgent, putAway } from '../tests/node/parts/daemon.ts'
import { follow } from '../tests/node/parts/follow.ts'
import { TerminalViewer } from '../tests/node/parts/terminal-viewer.ts'
import { median } from './load.ts'

const sessions = 8
const perSecond = 100
const seconds = 10
const burst = 5_000

const edge = await startEdge()
const project = newId('proj')
const client = new Client({ url: edge.url, key: edge.ownerKey, project })
await client.ask('project.new', { project, name: 'Bench' })
allowScriptedAgent(edge.home)
const daemon = spawn(process.execPath, [join(import.meta.dirname, '../dist/node/spawner.js')], {
  stdio: ['ignore', 'pipe', 'ignore'],
  env: { ...process.env, MAESTRO_HOME: edge.home.root },
})
const figures: Record<string, number> = {
  'ready after, ms': (await firstLine(daemon)).ms,
  'memory at rest, MB': memory(),
}
const viewer = follow(client)
const waiting = new Map<string, () => void>()
const seen = viewer.entries.push.bind(viewer.entries)
viewer.entries.push = (...entries) => {
  for (const { data } of entries) if ('toolUse' in data && data.toolUse) waiting.get(data.toolUse)?.()
  return seen(...entries)
}

const started: { running: number; text: number }[] = []
let session: SessionId = newId('sess')
for (let i = 0; i < sessions; i++) started.push(await startOne())
figures['spawn to running, ms'] = Math.round(median(started.map(({ running }) => running)))
figures['spawn to first text at a viewer, ms'] = Math.round(median(started.map(({ text }) => text)))
figures[`memory with ${sessions} sessions, MB`] = memory()

await measure('posted at once', post)
await measure('hook file', leave)
const began = performance.now()
await Promise.all(Array.from({ length: burst }, (_, i) => arrival(`burst${i}`, leave)))
figures[`${burst} hook files at once, events/s`] = Math.round((burst / (performance.now() - began)) * 1_000)
figures['memory after that, MB'] = memory()

console.table(figures)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = JSON.stringify({ at: new Date().toISOString(), sessions, perSecond, seconds, burst, figures }, null, 2)
writeFileSync(join(import.meta.dirname, 'results/daemon.json'), result)
const mine = Object.values(viewer.project().sessions).filter(({ managed }) => managed)
for (const { id } of mine) await client.execute('session.stop', { session: id })
await Promise.all(mine.map(({ id }) => viewer.session(id, ({ status }) => status === 'ended')))
await putAway(
  edge.home,
  mine.map(({ id }) => id),
)
viewer.stop()
daemon.kill()
await new Promise((resolve) => daemon.once('exit', resolve))
await edge.stop()

async function startOne() {
  session = newId('sess')
  const asked = performance.now()
  await client.execute('session.spawn', { session, profile: 'demo', prompt: 'script: say hello; stay' })
  await viewer.session(session, ({ status }) => status === 'running')
  const running = performance.now() - asked
  const terminal = new TerminalViewer(client, session)
  await terminal.until(() => terminal.shown.includes('hello'))
  terminal.stop()
  return { running, text: performance.now() - asked }
}

/** Events at a steady pace, each timed from its making to a viewer. */
async function measure(name: string, send: (use: string) => void): Promise<void> {
  const times: Promise<number>[] = []
  const cpu = processor()
  for (let i = 0; i < perSecond * seconds; i++) {
    times.push(arrival(`${name}${i}`, send))
    await pause(1_000 / perSecond)
  }
  const all = (await Promise.all(times)).sort((a, b) => a - b)
  figures[`${name} to viewer at ${perSecond}/s, p50 ms`] = at(all, 0.5)
  figures[`${name} to viewer at ${perSecond}/s, p95 ms`] = at(all, 0.95)
  figures[`${name}: the daemon's processor, %`] = Math.round((processor() - cpu) / seconds / 10)
}

function arrival(use: string, send: (use: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const made = performance.now()
    waiting.set(use, () => waiting.delete(use) && resolve(performance.now() - made))
    send(use)
  })
}

function payload(use: string) {
  const tool_input = { command: 'npm test -- --reporter=dot '.repeat(25) }
  return { hook_event_name: 'PreToolUse', session_id: 'bench', tool_name: 'Bash', tool_use_id: use, tool_input }
}

function leave(use: string): void {
  const name = `${session}.claude-code.${randomUUID()}.json`
  writeFileSync(join(edge.home.spool, 'tmp', name), JSON.stringify(payload(use)))
  renameSync(join(edge.home.spool, 'tmp', name), join(edge.home.spool, 'new', name))
}

function post(use: string): void {
  const headers = {
    Authorization: `Bearer ${edge.ownerKey}`,
    'Content-Type': 'application/json',
    'Maestro-Project': project,
  }
  void fetch(`${edge.url}/api/webhooks/hook-event`, { method: 'POST', headers, body: JSON.stringify(payload(use)) })
}

async function firstLine(child: ChildProcess): Promise<{ ms: number }> {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line)
  throw new Error('The daemon ended before it was ready: node scripts/build.ts')
}

function memory(): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

/** Milliseconds of processor the daemon has used. */
function processor(): number {
  const fields = readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function at(sorted: number[], part: number): number {
  return Number(sorted[Math.floor(sorted.length * part)]!.toFixed(1))
}
