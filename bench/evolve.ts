/** What one entry costs to apply, at several sizes of the project: `node bench/evolve.ts`. Exits 1 above the budget. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { type Entry, evolve } from '../protocol/project.ts'
import { busyLog, largeProject } from './large.ts'

const BUDGET = 20 // µs per event
const ENTRIES = 20_000
const ROUNDS = 9
const SIZES = [
  { tasks: 10, sessions: 10 },
  { tasks: 1_000, sessions: 1_000 },
  { tasks: 10_000, sessions: 1_000 },
]

const cases = SIZES.map(({ tasks, sessions }) => {
  const log = busyLog(ENTRIES, tasks, sessions)
  const size = {
    tasks,
    sessions,
    project: largeProject(tasks, sessions),
    log,
    lines: log.map((one) => JSON.stringify(one)),
  }
  return { ...size, evolve: [] as number[], parse: [] as number[] }
})
// Sizes take turns, so that whatever else the machine does falls on all of them alike.
for (let round = 0; round <= ROUNDS; round++) {
  for (const one of cases) {
    const evolved = perEntry(() => apply(one.project, one.log))
    const parsed = perEntry(() => parse(one.lines))
    if (round === 0) continue // warming up
    one.evolve.push(evolved)
    one.parse.push(parsed)
  }
}

const rows = cases.map(({ tasks, sessions, evolve, parse }) => ({
  ...{
    tasks,
    sessions,
    'evolve µs': median(evolve),
    worst: round(Math.max(...evolve)),
    'JSON.parse µs': median(parse),
  },
}))
console.table(rows)
const worst = Math.max(...rows.map((row) => row['evolve µs']))
const verdict = worst <= BUDGET ? 'within' : 'ABOVE'
console.log(
  `${worst} µs per event, ${verdict} the budget of ${BUDGET} µs (medians of ${ROUNDS}, ${ENTRIES} entries each)`,
)
mkdirSync(new URL('results/', import.meta.url), { recursive: true })
writeFileSync(new URL('results/evolve.json', import.meta.url), JSON.stringify({ budget: BUDGET, rows }, null, 2))
process.exitCode = worst <= BUDGET ? 0 : 1

function apply(project: (typeof cases)[number]['project'], log: Entry[]): void {
  for (const entry of log) evolve(project, entry)
}

/** What comes before it anyway, for comparison. */
function parse(lines: string[]): void {
  for (const line of lines) JSON.parse(line)
}

function perEntry(work: () => void): number {
  const start = performance.now()
  work()
  return ((performance.now() - start) * 1_000) / ENTRIES
}

function median(values: number[]): number {
  return round([...values].sort((a, b) => a - b)[values.length >> 1]!)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
