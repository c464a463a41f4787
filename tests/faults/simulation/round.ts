import { createHash } from 'node:crypto'
import type { Actor, Scope } from '../../../protocol/actor.ts'
import { scopesFor } from '../../../protocol/actor.ts'
import { type ProjectId, type SpawnerId, shortId } from '../../../protocol/ids.ts'
import { type KeyKind, newKey } from '../../../protocol/keys.ts'
import type { Entry } from '../../../protocol/project.ts'
import { Chance } from '../parts/chance.ts'
import type { HistoryRow, Line } from '../parts/evidence.ts'
import { hashOf, judge, type Verdict } from '../parts/invariants.ts'
import { loadProduct } from '../platform/product.ts'
import { Chaos } from './chaos.ts'
import { socketsOver } from './client-socket.ts'
import { disk } from './disk.ts'
import { installGlobals } from './globals.ts'
import { Machine, type Parts, type Shared } from './machine.ts'
import { Network } from './network.ts'
import { Person } from './person.ts'
import { Server } from './server.ts'
import { Viewer } from './viewer.ts'
import { Process, World } from './world.ts'

export type Figures = Record<string, number>
export type Result = { seed: number; asked: number; hash: string; figures: Figures; verdicts: Verdict[] }

const project: ProjectId = `proj_${'0'.repeat(31)}1`
/** So long (ms) everything may take to come to rest once nothing goes wrong any more. */
const REST_MS = 30 * 60_000

/** One story of a whole system by chance alone, and what became of its promises. Once in a process: it takes its clock. */
export async function playRound(seed: number, events: number, parts: () => Promise<Parts>): Promise<Result> {
  const chance = new Chance(seed)
  const world = new World()
  disk.world = world
  const lines = listen(world)
  const product = await loadProduct()
  const loaded = await parts()
  installGlobals(world, chance.for('product'))
  const network = new Network(world, chance.for('network'))
  const server = new Server({ world, chance: chance.for('server'), network, product })
  Object.assign(globalThis, { WebSocket: socketsOver(network, () => world.current?.name ?? '') })
  const key = (kind: KeyKind, name: string, spawner?: SpawnerId) =>
    addKey(server, chance, { kind, name, ...(spawner && { spawner }) })
  const sources = { hooks: 0, dropped: 0, cutOff: 0, poison: 0 }
  const shared: Shared = { world, chance: chance.for('cast'), network, parts: loaded, project, sources }
  await begin(server, world, key('person', 'owner'), lines)
  const machines = ['m1', 'm2', 'm3'].map((name) => {
    const id = shortId('spn', chance.bytes(8))
    return new Machine({ name, id, key: key('spawner', name, id) }, shared)
  })
  for (const machine of machines) machine.startByHand(`hand on ${machine.name}`)
  const viewers = ['v1', 'v2', 'v3', 'v4'].map((name) => new Viewer(name, key('person', name), shared))
  const people = ['ann', 'bob'].map((name) => new Person(name, key('person', name), shared))
  const earlier: HistoryRow[][] = []
  const died = () => {
    if (server.figures.crashes % 10 === 0) earlier.push(server.historyOf(project))
  }
  const chaos = new Chaos({ world, chance: chance.for('chaos'), network, server, machines, viewers, died })

  await world.run(() => world.events < events)
  chaos.rest()
  for (const one of [...machines, ...people]) one.rest()
  const files = (folder: string) =>
    machines.reduce((sum, { spool }) => sum + disk.namesIn(`${spool}/${folder}`).length, 0)
  const isQuiet = () => {
    if (!server.process.alive || files('new') + files('tmp') > 0 || server.behind > 0) return false
    const head = world.as(server.process, () => server.head)
    return viewers.every(({ seq }) => seq === head)
  }
  const healed = world.now
  const reader = key('person', 'reader')
  let log: Entry[] = []
  let looked = 0
  // The clock may bring something about while the log is read: then all waits for that as well.
  do {
    await world.run(
      () => world.now < healed + REST_MS && (looked++ % 200 !== 0 || world.now < healed + 90_000 || !isQuiet()),
    )
    log = await readAll(shared, reader)
  } while (world.now < healed + REST_MS && (!isQuiet() || log.length !== world.as(server.process, () => server.head)))

  const live = world.as(server.process, () => server.show())
  const accepted = [...machines, ...people].flatMap((one) => one.accepted)
  const said: Line[] = [...machines.flatMap((machine) => machine.lines), ...lines]
  const verdicts = judge({
    ...{ log, project: live, history: server.historyOf(project), earlier, accepted, lines: said, isExact: true },
    viewers: viewers.map(({ name, seq, project: shown }) => ({ name, seq, project: shown })),
    ...{ looks: { count: 0, wrong: [] }, starts: new Map(), survivors: [] },
    failures: [
      ...world.failures,
      ...viewers.filter(({ seq }) => seq !== log.length).map(({ name, seq }) => `${name} stays at ${seq}`),
    ],
    spool: { waiting: files('new'), unfinished: files('tmp'), setAside: files('bad'), dropped: sources.dropped },
  })
  const figures: Figures = {
    ...{ events: world.events, entries: log.length, accepted: accepted.length },
    ...{
      serverDeaths: server.figures.crashes,
      daemonDeaths: machines.reduce((sum, one) => sum + one.figures.deaths, 0),
    },
    ...server.figures,
    ...network.figures,
    broken: network.figures.dropped,
    ...sources,
    setAside: files('bad'),
    snapshots: viewers.reduce((sum, one) => sum + one.figures.snapshots, 0),
    reloads: viewers.reduce((sum, one) => sum + one.figures.reloads, 0),
    asked: people.reduce((sum, one) => sum + one.figures.asked, 0),
    refused: people.reduce((sum, one) => sum + one.figures.refused, 0),
    seconds: Math.round((world.now - Date.UTC(2026, 10, 27, 12)) / 1_000),
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([log, hashOf(live), figures, world.trace]))
    .digest('hex')
    .slice(0, 16)
  return { seed, asked: events, hash, figures, verdicts }
}

/** What the server writes for its operator; what was done to it on purpose is no fault of its own. */
function listen(world: World): Line[] {
  const lines: Line[] = []
  const note = (text: unknown) => {
    if (!String(text).includes('injected')) lines.push({ file: 'run/server.log', text: String(text) })
  }
  Object.assign(console, { warn: note, error: note })
  process.on('unhandledRejection', (error) => {
    if (!(error instanceof Error && error.constructor.name === 'Killed'))
      world.failures.push(`unhandled: ${error instanceof Error ? error.stack : error}`)
  })
  return lines
}

type Wanted = Pick<Actor, 'name'> & { kind: KeyKind; spawner?: SpawnerId }

/** As `mint` would make it, without waiting for anything. */
function addKey(server: Server, chance: Chance, { kind, name, spawner }: Wanted): string {
  const key = newKey(kind, chance.bytes(64))
  const hash = createHash('sha256').update(key).digest('hex')
  const scopes: readonly Scope[] = scopesFor(kind as 'person')
  server.directory
    .prepare(
      'INSERT INTO keys (id, hash, kind, name, spawner, scopes, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
    )
    .run(`key_${hash.slice(0, 16)}`, hash, kind, name, spawner ?? null, JSON.stringify(scopes), 'maestro')
  return key
}

/** The project is there before anything goes wrong. */
async function begin(server: Server, world: World, key: string, lines: Line[]): Promise<void> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Host: 'maestro' }
  const body = JSON.stringify({ project, name: 'Garden' })
  let status = 0
  world.after(
    0,
    () =>
      void server
        .handle(new Request('http://maestro/api/projects', { method: 'POST', headers, body }))
        .then((answer) => {
          status = answer.status
        }),
    server.process,
  )
  await world.run(() => status === 0)
  if (status !== 200)
    throw new Error(`the project could not be made: ${status} ${JSON.stringify([world.failures, lines])}`)
}

/** The whole log as anybody may read it, page by page, from the object into D1. */
async function readAll({ world, network, parts }: Shared, key: string): Promise<Entry[]> {
  const log: Entry[] = []
  let isOver = false
  const read = async () => {
    const client = new parts.Client({ url: 'http://maestro', key, project, fetch: network.fetchAt('reader') })
    for (let more = true; more; ) {
      const page = await client.askProject('entry.list', { since: log.at(-1)?.seq ?? 0, limit: 1_000 })
      log.push(...page.entries.map(({ event: _, ...entry }) => entry as Entry)) // `event` repeats the type
      more = page.more
    }
    isOver = true
  }
  world.after(0, read, new Process('reader'))
  await world.run(() => !isOver)
  return log
}
