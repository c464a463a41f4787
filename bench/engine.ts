/** How many requests a second workerd answers by the Worker's own socket, by Miniflare's entry, and Node's own server. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { median, requestsPerSecond } from './load.ts'

const rounds = 5
const seconds = 2
const contents = 'export default { fetch() { return new Response(null, { status: 204 }) } }'

const miniflare = new Miniflare({
  host: '127.0.0.1',
  port: 0,
  cf: false,
  logRequests: false,
  enableDevRegistry: false,
  workers: [
    {
      config: {
        name: 'bare',
        compatibilityDate: '2026-11-01',
        manifest: { mainModule: 'index.js', modulesRoot: '/', modules: { 'index.js': { type: 'esm', contents } } },
      },
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
    },
  ],
})
const node = createServer((_, response) => response.writeHead(204).end())
await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
const { port } = node.address() as { port: number } // a TCP server's address is never a string

const targets = {
  "workerd, the Worker's own socket": (await miniflare.unsafeGetDirectURL('bare')).href,
  "workerd, through Miniflare's entry": (await miniflare.ready).href,
  "Node's HTTP server (the generator's ceiling)": `http://127.0.0.1:${port}/`,
}
const rates: Record<string, number[]> = {}
for (let round = 0; round < rounds; round++)
  for (const [name, url] of Object.entries(targets)) {
    rates[name] ??= []
    rates[name].push(Math.round(await requestsPerSecond(url, seconds)))
  }
const result = Object.fromEntries(
  Object.entries(rates).map(([name, all]) => [name, { 'GET 204 per second': median(all) }]),
)
console.table(result)
const folder = join(import.meta.dirname, 'results')
mkdirSync(folder, { recursive: true })
writeFileSync(
  join(folder, 'engine.json'),
  JSON.stringify({ at: new Date().toISOString(), rounds, seconds, rates }, null, 2),
)
await miniflare.dispose()
node.close()
