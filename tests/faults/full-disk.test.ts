import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { ensureFolders, homeAt as spawnerHomeAt } from '../../local-spawner/home.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { judge } from './parts/invariants.ts'
import { count, report } from './parts/report.ts'
import { gather } from './parts/rest.ts'
import { Writer } from './parts/writer.ts'

/** How often the disk is full, and for how long (ms). */
const times = Number(process.env.MAESTRO_FAULT_KILLS) ? 10 : 2
const FULL_MS = 1_500

const chance = new Chance(seedOfRun())
const dir = mkdtempSync(join(tmpdir(), 'maestro-full-disk-'))
const data = join(dir, 'data')
const isMounted = mount()
let edge: Edge
let client: Client
let steady: Follower

beforeAll(async () => {
  if (!isMounted) return
  edge = await startEdge({ dir })
  ensureFolders(spawnerHomeAt(dir))
  const project = newId('proj')
  client = new Client({
    url: edge.url,
    key: edge.ownerKey,
    project,
    timeout: 3_000,
    patience: { retries: 0, delay: 0 },
  })
  await client.ask('project.new', { project, name: 'Garden' })
  steady = follow(client)
})
afterAll(async () => {
  if (!isMounted) return
  await stop()
  execFileSync('umount', [data])
  rmSync(dir, { recursive: true, force: true })
})

test.runIf(isMounted)(
  `a disk that is full ${times} times costs nothing that was accepted`,
  {
    timeout: 120_000,
    retry: 0,
  },
  async () => {
    const { key } = await client.ask('key.create', { kind: 'hook', name: 'w', project: client.options.project! })
    const writers = Array.from({ length: 8 }, (_, n) => {
      const name = `writer-${n}`
      return new Writer({ client: client.with({ key }), name, chance: chance.for(name), most: 5, rest: 10 })
    })
    const kept = () => writers.reduce((sum, { accepted }) => sum + accepted.length, 0)
    let isOver = false
    const writing = Promise.all(writers.map((writer) => writer.go(() => !isOver)))
    const whileFull: number[] = []
    for (let n = 0; n < times; n++) {
      const goal = kept() + 100
      await expect.poll(kept, { timeout: 30_000, interval: 10 }).toBeGreaterThan(goal)
      const before = kept()
      await fill(FULL_MS)
      whileFull.push(kept() - before)
    }
    const goal = kept() + 100
    await expect.poll(kept, { timeout: 30_000, interval: 10 }).toBeGreaterThan(goal)
    isOver = true
    await writing
    const accepted = writers.flatMap((writer) => writer.accepted)
    const known = { client, steady, accepted, looks: { count: 0, wrong: [] }, earlier: [], failures: [] }
    const evidence = await gather({ ...known, system: { home: dir, said: '', down: stop } })
    const verdicts = judge({ ...evidence, lines: evidence.lines.filter(({ text }) => !isOfFullDisk(text)) })
    const failures = writers.flatMap((writer) => [...writer.failures])
    console.log(
      report(`A full disk, seed ${chance.seed}`, verdicts, {
        'times full': times,
        'events accepted': accepted.length,
        'of them while it was full': whileFull.join(', '),
        'of them lost, doubled, out of order': ['lost', 'doubled', 'came after']
          .map((how) => count(verdicts, how))
          .join(', '),
        'requests that failed meanwhile': failures.reduce((sum, [, many]) => sum + many, 0),
        'and were answered with': [...new Set(failures.map(([code]) => code))].join(', ') || 'nothing',
      }),
    )
    expect(failures).not.toEqual([])
    expect(verdicts.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  },
)

/** The engine says it in words of its own, where each came from, and the server that somebody was refused for it. */
const isOfFullDisk = (text: string) => /SQLITE_(?:FULL|IOERR)|^stack: |"internal error; reference = /.test(text)

/** Leaves not a page free, for so long (ms): what is given back meanwhile is taken as well. */
async function fill(ms: number): Promise<void> {
  const ballast = openSync(join(data, 'ballast'), 'w')
  for (const until = performance.now() + ms; performance.now() < until; await pause(20)) takeAll(ballast)
  closeSync(ballast)
  rmSync(join(data, 'ballast'))
}

function takeAll(file: number): void {
  try {
    for (const page = Buffer.alloc(4_096); ; ) writeSync(file, page)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error // there is no more to take
  }
}

let isStopped = false
async function stop(): Promise<void> {
  if (isStopped) return
  isStopped = true
  await edge.stop()
}

/** A small disk of its own; only root may have one. */
function mount(): boolean {
  mkdirSync(data, { mode: 0o700 })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'tmpfs', data], { stdio: 'ignore' })
    return true
  } catch {
    return false // the test is skipped, and the report says so
  }
}
