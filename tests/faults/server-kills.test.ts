import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { homeAt } from '../../embedded/home.ts'
import { findParts } from '../../embedded/processes.ts'
import { System } from '../e2e/system.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { historyOf } from './parts/evidence.ts'
import { type Evidence, judge } from './parts/invariants.ts'
import { Looks } from './parts/looks.ts'
import { count, report } from './parts/report.ts'
import { gather } from './parts/rest.ts'
import { Writer } from './parts/writer.ts'

/** `npm run faults:kills` has sixty. */
const kills = Number(process.env.MAESTRO_FAULT_KILLS) || 4
const WRITERS = 16
/** So many events are kept between one death and the next. */
const BETWEEN = 300
/** A request is under way at any moment; so long (ms) after the last of those events the server dies, at most. */
const MOMENT_MS = 120
/** What a server that has died may take (ms) to be there again, before this is taken for a failure. */
const PATIENCE_MS = 30_000

const chance = new Chance(seedOfRun())
const system = new System()
let client: Client
let steady: Follower
const failures: string[] = []

beforeAll(async () => {
  await system.start()
  const trace = (line: string) => {
    if (/ 5\d\d \d+ ms/.test(line)) failures.push(line)
  }
  client = (await system.project('garden')).with({ trace, timeout: 5_000, patience: { retries: 0, delay: 0 } })
  steady = follow(client)
})
afterAll(() => system.remove())

test(`a server that is killed ${kills} times under sixteen writers has each event once, in order`, {
  timeout: 60_000 + kills * 10_000,
  retry: 0,
}, async () => {
  const began = performance.now()
  const { key } = await system.client().ask('key.create', { kind: 'hook', name: 'w', project: client.options.project! })
  const writers = Array.from({ length: WRITERS }, (_, n) => {
    const name = `writer-${n}`
    return new Writer({ client: client.with({ key }), name, chance: chance.for(name), most: n < 8 ? 1 : 20, rest: 20 })
  })
  const kept = () => writers.reduce((sum, { accepted }) => sum + accepted.length, 0)
  const looks = new Looks(client)
  let isOver = false
  const writing = Promise.all(writers.map((writer) => writer.go(() => !isOver)))

  const earlier: Evidence['earlier'] = []
  const away: number[] = []
  for (let killed = 0; killed < kills; killed++) {
    await reaches(kept, kept() + BETWEEN)
    await pause(chance.next() * MOMENT_MS)
    const before = kept()
    const died = performance.now()
    for (const { pid } of findParts(system.home, 'engine')) process.kill(pid, 'SIGKILL')
    if (killed % 10 === 0) earlier.push(historyOf(homeAt(system.home), client.options.project!))
    await reaches(kept, before + WRITERS) // an answer that was under way may still come; so many cannot
    away.push(performance.now() - died)
  }
  isOver = true
  await writing
  looks.stop()

  const accepted = writers.flatMap((writer) => writer.accepted)
  const evidence = await gather({ system, client, steady, accepted, looks, earlier, failures })
  const verdicts = judge(evidence)
  const absorbed = writers.reduce((sum, writer) => sum + writer.absorbed, 0)
  const longest = away.toSorted((a, b) => a - b)
  console.log(
    report(`Killing the server, seed ${chance.seed}`, verdicts, {
      kills,
      'events accepted': accepted.length,
      'of them lost, doubled, out of order': ['lost', 'doubled', 'came after']
        .map((how) => count(verdicts, how))
        .join(', '),
      'lost answers absorbed': absorbed,
      'from death to the next events kept (ms): median, longest': `${Math.round(longest[kills >> 1]!)}, ${Math.round(longest.at(-1)!)}`,
      'events kept per second, deaths included': Math.round(accepted.length / ((performance.now() - began) / 1_000)),
    }),
  )
  expect(verdicts.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  if (kills >= 20) expect(absorbed).toBeGreaterThan(0)
})

/** Resolves when `figure` has come to `goal`; fails when it stands still for long. */
async function reaches(figure: () => number, goal: number): Promise<void> {
  for (let before = figure(), since = performance.now(); before < goal; ) {
    await pause(5)
    const now = figure()
    if (now > before) since = performance.now()
    else if (performance.now() - since > PATIENCE_MS) throw new Error(`It stands still at ${now} of ${goal}`)
    before = now
  }
}
