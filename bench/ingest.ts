/**
 * Durable ingest through the whole Worker (gate, schema, redaction, rules, log, fan-out) beside its floor: a bare
 * Durable Object that inserts one row per post. Interleaved rounds on this machine's disk; medians.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import type { HookEvent } from '../protocol/hook-event.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { median } from './load.ts'
import { postsPerSecond } from './posts.ts'

const rounds = 5
const seconds = 2
const contents = `
import { DurableObject } from 'cloudflare:workers'
export class Bare extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, data TEXT)') }
  add(data) { return this.ctx.storage.sql.exec('INSERT INTO events (data) VALUES (?) RETURNING seq', JSON.stringify(data)).one().seq }
}
export default { async fetch(request, env) { return Response.json({ seq: await env.BARE.getByName('one').add(await request.json()) }) } }`

const folder = mkdtempSync(join(tmpdir(), 'maestro-bench-'))
const bare = new Miniflare({
  ...{
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    resourcePersistencePath: folder,
  },
  workers: [
    {
      config: {
        name: 'bare',
        compatibilityDate: '2026-11-01',
        manifest: { mainModule: 'index.js', modulesRoot: '/', modules: { 'index.js': { type: 'esm', contents } } },
        env: { BARE: { type: 'durable-object', worker: 'bare', exportName: 'Bare' } },
        exports: { Bare: { type: 'durable-object', storage: 'sqlite' } },
      },
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
    },
  ],
})
await bare.ready
const floor = (await bare.unsafeGetDirectURL('bare')).href

const edge = await startEdge()
const owner = new Client({ url: edge.url, key: edge.ownerKey })
const project = newId('proj')
await owner.ask('project.new', { project, name: 'bench' })
const { key } = await owner.ask('key.create', { kind: 'hook', name: 'bench', project })
const headers = { Authorization: `Bearer ${key}` }
const hooks = `${edge.url}/api/webhooks/hook-event`

const payload = {
  tool_name: 'Bash',
  tool_input: { command: `npm test -- ${'checkout '.repeat(60)}` },
  tool_use_id: 'toolu_0',
  padding: 'x'.repeat(200),
}
const event = (): HookEvent => ({
  ...{
    id: newId('evt'),
    at: Date.now(),
    agent: 'claude-code',
    agentSession: 'bench',
    kind: 'tool_use',
    name: 'PostToolUse',
  },
  ...{ tool: 'Bash', summary: 'Bash npm test -- checkout', ms: 12, payload },
})
const single = () => JSON.stringify(event())
const batch = () => JSON.stringify({ events: Array.from({ length: 100 }, event) })

type Load = { url: string; headers: Record<string, string>; body: () => string; each: number; connections?: number }
const loads: Record<string, Load> = {
  'bare object, one insert a post': { url: floor, headers: {}, body: single, each: 1 },
  'Maestro, one event a post': { url: hooks, headers, body: single, each: 1 },
  'Maestro, 100 events a post': { url: hooks, headers, body: batch, each: 100, connections: 4 },
}
const rates: Record<string, number[]> = {}
const p95: Record<string, number[]> = {}
for (let round = 0; round < rounds; round++)
  for (const [name, { url, headers, body, each, connections = 64 }] of Object.entries(loads)) {
    const { rate, times } = await postsPerSecond(url, headers, body, { seconds, connections })
    await archived()
    rates[name] = [...(rates[name] ?? []), rate * each]
    p95[name] = [...(p95[name] ?? []), times[Math.floor(times.length * 0.95)] ?? 0]
  }
/** Waits until the archive has what came, so that each load pays for its own alone. */
async function archived(): Promise<void> {
  for (let behind = 1; behind > 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    behind = Number(/^maestro_archive_behind\S* (\d+)$/m.exec(await owner.ask('metrics', {}))?.[1] ?? 0)
  }
}

const ground = median(rates['bare object, one insert a post']!)
const rows = Object.keys(loads).map((name) => {
  const rate = median(rates[name]!)
  return [
    name,
    {
      'events/s': Math.round(rate),
      '× the bare object': (rate / ground).toFixed(2),
      'p95 ms': median(p95[name]!).toFixed(1),
    },
  ]
})
console.log(`body of one event: ${single().length} bytes`)
console.table(Object.fromEntries(rows))
const results = join(import.meta.dirname, 'results')
mkdirSync(results, { recursive: true })
writeFileSync(
  join(results, 'ingest.json'),
  JSON.stringify({ at: new Date().toISOString(), rounds, seconds, rates, p95 }, null, 2),
)
await edge.stop()
await bare.dispose()
rmSync(folder, { recursive: true, force: true })
