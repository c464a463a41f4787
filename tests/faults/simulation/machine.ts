import type { Client } from '../../../client/client.ts'
import type { Live } from '../../../client/live.ts'
import type { plainKeeper, Replica } from '../../../client/replica.ts'
import type { Spool } from '../../../local-spawner/spool.ts'
import type { Facts, Here, Order, todo } from '../../../local-spawner/todo.ts'
import type { ProjectId, SessionId, SpawnerId } from '../../../protocol/ids.ts'
import type { Chance } from '../parts/chance.ts'
import type { Line } from '../parts/evidence.ts'
import type { Accepted } from '../parts/ledger.ts'
import { disk } from './disk.ts'
import type { Network } from './network.ts'
import { Source, type SourceFigures } from './source.ts'
import { Process, type World } from './world.ts'

/** The parts of the product that run outside of the server, loaded once the simulation's own surroundings are in place. */
export type Parts = {
  Client: typeof Client
  Live: typeof Live
  Replica: typeof Replica
  plainKeeper: typeof plainKeeper
  Spool: typeof Spool
  todo: typeof todo
}

export type Shared = {
  world: World
  chance: Chance
  network: Network
  parts: Parts
  project: ProjectId
  sources: SourceFigures
}
type Given = { name: string; id: SpawnerId; key: string }

const CAPACITY = 4
/** How long (ms) an agent works before it exits, on the whole. */
const WORK_MS = 60_000

/** One machine: its disk, its clock, the agents on it, and the daemon, which may die while all that goes on. */
export class Machine {
  readonly name: string
  #accepted: { one: Accepted; order: number }[] = []
  readonly figures = { deaths: 0 }
  /** What its daemon wrote for its operator. */
  readonly lines: Line[] = []
  readonly spool: string
  process: Process | undefined
  skew = 0
  #id: SpawnerId
  #key: string
  #shared: Shared
  #here = new Map<SessionId, Here>()
  #agents = new Map<string, Source>()
  #back = 0
  #pid = 1_000
  #isResting = false

  constructor({ name, id, key }: Given, shared: Shared) {
    this.name = name
    this.#id = id
    this.#key = key
    this.#shared = shared
    this.spool = `/${name}/spool`
    for (const folder of ['new', 'tmp', 'bad']) disk.makeFolder(`${this.spool}/${folder}`)
    this.start()
  }

  /** Starts the daemon. */
  start(): void {
    const process = new Process(this.name, () => this.skew)
    this.process = process
    process.onDeath.add(() => this.#died())
    this.#shared.world.after(0, () => this.#boot(), process)
  }

  kill(): void {
    this.process?.die()
  }

  /** An agent that somebody starts by hand; Maestro only hears of it. */
  startByHand(own: string): void {
    this.#agents.set(own, this.#agent(undefined, own))
  }

  /** What its agents' hooks have left as a whole, in the order in which they ran. */
  get accepted(): Accepted[] {
    return this.#accepted.toSorted((a, b) => a.order - b.order).map(({ one }) => one)
  }

  moveClock(ms: number): void {
    this.skew += ms
    if (ms < 0) this.#back++
  }

  /** No agent does anything any more. */
  rest(): void {
    this.#isResting = true
    for (const agent of this.#agents.values()) agent.stop()
  }

  #died(): void {
    const { world, network, chance } = this.#shared
    this.figures.deaths++
    for (const line of [...network.lines]) if (line.client === this.process) line.closeFromClient(1006)
    world.after(20 + chance.gap(2_000), () => this.start(), null)
  }

  #boot(): void {
    const { parts, network, project } = this.#shared
    const client = new parts.Client({
      url: 'http://maestro',
      key: this.#key,
      project,
      fetch: network.fetchAt(this.name),
    })
    const options = {
      dir: this.spool,
      projectOf: () => project,
      reporterFor: () => client,
      ...{ secretsOf: () => [], knownOf: () => ({}), heard: () => {} },
      log: (level: string, message: string, facts = {}) => this.#note(level, message, facts),
    }
    new parts.Spool(options).start()
    const keeper = parts.plainKeeper()
    const asked = new Set<string>()
    const look = () => this.#look(client, keeper.project, asked)
    new parts.Live(client, new parts.Replica(keeper), { entries: look, snapshot: look }).start()
    setInterval(look, 5_000)
  }

  /** That a disk is full, or that it has died, is no fault of the daemon. */
  #note(level: string, message: string, facts: object): void {
    const isMeant = !message.includes('cannot be said') && /ENOSPC|has died/.test(message)
    if (isMeant) return
    const meant = /ENOSPC|has died/.test(message) ? 'warn' : level
    this.lines.push({ file: `${this.name}/run/spawner.log`, text: JSON.stringify({ level: meant, message, ...facts }) })
  }

  /** Does what the daemon's own rule says is to be done, each thing once at a time. */
  #look(client: Client, project: Parameters<typeof todo>[0], asked: Set<string>): void {
    if (!project.id) return
    const room = CAPACITY - this.#here.size
    for (const order of this.#shared.parts.todo(
      project,
      { id: this.#id, facts: this.#facts, panic: false, room },
      this.#here,
    )) {
      const name = JSON.stringify(order)
      if (asked.has(name)) continue
      asked.add(name)
      this.#do(client, order)
        .catch((error: unknown) =>
          this.#note('warn', `not done: ${error instanceof Error ? error.message : error}`, { order: name }),
        )
        .finally(() => asked.delete(name))
    }
  }

  async #do(client: Client, order: Order): Promise<unknown> {
    if (order.do === 'announce')
      return client.execute('spawner.online', { spawner: this.#id, ...this.#facts, alive: this.#alive })
    const { session } = order
    switch (order.do) {
      case 'claim':
        return client.execute('session.claim', { session, spawner: this.#id })
      case 'report':
        return client.execute('session.report', { session, status: 'running' })
      case 'end':
        return client.execute('session.end', {
          session,
          outcome: order.outcome,
          exitCode: order.exitCode,
          reason: order.reason,
        })
      case 'open':
        return this.#open(session)
      case 'stop':
        return this.#exit(session, null, 'SIGTERM')
      case 'forget':
        return this.#here.delete(session)
    }
  }

  #open(session: SessionId): void {
    const { world, chance } = this.#shared
    this.#here.set(session, { state: 'running' })
    this.#agents.set(session, this.#agent(session, `own of ${session}`))
    world.after(chance.gap(WORK_MS), () => this.#exit(session, chance.next() < 0.8 ? 0 : 1, null), null)
  }

  #exit(session: SessionId, code: number | null, signal: string | null): void {
    if (this.#here.get(session)?.state !== 'running') return
    this.#agents.get(session)?.stop()
    this.#here.set(session, { state: 'exited', code, signal })
  }

  #agent(session: SessionId | undefined, own: string): Source {
    const { world, chance, sources } = this.#shared
    const machine = {
      name: this.name,
      spool: this.spool,
      clock: () => world.now + this.skew,
      clockSets: () => this.#back,
      nextPid: () => ++this.#pid,
      accept: (one: Accepted, order: number) => void this.#accepted.push({ one, order }),
    }
    const agent = new Source({ session, own }, { world, chance: chance.for(own), disk, machine, figures: sources })
    if (this.#isResting) agent.stop()
    return agent
  }

  get #alive(): SessionId[] {
    return [...this.#here].flatMap(([id, { state }]) => (state === 'running' ? [id] : []))
  }

  get #facts(): Facts {
    return {
      ...{ name: this.name, machine: this.name, version: '0', profiles: [{ name: 'demo', agent: 'claude-code' }] },
      ...{ workspaces: ['scratch'], skills: [], capacity: CAPACITY, typing: false, labels: [] },
    }
  }
}
