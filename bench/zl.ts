import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { startBare } from './bare.ts'
import { onSchedule, percentiles } from './open-loop.ts'
import { Agent, request } from 'node:http'
import { eventOf, maestro } from './targets.ts'
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const bare = await startBare()
const edge = await startEdge()
const owner = new Client({ url: edge.url, key: edge.ownerKey })
const project = newId('proj')
await owner.ask('project.new', { project, name: 'bench' })
const { url, headers } = await maestro(owner.with({ project }))
const ways = { bare: { url: bare.url, headers: {} }, post: { url, headers }, ready: { url: `${edge.url}/health`, headers: {} } }
for (let r = 0; r < 3; r++) for (const rate of [10, 100, 300]) for (const [name, t] of Object.entries(ways)) {
  const acked: number[] = []
  let left = rate * 3
  const due = await onSchedule(rate, 3, (n) => {
    const asked = request(t.url, { method: name === 'ready' ? 'GET' : 'POST', agent, headers: { ...t.headers, 'Content-Type': 'application/json' } })
    asked.on('response', (a) => a.resume().on('end', () => { acked[n] = performance.now(); left-- }))
    asked.end(name === 'ready' ? undefined : JSON.stringify(eventOf('x')))
  })
  while (left > 0) await new Promise((r) => setTimeout(r, 2))
  const p = percentiles(due.map((at, n) => acked[n]! - at))
  console.log(rate, name, p.p50.toFixed(2), p.p95.toFixed(2), p.p99.toFixed(2))
}
await bare.stop(); await edge.stop(); process.exit()
