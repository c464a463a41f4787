/**
 * Terminals through everything (program, holder, daemon, relay, viewer): echo of a key, alone, beside twenty busy terminals, and
 * beside twenty with fifty viewers; MB a second of one and of twenty; how soon who comes late has the screen, drawn; memory and
 * cost of what does nothing. The floor of an echo is a pipe to the same program and back.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import headless from '@xterm/headless'
import { newId } from '../client/ids.ts'
import { type Size, TerminalView } from '../client/terminal-view.ts'
import type { SessionId } from '../protocol/ids.ts'
import { System } from '../tests/e2e/system.ts'
import { percentiles } from './open-loop.ts'

const many = 20
/** People who watch the busy ones, all of them at once. */
const people = 50
const keys = 100
const floodBytes = 32_000_000
/** A busy terminal prints 20 kB a second, as agents do that redraw their screen. One process each, or starting them would be the load. */
const busy = `exec ${JSON.stringify(process.execPath)} -e 'setInterval(() => process.stdout.write("x".repeat(200)), 10)'`

const shell = (name: string, script: string) =>
  `[profile.${name}]\nagent = "demo"\nexec = "/bin/sh"\nargs = ["-c", ${JSON.stringify(script)}]\n`
const policy = [
  shell('echo', 'stty -echo -icanon; exec cat'),
  shell('busy', busy),
  shell('flood', 'read bytes; head -c "$bytes" /dev/zero | tr "\\0" x; exec cat'),
  shell('idle', 'exec cat'),
].join('\n')

const system = await new System().start(policy)
writeFileSync(
  join(system.home, 'spawner.toml'),
  readFileSync(join(system.home, 'spawner.toml'), 'utf8').replace(/^capacity = \d+/m, 'capacity = 100'),
  { mode: 0o600 },
)
const client = await system.project('bench')
const figures: Record<string, string | number> = {}

/** Somebody who watches: told of the screen once, and of every piece after it. */
class Watcher {
  bytes = 0
  shown = 0
  /** The screen that came last, and its size. */
  screen: { bytes: Uint8Array; size: Size } | undefined
  #wakes: (() => void)[] = []
  readonly view: TerminalView

  constructor(session: SessionId) {
    const wake = () => {
      for (const go of this.#wakes.splice(0)) go()
    }
    this.view = new TerminalView(client, session, {
      show: (bytes, size) => {
        this.shown++
        this.screen = { bytes, size }
        wake()
      },
      write: (piece) => {
        this.bytes += piece.length
        wake()
      },
      resize: wake,
      presence: wake,
    })
    this.view.start()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wakes.push(resolve))
  }
}

async function start(profile: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile })
  const isRunning = async () => {
    const { status, reason } = await client.query('session.show', { session })
    if (status === 'ended') throw new Error(`It did not start: ${reason}`)
    return status !== 'spawning'
  }
  while (!(await isRunning())) await pause(50)
  return session
}
const startAll = async (profile: string, count: number) => {
  const all: SessionId[] = []
  for (let n = 0; n < count; n++) all.push(await start(profile))
  return all
}
const stopAll = async (sessions: SessionId[]) => {
  for (const session of sessions) await client.execute('session.stop', { session })
  const isLive = async () => {
    const { live } = await client.query('project.show', {})
    return sessions.some((session) => session in live)
  }
  while (await isLive()) await pause(50)
}

/** How long (ms) it takes from a key to what the program prints because of it. */
async function echoes(): Promise<number[]> {
  const session = await start('echo')
  const viewer = new Watcher(session)
  await viewer.until(() => viewer.shown > 0)
  viewer.view.take()
  await viewer.until(() => viewer.view.inControl)
  const times: number[] = []
  for (let n = 0; n < keys; n++) {
    const goal = viewer.bytes + 1
    const began = performance.now()
    viewer.view.type(new Uint8Array([97 + (n % 26)]))
    await viewer.until(() => viewer.bytes >= goal)
    times.push(performance.now() - began)
    await pause(20)
  }
  viewer.view.stop()
  await stopAll([session])
  return times
}

async function pipe(): Promise<number[]> {
  const child = spawn('/bin/cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  const times: number[] = []
  for (let n = 0; n < keys; n++) {
    const began = performance.now()
    child.stdin.write('a')
    await new Promise((resolve) => child.stdout.once('data', resolve))
    times.push(performance.now() - began)
    await pause(20)
  }
  child.kill()
  return times
}

/** Bytes (MB) a second that reach one viewer of each of `count` terminals. */
async function flood(count: number, total: number): Promise<number> {
  const sessions = await startAll('flood', count)
  const viewers = sessions.map((session) => new Watcher(session))
  for (const viewer of viewers) {
    await viewer.until(() => viewer.shown > 0)
    viewer.view.take()
    await viewer.until(() => viewer.view.inControl)
  }
  const began = performance.now()
  for (const { view } of viewers) view.type(new TextEncoder().encode(`${total}\n`))
  await Promise.all(viewers.map((viewer) => viewer.until(() => viewer.bytes >= total)))
  const seen = viewers.reduce((sum, { bytes }) => sum + bytes, 0)
  const rate = seen / 1e6 / ((performance.now() - began) / 1_000)
  for (const { view } of viewers) view.stop()
  await stopAll(sessions)
  return rate
}

/** How long (ms) until who comes late to a busy terminal has its screen, drawn. */
async function late(session: SessionId): Promise<number> {
  const began = performance.now()
  const viewer = new Watcher(session)
  await viewer.until(() => viewer.shown > 0)
  const { bytes, size } = viewer.screen!
  const terminal = new headless.Terminal({ ...size, allowProposedApi: true })
  await new Promise<void>((resolve) => terminal.write(bytes, resolve))
  const took = performance.now() - began
  viewer.view.stop()
  return took
}

/** One after the other, at each of the busy ones. */
async function lateness(): Promise<number[]> {
  const times: number[] = []
  for (const session of busyOnes) times.push(await late(session))
  return times
}

const told = (times: number[]) => {
  const { p50, p95, max } = percentiles(times)
  return `${p50.toFixed(1)} / ${p95.toFixed(1)} / ${max.toFixed(1)}`
}

figures['a pipe to cat and back (floor): p50 / p95 / max ms'] = told(await pipe())
figures['echo of a key: p50 / p95 / max ms'] = told(await echoes())
figures['one terminal, MB/s'] = (await flood(1, floodBytes)).toFixed(1)
figures[`${many} terminals, MB/s together`] = (await flood(many, floodBytes / 8)).toFixed(1)

const busyOnes = await startAll('busy', many)
const watched = busyOnes.map((session) => new Watcher(session))
for (const viewer of watched) await viewer.until(() => viewer.shown > 0)
figures[`echo beside ${many} busy ones: p50 / p95 / max ms`] = told(await echoes())
figures['a late viewer of a busy one has the screen after: p50 / p95 / max ms'] = told(await lateness())

// The rest come together, as they do when everybody opens the same page.
const opened = performance.now()
const arrivals: number[] = []
const crowd = Array.from({ length: people - many }, (_, n) => new Watcher(busyOnes[n % many]!))
await Promise.all(
  crowd.map(async (viewer) => {
    await viewer.until(() => viewer.shown > 0)
    arrivals.push(performance.now() - opened)
  }),
)
watched.push(...crowd)
figures[`${crowd.length} who come at once have their screen after: p50 / p95 / max ms`] = told(arrivals)
const shownBefore = watched.reduce((sum, { shown }) => sum + shown, 0)
const bytesBefore = watched.reduce((sum, { bytes }) => sum + bytes, 0)
const crowded = performance.now()
figures[`echo beside ${many} busy ones with ${people} viewers: p50 / p95 / max ms`] = told(await echoes())
figures[`late viewer beside ${people} others has the screen after (goal 500): p50 / p95 / max ms`] = told(
  await lateness(),
)
const seconds = (performance.now() - crowded) / 1_000
const bytesSeen = watched.reduce((sum, { bytes }) => sum + bytes, 0) - bytesBefore
figures[`bytes that reach the ${people} viewers, MB/s together`] = (bytesSeen / 1e6 / seconds).toFixed(1)
// Nobody needs it again because somebody else came.
figures[`screens that the ${people} had to be sent again`] =
  watched.reduce((sum, { shown }) => sum + shown, 0) - shownBefore
for (const { view } of watched) view.stop()
await stopAll(busyOnes)

const idle = await startAll('idle', many)
await pause(5_000)
const [before, head] = [used(), await seqOf()]
await pause(20_000)
const after = used()
const cpu = (kind: string) =>
  (([...after].reduce((sum, [pid, one]) => sum + (one.kind === kind ? one.cpu - (before.get(pid)?.cpu ?? 0) : 0), 0) /
    20) *
    1_000) /
  1_000
figures[`${many} idle sessions: ms of a processor a second, all holders`] = cpu('holder').toFixed(1)
figures[`${many} idle sessions: ms of a processor a second, daemon`] = cpu('spawner').toFixed(1)
figures[`${many} idle sessions: entries in the log in 20 s`] = (await seqOf()) - head
const memories = [...after.values()].filter(({ kind }) => kind === 'holder').map(({ memory }) => memory)
figures['memory of an idle holder: p50 / p95 / max MB'] = told(memories)
figures[`memory of the daemon with ${many} sessions, MB`] = Math.round(
  [...after.values()].find(({ kind }) => kind === 'spawner')?.memory ?? 0,
)
await stopAll(idle)

console.table(figures)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
writeFileSync(
  join(import.meta.dirname, 'results/terminal.json'),
  JSON.stringify({ at: new Date().toISOString(), many, people, keys, floodBytes, figures }, null, 2),
)
await system.remove()

async function seqOf(): Promise<number> {
  const { entries } = await client.askProject('entry.list', { before: Number.MAX_SAFE_INTEGER, limit: 1 })
  return entries.at(-1)!.seq
}

/** By process of this home: what it is, its memory (MB) and what it has used of a processor (ms). */
function used(): Map<number, { kind: string; memory: number; cpu: number }> {
  const found = new Map<number, { kind: string; memory: number; cpu: number }>()
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8')
      if (!`${command}${environment}`.includes(system.home)) continue
      const kind = /^maestro-holder/.test(command) ? 'holder' : /spawner\.js/.test(command) ? 'spawner' : 'other'
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]!.split(' ')
      const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1] ?? 0) / 1_024
      found.set(Number(entry), { kind, memory, cpu: (Number(fields[11]) + Number(fields[12])) * 10 })
    } catch {
      // It ended while we looked.
    }
  }
  return found
}
