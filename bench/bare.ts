import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'

const contents = `
import { DurableObject } from 'cloudflare:workers'
export class Bare extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, data TEXT)') }
  add(data) { return this.ctx.storage.sql.exec('INSERT INTO events (data) VALUES (?) RETURNING seq', JSON.stringify(data)).one().seq }
  addAll(all) { return this.ctx.storage.transactionSync(() => all.map((data) => this.add(data))) }
}
export default { async fetch(request, env) {
  const body = await request.json()
  const object = env.BARE.getByName('one')
  return Response.json(Array.isArray(body) ? { seqs: await object.addAll(body) } : { seq: await object.add(body) })
} }`

/** The floor: a Worker that only hands on, and an object that inserts a row per event; an array is one transaction. */
export async function startBare(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'maestro-bench-'))
  const on = { host: '127.0.0.1', port: 0 }
  const bare = new Miniflare({
    ...{ ...on, cf: false, logRequests: false, enableDevRegistry: false, resourcePersistencePath: folder },
    workers: [
      {
        config: {
          name: 'bare',
          compatibilityDate: '2026-11-01',
          manifest: { mainModule: 'index.js', modulesRoot: '/', modules: { 'index.js': { type: 'esm', contents } } },
          env: { BARE: { type: 'durable-object', worker: 'bare', exportName: 'Bare' } },
          exports: { Bare: { type: 'durable-object', storage: 'sqlite' } },
        },
        dev: { unsafeDirectSockets: [on] },
      },
    ],
  })
  await bare.ready
  const stop = async () => {
    await bare.dispose()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: (await bare.unsafeGetDirectURL('bare')).href, stop }
}
