import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { writeJson } from '../../embedded/home.ts'
import { readSpoolName } from '../../hooks/spool.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { allowScriptedAgent, type Daemon, startDaemon } from '../node/parts/daemon.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { judge } from './parts/invariants.ts'
import { count, report } from './parts/report.ts'
import { gather } from './parts/rest.ts'
import { SpoolSource } from './parts/spool-source.ts'

/** `npm run faults:kills` has fifty, and a server that is away for ten minutes. */
const kills = Math.min(50, Number(process.env.MAESTRO_FAULT_KILLS) || 4)
const awayMs = (Number(process.env.MAESTRO_FAULT_AWAY_SECONDS) || 3) * 1_000
/** So many files have gone between one death and the next. */
const BETWEEN = 60

const chance = new Chance(seedOfRun())
let edge: Edge
let daemon: Daemon
let client: Client
let steady: Follower
let sources: SpoolSource[]
let said = ''

beforeEach(async () => {
  edge = await startEdge({ dir: mkdtempSync(join(tmpdir(), 'maestro-spool-kills-')) })
  const project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  writeJson(edge.home.config, { url: edge.url, project })
  allowScriptedAgent(edge.home)
  daemon = await startDaemon(edge.home)
  steady = follow(client)
  said = ''
})
afterEach(async () => {
  await daemon.end()
  rmSync(edge.home.root, { recursive: true, force: true, maxRetries: 5 })
})

/** Eight that write as the scripts do, every `rest` ms or so, and two that run them, until it is over; then their sessions end. */
async function during(rest: number, step: () => Promise<void>): Promise<void> {
  sources = Array.from({ length: 10 }, (_, n) => {
    const name = `agent-${n}`
    return new SpoolSource({
      home: edge.home,
      name,
      chance: chance.for(name),
      rest: n < 8 ? rest : Math.max(rest, 100),
    })
  })
  let isOver = false
  const goesOn = () => !isOver
  const all = Promise.all(sources.map((source, n) => (n < 8 ? source.write(goesOn) : source.run(goesOn))))
  await step().finally(() => {
    isOver = true
  })
  await all
  for (const source of sources) await source.end()
}

/** Waits until all has arrived, then holds the whole against the invariants. */
async function judged(title: string, figures: () => Record<string, string | number>): Promise<void> {
  // What a killed hook left is taken for that after a minute; the test does not wait for it.
  const cutOff = () => readdirSync(join(edge.home.spool, 'tmp')).length
  const accepted = sources.flatMap((source) => source.accepted)
  const system = { home: edge.home.root, said: '', down: stop }
  await expect.poll(() => steady.project().sessions, { timeout: 60_000 }).toSatisfy(allEnded)
  const known = { client, steady, accepted, looks: { count: 0, wrong: [] }, earlier: [], failures: [] }
  const evidence = await gather({ ...known, system })
  const verdicts = judge(evidence)
  console.log(
    report(`${title}, seed ${chance.seed}`, verdicts, {
      'hook events left in the spool': accepted.length,
      'of them lost, doubled, out of order': ['lost', 'doubled', 'came after']
        .map((how) => count(verdicts, how))
        .join(', '),
      'hooks killed over their payload, and what is left of them': `${sources.reduce((sum, one) => sum + one.cutOff, 0)}, ${cutOff()}`,
      ...figures(),
    }),
  )
  expect(verdicts.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  expect(accepted.length).toBeGreaterThan(100)
}

async function stop(): Promise<void> {
  await daemon.end()
  writeFileSync(join(edge.home.run, 'spawner.log'), said + daemon.log())
  await edge.stop()
}

const allEnded = (sessions: object) => {
  const all = Object.values(sessions) as { status: string }[] // sessions, of which only the status is looked at
  return all.length === sources.length && all.every(({ status }) => status === 'ended')
}

test(`a daemon that is killed ${kills} times while ten agents work sends each event once, in order`, {
  timeout: 60_000 + kills * 10_000,
  retry: 0,
}, async () => {
  let absorbed = 0
  await during(20, async () => {
    for (let killed = 0; killed < kills; killed++) {
      const goal = steady.seq() + BETWEEN
      await expect.poll(() => steady.seq(), { timeout: 30_000, interval: 5 }).toBeGreaterThan(goal)
      await pause(chance.next() * 30)
      const left = idsLeft()
      await daemon.end('SIGKILL')
      said += daemon.log()
      // What the server has had at the daemon's death, and the daemon did not know it had.
      const there = new Set(idsLeft())
      const known = new Set(steady.entries.map(({ id }) => id))
      absorbed += left.filter((id) => there.has(id) && known.has(id)).length
      daemon = await startDaemon(edge.home)
    }
  })
  await judged('Killing the daemon', () => ({ kills, 'sent again and absorbed': absorbed }))
})

test(`a server that is away for ${awayMs / 1_000} s has all of it, in order, once it is back`, {
  timeout: 180_000 + 2 * awayMs,
  retry: 0,
}, async () => {
  let waited: string[] = []
  let drainMs = 0
  // However long that is, no more comes meanwhile than a spool holds: beyond that hooks drop, and say so.
  await during(Math.max(20, awayMs / 750), async () => {
    await edge.restart(async () => {
      await pause(awayMs)
      waited = idsLeft()
    })
    const began = performance.now()
    // What comes meanwhile waits a moment for hooks that were killed: only what had gathered is looked at.
    const gathered = new Set(waited)
    await expect.poll(() => idsLeft().some((id) => gathered.has(id)), { timeout: 120_000, interval: 20 }).toBe(false)
    drainMs = performance.now() - began
  })
  await judged('The server away', () => ({
    'away for (s)': awayMs / 1_000,
    'waited in the spool': waited.length,
    'gone after the return (ms)': Math.round(drainMs),
  }))
})

function idsLeft(): string[] {
  const folder = join(edge.home.spool, 'new')
  return readdirSync(folder).flatMap((name) => {
    const stat = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
    const read = stat && readSpoolName(name, Number(stat.mtimeNs / 1_000n) / 1_000)
    return read ? [read.id] : []
  })
}
