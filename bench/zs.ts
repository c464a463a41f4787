import { Miniflare } from 'miniflare'
import { mkdtempSync } from 'node:fs'
const contents = `
import { DurableObject } from 'cloudflare:workers'
const T = (n) => 'CREATE TABLE IF NOT EXISTS ' + n + ' (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, by TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL)'
const data = JSON.stringify({ x: 'y'.repeat(900), q: 'a "quoted" thing' })
export class Bare extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.sql.exec(T('e')); this.seq = 0; this.sql = ctx.storage.sql }
  id() { return 'evt_' + String(++this.seq).padStart(26, '0') }
  run(how, times) { const sql = this.sql
    for (let t = 0; t < times; t++) this.ctx.storage.transactionSync(() => {
      const rows = Array.from({ length: 100 }, () => [this.seq + 1, this.id(), 1, 'hook:x', 'hook:tool_use', data])
      if (how === 'nothing') return
      if (how === 'has') { for (const r of rows) sql.exec('SELECT 1 FROM e WHERE id = ?', r[1]).toArray(); return }
      if (how === 'hasall') { sql.exec('SELECT id FROM e WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(rows.map((r) => r[1]))).toArray(); return }
      if (how === 'one') for (const r of rows) sql.exec('INSERT INTO e VALUES (?, ?, ?, ?, ?, ?)', ...r)
      if (how === 'ignore') for (const r of rows) sql.exec('INSERT OR IGNORE INTO e VALUES (?, ?, ?, ?, ?, ?)', ...r).rowsWritten
      if (how === 'sixteen') for (let i = 0; i < 100; i += 16) { const part = rows.slice(i, i + 16); sql.exec('INSERT INTO e VALUES ' + part.map(() => '(?, ?, ?, ?, ?, ?)').join(','), ...part.flat()) }
      if (how === 'json') sql.exec("INSERT INTO e SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)", JSON.stringify(rows))
      if (how === 'noid') { for (const r of rows) sql.exec('INSERT INTO f VALUES (?, ?)', r[0], r[5]) }
    })
    return how
  }
  prep() { this.sql.exec('CREATE TABLE IF NOT EXISTS f (seq INTEGER PRIMARY KEY, data TEXT)') }
}
export default { async fetch(request, env) {
  const url = new URL(request.url); const o = env.BARE.getByName('one'); await o.prep()
  return new Response(await o.run(url.searchParams.get('how'), Number(url.searchParams.get('times'))))
} }`
const on = { host: '127.0.0.1', port: 0 }
const bare = new Miniflare({ ...on, cf: false, logRequests: false, enableDevRegistry: false, resourcePersistencePath: mkdtempSync('/var/tmp/m/zs'), workers: [{ config: { name: 'bare', compatibilityDate: '2026-11-01', manifest: { mainModule: 'index.js', modulesRoot: '/', modules: { 'index.js': { type: 'esm', contents } } }, env: { BARE: { type: 'durable-object', worker: 'bare', exportName: 'Bare' } }, exports: { Bare: { type: 'durable-object', storage: 'sqlite' } } }, dev: { unsafeDirectSockets: [on] } }] } as never)
await bare.ready
const url = (await bare.unsafeGetDirectURL('bare')).href
for (let r = 0; r < 3; r++) for (const how of ['nothing', 'has', 'hasall', 'one', 'ignore', 'sixteen', 'json', 'noid']) {
  const b = performance.now(); await (await fetch(`${url}?how=${how}&times=60`)).text(); console.log(how, ((performance.now() - b) * 1000 / 6000).toFixed(1), 'µs/row')
}
await bare.dispose()
