/**
 * Durable ingest through the whole Worker (gate, schema, redaction, rules, log, fan-out) beside its floor, a bare Durable
 * Object: one event a post, and a hundred. Interleaved rounds on this machine's disk; medians.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { startBare } from './bare.ts'
import { median } from './load.ts'
import { postsPerSecond } from './posts.ts'
import { archived, eventOf, maestro } from './targets.ts'

const rounds = 5
const seconds = 2
const bare = await startBare()
const edge = await startEdge()
const owner = new Client({ url: edge.url, key: edge.ownerKey })
const project = newId('proj')
await owner.ask('project.new', { project, name: 'bench' })
const { url, headers } = await maestro(owner.with({ project }))

const single = () => JSON.stringify(eventOf('one'))
const hundred = () => Array.from({ length: 100 }, () => eventOf('one of many'))

type Load = { url: string; headers: Record<string, string>; body: () => string; each: number; floor: string }
const floors = ['bare object, one insert a post', 'bare object, 100 inserts a post'] as const
const loads: Record<string, Load> = {
  [floors[0]]: { url: bare.url, headers: {}, body: single, each: 1, floor: floors[0] },
  'Maestro, one event a post': { url, headers, body: single, each: 1, floor: floors[0] },
  [floors[1]]: { url: bare.url, headers: {}, body: () => JSON.stringify(hundred()), each: 100, floor: floors[1] },
  'Maestro, 100 events a post': {
    ...{ url, headers, each: 100, floor: floors[1] },
    body: () => JSON.stringify({ events: hundred() }),
  },
}
const rates: Record<string, number[]> = {}
const p95: Record<string, number[]> = {}
for (let round = 0; round < rounds; round++)
  for (const [name, { url, headers, body, each }] of Object.entries(loads)) {
    const { rate, times } = await postsPerSecond(url, headers, body, { seconds, connections: each === 1 ? 64 : 4 })
    await archived(owner)
    rates[name] = [...(rates[name] ?? []), rate * each]
    p95[name] = [...(p95[name] ?? []), times[Math.floor(times.length * 0.95)] ?? 0]
  }

const rows = Object.entries(loads).map(([name, { floor }]) => {
  const rate = median(rates[name]!)
  const row = { 'events/s': Math.round(rate), 'p95 ms': median(p95[name]!).toFixed(1) }
  // Of each round by itself: what else the machine does then weighs on both.
  const ratios = rates[name]!.map((one, round) => one / rates[floor]![round]!)
  return [name, { ...row, '× its floor': median(ratios).toFixed(2) }]
})
console.log(`body of one event: ${single().length} bytes`)
console.table(Object.fromEntries(rows))
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = { at: new Date().toISOString(), rounds, seconds, rates, p95 }
writeFileSync(join(import.meta.dirname, 'results/ingest.json'), JSON.stringify(result, null, 2))
await edge.stop()
await bare.stop()
