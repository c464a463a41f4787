import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import { commandFor, type HookScript } from '../../hooks/claude-code/settings.ts'
import { redactText } from '../../hooks/secrets.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { say } from '../node/cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from '../node/parts/daemon.ts'
import { type Follower, follow } from '../node/parts/follow.ts'
import { openBrowser, openPage } from '../web/parts/browser.ts'
import { type Canary, canaryOf, classes, encodings, environment } from './parts/canaries.ts'
import { positions } from './parts/canary-payloads.ts'
import { Chance, seedOfRun } from './parts/chance.ts'
import { Probes } from './parts/probes.ts'
import { tapWire } from './parts/wire.ts'

/** `npm run faults:canary` puts every secret, in every writing, at every place; a short run one of three at one place. */
const PLACES = Number(process.env.MAESTRO_FAULT_PLACES) || 0.34
const root = join(import.meta.dirname, '../..')
const chance = new Chance(seedOfRun())
/** What everybody may see: without it nothing would be found anywhere. */
const word = 'a-word-of-no-secret'
const control: Canary = { kind: 'control', encoding: 'plain', written: word, secret: word, telling: word }

let edge: Edge
let daemon: Daemon
let wire: Awaited<ReturnType<typeof tapWire>>
let browser: Browser
let owner: Client
let session: SessionId
let events: Follower
const probes = new Probes()
const known = new Map(Object.entries(environment).map(([kind, make]) => [kind, canaryOf(kind, make, 'plain', chance)]))

beforeAll(async () => {
  ;[edge, browser] = await Promise.all([startEdge({ web: true }), openBrowser()])
  const client = new Client({ url: edge.url, key: edge.ownerKey })
  const project = newId('proj')
  await client.ask('project.new', { project, name: 'Shop' })
  owner = client.with({ project })
  wire = await tapWire(edge.url)
  const secrets = [...known.values()].map(({ secret }, i) => [`APP_${i}_TOKEN`, secret] as const)
  allowScriptedAgent(edge.home, { profile: `env = ${JSON.stringify(secrets.map(([name]) => name))}` })
  daemon = await startDaemon(edge.home, { ...Object.fromEntries(secrets), MAESTRO_API_URL: wire.url })
  events = follow(owner.with({ url: wire.url }))
  session = newId('sess')
  await owner.execute('session.spawn', { session, profile: 'demo', prompt: 'script: stay' })
  await events.session(session, ({ status }) => status === 'running')
})
afterAll(async () => {
  await owner.execute('session.stop', { session })
  await putAway(edge.home, [session])
  events.stop()
  await Promise.all([daemon.end(), browser.close()])
  wire.stop()
  await edge.stop()
})

const placesNow = () => (PLACES < 1 ? Number(chance.next() < PLACES) : PLACES)

type Planted = { canary: Canary; position: string }

/** Every kind in every writing, each at the next places in turn. */
function* planted(): Generator<Planted> {
  const places = Object.keys(positions)
  let turn = chance.below(places.length)
  const all = { ...classes, ...environment }
  for (const [kind, make] of Object.entries(all))
    for (const encoding of Object.keys(encodings))
      for (let n = 0; n < Math.min(placesNow(), places.length); n++) {
        const value = known.get(kind)
        const one = value ? () => ({ text: value.secret, secret: value.secret }) : make
        yield { canary: canaryOf(kind, one, encoding, chance), position: places[turn++ % places.length]! }
      }
}

test('a secret that an agent lets slip is nowhere but on its own machine', { timeout: 900_000 }, async () => {
  const { page } = await openPage(browser, { key: edge.ownerKey })
  const frames: string[] = []
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))))
  await page.goto(`${edge.url}/p/${owner.options.project}`)
  const all = [...planted()]
  for (const { canary } of all) probes.add(canary)
  probes.add(control)
  await inTurn([...all, { canary: control, position: 'prompt' }], 8, runHook)
  const isIn = () => readdirSync(join(edge.home.spool, 'new')).length === 0
  await expect.poll(isIn, { timeout: 300_000 }).toBe(true)
  const figures = async () => (await owner.ask('metrics', {})).split('\n')
  await expect
    .poll(figures, { timeout: 120_000 })
    .toContain(`maestro_archive_behind{project="${owner.options.project}"} 0`)
  await page.goto(`${edge.url}/p/${owner.options.project}/sessions/${session}`)
  await page.waitForLoadState('networkidle')

  const env = { MAESTRO_HOME: edge.home.root, MAESTRO_PROJECT_ID: owner.options.project! }
  const cli = await Promise.all([
    say(['session', 'logs', session, '--json'], { env }),
    say(['session', 'show', session], { env: { ...env, MAESTRO_DEBUG: '1' } }),
  ])
  const seen: Record<string, string> = {
    'on the wire': wire.heard(),
    'object and D1': sqliteOf(edge.home.data),
    'logs of server and daemon': daemon.log() + logsOf(edge.home.run),
    'command line': JSON.stringify(cli),
    page: [await page.content(), await page.evaluate(storageOf), ...frames].join('\n'),
  }
  const leaks = Object.entries(seen).flatMap(([where, text]) =>
    [...probes.foundIn(text)].map((canary) => ({ where, canary })),
  )
  for (const where of ['on the wire', 'object and D1', 'page', 'command line'])
    expect(
      leaks.some((leak) => leak.where === where && leak.canary === control),
      `nothing at all is found ${where}`,
    ).toBe(true)
  const table = tableOf(
    all,
    leaks.filter(({ canary }) => canary !== control),
  )
  console.log(table)
  expect(leaks.filter(({ canary }) => canary !== control && !isBeyond(canary)).map(whoseLeak(all)), table).toEqual([])
})

/** What no program could find: where only the words beside it tell a secret, and those are broken apart as well. */
function isBeyond({ kind, encoding }: Canary): boolean {
  return encoding === 'over two lines' && !isMarked(kind)
}
const isMarked = (kind: string) =>
  !['aws secret', 'azure', 'url password', 'bearer', 'basic', 'cookie', 'variable', 'flag'].includes(kind)

const whoseLeak =
  (all: Planted[]) =>
  ({ where, canary }: { where: string; canary: Canary }) => {
    const position = all.find((one) => one.canary === canary)?.position
    return `${canary.kind} ${canary.encoding}, as ${position}, ${where}: ${canary.written.slice(0, 200)}`
  }

const scripts = join(root, 'hooks/claude-code')
const scriptOf = (event: string): HookScript => {
  if (/ToolUse/.test(event)) return 'log-tool-use.sh'
  return /Notification|Permission/.test(event) ? 'notify-permission.sh' : 'log-event.sh'
}

/** The agent's own hook, as the agent runs it. */
async function runHook({ canary, position }: Planted): Promise<void> {
  const payload = { session_id: 'c', cwd: '/srv', ...positions[position]!(canary.written) }
  const command = commandFor(scripts, scriptOf(payload.hook_event_name))
  const env = { PATH: process.env.PATH ?? '', MAESTRO_SPOOL: edge.home.spool, MAESTRO_SESSION_ID: session }
  const child = spawn('/bin/sh', ['-c', command], { env, stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.on('error', () => undefined).end(JSON.stringify(payload))
  await once(child, 'close')
}

async function inTurn<T>(all: T[], atOnce: number, step: (one: T) => Promise<void>): Promise<void> {
  const left = all.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of left) await step(one)
    }),
  )
}

function sqliteOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.sqlite/.test(name))
  return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('\n')
}

function logsOf(folder: string): string {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const holders = readdirSync(edge.home.sessions).map((name) => join(edge.home.sessions, name, 'holder.log'))
  return [...logs.map((name) => join(folder, name)), ...holders.filter(existsSync)]
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}

/** Within the page: all that it keeps. */
const storageOf = () =>
  JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.body.textContent, document.cookie])

/** Leaks by kind and writing; `.` is none. */
function tableOf(all: Planted[], leaks: { where: string; canary: Canary }[]): string {
  const leaked = new Set(leaks.map(({ canary }) => canary))
  const names = Object.keys(encodings)
  const kinds = [...Object.keys(classes), ...Object.keys(environment)]
  const cell = (kind: string, encoding: string) => {
    const there = all.filter(({ canary }) => canary.kind === kind && canary.encoding === encoding)
    return String(there.filter(({ canary }) => leaked.has(canary)).length || '.')
  }
  const rows = kinds.map(
    (kind) => `  ${kind.padEnd(16)}${names.map((name, i) => cell(kind, name).padStart(i ? 4 : 3)).join('')}`,
  )
  const places = Object.entries(Object.groupBy(leaks, ({ where }) => where)).map(
    ([where, some]) => `${where} ${some!.length}`,
  )
  return [
    '',
    `Canaries: ${all.length} planted, ${leaked.size} found again (seed ${chance.seed}); ${places.join(', ')}`,
    ...names.map((name, i) => `  ${String(i + 1).padStart(2)}  ${name}`),
    `  ${''.padEnd(16)}${names.map((_, i) => String(i + 1).padStart(i ? 4 : 3)).join('')}`,
    ...rows,
    '',
  ].join('\n')
}

test('of ordinary code and talk hardly a line is touched', () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
  const own = git('ls-files')
    .split('\n')
    .filter((name) => /\.(ts|tsx|sh|md|toml|css)$/.test(name) && !/redact|canar|secret/.test(name))
  const packages = ['hono', 'zod', 'commander', 'drizzle-orm', 'miniflare'].flatMap((name) =>
    sourcesOf(join(root, 'node_modules', name)),
  )
  const corpus: Record<string, string[]> = {
    'own sources': own
      .map((name) => join(root, name))
      .filter(existsSync)
      .map((path) => readFileSync(path, 'utf8')),
    packages: packages.map((path) => readFileSync(path, 'utf8')),
    'git log': git('log', '--stat', '-n', '300').split(/(?=^commit )/m),
  }
  const rows = Object.entries(corpus).map(([name, texts]) => {
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.length < 1_000)
    const touched = lines.filter((line) => redactText(line) !== line)
    const parts = texts.flatMap((text) => text.slice(0, 200_000).match(/.{1,1000}/gs) ?? [])
    const hidden = parts.filter((part) => redactText(part) !== part)
    return { name, lines: lines.length, touched, parts: parts.length, hidden: hidden.length }
  })
  for (const { name, lines, touched, parts, hidden } of rows) {
    console.log(`${name}: ${touched.length} of ${lines} lines touched, ${hidden} of ${parts} pieces of 1 kB`)
    for (const line of touched.filter((_, i) => i % Math.ceil(touched.length / 8) === 0))
      console.log(`    ${redactText(line).trim().slice(0, 150)}`)
    expect(touched.length / lines).toBeLessThan(0.004)
  }
}, 120_000)

function sourcesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|ts|md)$/.test(name))
  return files.slice(0, PLACES < 1 ? 10 : 200).map((name) => join(folder, name))
}
