/**
 * From asking for agents to be stopped until their processes are gone, and until the project says that they have ended: twenty at
 * once, beside one, and twenty by a panic on the machine. The agents end when they are hung up on. The goal: twenty in 2 s.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { homeAt } from '../local-spawner/home.ts'
import { endPanic, panic } from '../local-spawner/panic.ts'
import { isRunning } from '../local-spawner/process-list.ts'
import type { SessionId } from '../protocol/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { allowScriptedAgent, putAway } from '../tests/node/parts/daemon.ts'
import { follow } from '../tests/node/parts/follow.ts'
import { median } from './load.ts'

const rounds = 3
const edge = await startEdge()
const project = newId('proj')
const client = new Client({ url: edge.url, key: edge.ownerKey, project })
await client.ask('project.new', { project, name: 'Bench' })
allowScriptedAgent(edge.home)
writeFileSync(edge.home.policy, readFileSync(edge.home.policy, 'utf8').replace(/capacity = \d+/, 'capacity = 24'))
const home = homeAt(edge.home.root)
const daemon = spawn(process.execPath, [join(import.meta.dirname, '../dist/node/spawner.js')], {
  stdio: ['ignore', 'pipe', 'ignore'],
  env: { ...process.env, MAESTRO_HOME: home.root },
})
await firstLine(daemon)
const viewer = follow(client)

type Times = { asked: number; gone: number; told: number }
const stop = (ids: SessionId[]) => Promise.all(ids.map((session) => client.execute('session.stop', { session })))
const results: Record<string, Times[]> = { 'one, stopped': [], 'twenty, stopped': [], 'twenty, panic': [] }
for (let round = 0; round < rounds; round++) {
  results['one, stopped']!.push(await measure(1, stop))
  results['twenty, stopped']!.push(await measure(20, stop))
  results['twenty, panic']!.push(await measure(20, () => panic(home, '')))
  endPanic(home)
}

const rows = Object.entries(results).map(([name, times]) => {
  const words = (of: keyof Times) => {
    const all = times.map((one) => one[of])
    return `${Math.round(median(all))} (${Math.round(Math.max(...all))})`
  }
  return [
    name,
    {
      'asked, ms': words('asked'),
      'processes gone, ms, median (worst)': words('gone'),
      'project told, ms': words('told'),
    },
  ]
})
console.table(Object.fromEntries(rows))
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = JSON.stringify({ at: new Date().toISOString(), rounds, results }, null, 2)
writeFileSync(join(import.meta.dirname, 'results/stop.json'), result)
viewer.stop()
daemon.kill()
await new Promise((resolve) => daemon.once('exit', resolve))
await edge.stop()

async function measure(count: number, end: (ids: SessionId[]) => Promise<unknown>): Promise<Times> {
  const ids = Array.from({ length: count }, () => newId('sess'))
  for (const session of ids)
    await client.execute('session.spawn', { session, profile: 'demo', prompt: 'script: say hello; stay' })
  for (const id of ids) await viewer.session(id, ({ status }) => status === 'running')
  const pids = await Promise.all(ids.map(pidOf))
  const began = performance.now()
  let asked = 0
  const asking = end(ids).then(() => {
    asked = performance.now() - began
  })
  while (pids.some(isRunning)) await pause(5)
  const gone = performance.now() - began
  await asking
  for (const id of ids) await viewer.session(id, ({ status }) => status === 'ended')
  const told = performance.now() - began
  await putAway(edge.home, ids)
  return { asked, gone, told }
}

/** Its program has begun, or it would not have much to end. */
async function pidOf(session: SessionId): Promise<number> {
  for (;;) {
    const text = readIfThere(join(home.session(session), 'starts'))
    if (text) return Number(text.trim())
    await pause(10)
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it is about to write it
  }
}

async function firstLine(child: ChildProcess): Promise<void> {
  for await (const _ of createInterface({ input: child.stdout! })) return
  throw new Error('The daemon ended before it was ready: node scripts/build.ts')
}
