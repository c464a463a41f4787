import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Deployment, readDeployment } from '../../../embedded/deployment.ts'
import { packageRoot } from '../../../embedded/package.ts'

const script = `
import { DurableObject } from 'cloudflare:workers'
export class ProjectObject extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.sql.exec('create table if not exists n (v integer)') }
  fetch() {
    const [client, server] = Object.values(new WebSocketPair())
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }
  webSocketMessage(socket, message) { socket.send('echo ' + message) }
  add() { this.ctx.storage.sql.exec('insert into n values (1)'); return this.count() }
  count() { return this.ctx.storage.sql.exec('select count(*) c from n').one().c }
}
export class TerminalObject extends DurableObject {}
export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname
    const object = env.PROJECTS.getByName('p')
    if (path === '/health') return new Response(null, { status: 204 })
    if (path === '/object') return Response.json(request.method === 'POST' ? await object.add() : await object.count())
    if (path === '/rows') {
      if (request.method === 'POST') await env.DB.prepare("insert into notes (body) values ('x')").run()
      return Response.json((await env.DB.prepare('select count(*) c from notes').first()).c)
    }
    if (path === '/live') return object.fetch(request)
    if (path === '/mode') return Response.json([env.MAESTRO_MODE, env.MAESTRO_SECRET, env.MAESTRO_VERSION])
    if (path === '/api/sign-in-links') {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(request.headers.get('authorization').slice(7)))
      const known = await env.DB.prepare('select name from keys where hash = ?').bind(new Uint8Array(digest).toHex()).first()
      return Response.json(known ? { success: true, data: { token: 'once' } } : { success: false, message: 'unknown key' })
    }
    return env.ASSETS.fetch(request)
  },
}`

// The columns are those of db/migrations.
const tables = `
create table notes (id integer primary key, body text);
create table keys (id text primary key, hash text unique, kind text, name text, project text, session text, spawner text,
  scopes text, created_by text, created_at integer, expires_at integer, last_used_at integer, revoked_at integer);`

const daemon = `console.log('hello'); console.log(JSON.stringify({ ready: true })); setInterval(() => {}, 1000)`

/** A deployment of Maestro's own shape with a Worker of forty lines, to test what runs it rather than what it runs. */
export function tinyDeployment(): Deployment {
  const root = mkdtempSync(join(tmpdir(), 'maestro-tiny-'))
  for (const folder of ['dist/worker', 'dist/web', 'dist/node', 'db/migrations'])
    mkdirSync(join(root, folder), { recursive: true })
  cpSync(join(packageRoot, 'wrangler.toml'), join(root, 'wrangler.toml'))
  writeFileSync(join(root, 'dist/worker/index.js'), script)
  writeFileSync(join(root, 'dist/web/index.html'), '<h1>Maestro</h1>')
  writeFileSync(join(root, 'db/migrations/0000_notes.sql'), tables)
  writeFileSync(join(root, 'dist/node/spawner.js'), daemon)
  return readDeployment(root)
}
