import { seedOfRun } from '../parts/chance.ts'
import type { Verdict } from '../parts/invariants.ts'
import { report } from '../parts/report.ts'
import type { Figures, Result } from './round.ts'
import { again, brokenIn, playAll } from './rounds.ts'
import kept from './seeds.json' with { type: 'json' }

// `node tests/faults/simulation/main.ts`: MAESTRO_EVENTS events by chance from MAESTRO_SEED, and the seeds that once failed.
const ROUND = 100_000
const events = Number(process.env.MAESTRO_EVENTS) || 1_000_000
const seed = Number(process.env.MAESTRO_SEED) || seedOfRun()

const fresh = Array.from({ length: Math.ceil(events / ROUND) }, (_, n) => ({
  seed: seed + n,
  events: Math.min(events, ROUND),
}))
const began = performance.now()
const results = await playAll([...kept, ...fresh], tell)
const seconds = (performance.now() - began) / 1_000
const bad = results.filter((result) => brokenIn(result).length > 0)
const sum = total(results)
console.log(
  report(`Simulation from seed ${seed}`, together(results), {
    rounds: `${results.length}, ${kept.length} of them kept from earlier failures`,
    events: `${sum.events}, ${Math.round(sum.events! / seconds)} a second on ${seconds.toFixed(0)} s`,
    'time that passed in them': `${(sum.seconds! / 3_600).toFixed(1)} h`,
    'hooks that ran': `${sum.hooks}: ${sum.accepted} kept (with what people asked), ${sum.dropped} dropped and counted, ${sum.poison} poisonous, ${sum.cutOff} cut off`,
    entries: sum.entries!,
    'server died': `${sum.serverDeaths} times, slept ${sum.evictions}`,
    'daemons died': `${sum.daemonDeaths} times`,
    'requests lost, answers lost, doubled': `${sum.lostRequests}, ${sum.lostAnswers}, ${sum.doubled} of ${sum.requests}`,
    'connections broken': sum.broken!,
    'duplicates absorbed': sum.absorbed!,
    'D1 failed, the disk of the server': `${sum.d1Failures}, ${sum.failedWrites} times`,
    'viewers resynced by snapshot': sum.snapshots!,
    hash: results.at(-1)!.hash,
  }),
)
for (const result of bad) console.log(`It failed: ${again(result)}`)
process.exit(bad.length ? 1 : 0)

function tell(result: Result): void {
  const what = brokenIn(result).map(({ number, wrong }) => `${number} ${wrong[0]}`)
  console.log(
    `  seed ${result.seed}: ${result.figures.events} events, ${result.hash} ${what.length ? `✗ ${what.join('; ')}` : '✓'}`,
  )
}

function total(all: Result[]): Figures {
  const sum: Figures = {}
  for (const { figures } of all)
    for (const [name, value] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + value
  return sum
}

/** The verdicts of all rounds as one. */
function together(all: Result[]): Verdict[] {
  return all[0]!.verdicts.map((verdict, at) => ({
    ...verdict,
    looked: `${all.length} rounds, the last: ${all.at(-1)!.verdicts[at]!.looked}`,
    wrong: all.flatMap((result) => result.verdicts[at]!.wrong.slice(0, 3).map((one) => `seed ${result.seed}: ${one}`)),
  }))
}
