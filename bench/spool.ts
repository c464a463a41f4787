// How fast the daemon empties the spool into a real server: files read, redacted, sent, answered for and deleted, a second.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '../client/client.ts'
import { newId } from '../client/ids.ts'
import { readHook } from '../hooks/read.ts'
import { readSpoolName } from '../hooks/spool.ts'
import { neverFrom, usualNever } from '../hooks/withhold.ts'
import { Spool } from '../local-spawner/spool.ts'
import { startEdge } from '../tests/edge/edge.ts'
import { median } from './load.ts'

const files = Number(process.argv[2] ?? 10_000)
const rounds = Number(process.argv[3] ?? 3)
const sessions = 8
const secrets = ['canary-in-bloom', 'another-secret-value']
const known = { secrets, level: 'redacted' as const, never: neverFrom(usualNever, false) }

const fixtures = join(import.meta.dirname, '../tests/claude-code/fixtures')
const payloads = readdirSync(fixtures)
  .filter((name) => /^(PreToolUse|PostToolUse|PostToolUseFailure|UserPromptSubmit|Stop)-/.test(name))
  .map((name) => readFileSync(join(fixtures, name)))
const owners = Array.from({ length: sessions }, () => newId('sess'))

const edge = await startEdge()
const project = newId('proj')
const client = new Client({ url: edge.url, key: edge.spawnerKey, project })
await new Client({ url: edge.url, key: edge.ownerKey }).ask('project.new', { project, name: 'Bench' })
const fresh = join(edge.home.spool, 'new')
mkdirSync(join(edge.home.spool, 'bad'), { recursive: true })

function leave(): number {
  let bytes = 0
  for (let n = 0; n < files; n++) {
    const path = join(fresh, `${owners[n % sessions]}.claude-code.${1_000 + n}-${randomUUID()}.json`)
    const payload = payloads[n % payloads.length]!
    writeFileSync(path, payload)
    utimesSync(path, n / 1_000, n / 1_000)
    bytes += payload.length
  }
  return bytes
}

/** What this process and the server have used of a processor so far, in ms. On a machine that others use too, it says more than the time does. */
function used(): { daemon: number; server: number } {
  const { user, system } = process.cpuUsage()
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const ticks = children.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return { daemon: (user + system) / 1_000, server: ticks.reduce((a, b) => a + b, 0) * 10 }
}

const rates: number[] = []
const costs: { daemon: number; server: number }[] = []
const alone: number[] = []
let bytes = 0
for (let round = 0; round < rounds; round++) {
  bytes = leave()
  alone.push(readAll())
  const spool = new Spool({
    dir: edge.home.spool,
    projectOf: () => project,
    reporterFor: () => client,
    knownOf: () => known,
    heard: () => undefined,
    log: (level, message) => level !== 'info' && console.error(message),
  })
  const before = used()
  const began = performance.now()
  spool.look()
  await spool.drained()
  rates.push(files / ((performance.now() - began) / 1_000))
  const after = used()
  costs.push({
    daemon: ((after.daemon - before.daemon) * 1_000) / files,
    server: ((after.server - before.server) * 1_000) / files,
  })
  spool.stop()
  if (readdirSync(fresh).length > 0) throw new Error('The spool is not empty')
}
const { entries } = await client.askProject('entry.list', { limit: 1 })
const kept = entries[0]?.seq ?? 0
await edge.stop()

/** Files a second that are read and redacted, and no more: what a sender that costs nothing would reach. */
function readAll(): number {
  const began = performance.now()
  for (const name of readdirSync(fresh)) {
    const text = readFileSync(join(fresh, name), 'utf8')
    JSON.stringify(readHook('claude-code', JSON.parse(text), readSpoolName(name, 0)!, known))
  }
  return files / ((performance.now() - began) / 1_000)
}

const figures = {
  'files a second, into the log': Math.round(median(rates)),
  'µs of the daemon, a file': Math.round(median(costs.map(({ daemon }) => daemon))),
  'µs of the server, a file': Math.round(median(costs.map(({ server }) => server))),
  'read and redacted alone, a second': Math.round(median(alone)),
  'kB a file': Math.round(bytes / files / 100) / 10,
  'entries in the log': kept,
}
console.table(figures)
const results = join(import.meta.dirname, 'results')
mkdirSync(results, { recursive: true })
writeFileSync(join(results, 'spool.json'), `${JSON.stringify({ files, rounds, rates, alone, ...figures }, null, 2)}\n`)
