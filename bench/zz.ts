import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { startBare } from './bare.ts'
import { postsPerSecond } from './posts.ts'
import { eventOf, maestro } from './targets.ts'
import { writeFileSync } from 'node:fs'
const what = process.argv[2]!
const secs = Number(process.argv[3] ?? 5)
const single = () => JSON.stringify(eventOf('one'))
const hundred = () => Array.from({ length: 100 }, () => eventOf('one of many'))
if (what.startsWith('bare')) {
  const bare = await startBare()
  writeFileSync('/tmp/zz.ready', '1')
  const { rate, times } = await postsPerSecond(bare.url, {}, what === 'bare' ? single : () => JSON.stringify(hundred()), { seconds: secs, connections: what === 'bare' ? 64 : 4 })
  console.log(what, Math.round(rate), times[Math.floor(times.length / 2)])
  await bare.stop()
} else {
const edge = await startEdge()
const owner = new Client({ url: edge.url, key: edge.ownerKey })
const project = newId('proj')
await owner.ask('project.new', { project, name: 'bench' })
const { url, headers } = await maestro(owner.with({ project }))
  writeFileSync('/tmp/zz.ready', '1')
  const { rate, times } = await postsPerSecond(url, headers, what === 'one' ? single : () => JSON.stringify({ events: hundred() }), { seconds: secs, connections: what === 'one' ? 64 : 4 })
  console.log(what, Math.round(rate), times[Math.floor(times.length / 2)])
await edge.stop()
}
process.exit()
