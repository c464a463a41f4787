import type { DatabaseSync } from 'node:sqlite'
import { system } from '../../../protocol/actor.ts'
import type { Project } from '../../../protocol/model.ts'
import type { Chance } from '../parts/chance.ts'
import type { HistoryRow } from '../parts/evidence.ts'
import { D1 } from '../platform/d1.ts'
import { newDirectory } from '../platform/directory.ts'
import type { loadProduct, ProjectObject } from '../platform/product.ts'
import { type ServerSocket, Surroundings } from '../platform/sockets.ts'
import { Storage } from '../platform/storage.ts'
import type { Host, Network } from './network.ts'
import type { Task } from './queue.ts'
import { Process, type World } from './world.ts'

type Method = Exclude<keyof ProjectObject, 'alarm' | 'webSocketClose'>
type Surroundings_ = {
  world: World
  chance: Chance
  network: Network
  product: Awaited<ReturnType<typeof loadProduct>>
}

/**
 * The real Worker and the real object of one project, with what the platform promises them: what is written comes to be
 * kept a little later, nothing leaves before that, and whoever dies first has neither written nor said it.
 */
export class Server implements Host {
  readonly directory: DatabaseSync = newDirectory()
  readonly figures = {
    crashes: 0,
    commits: 0,
    evictions: 0,
    stored: 0,
    absorbed: 0,
    failedWrites: 0,
    d1Failures: 0,
    alarms: 0,
  }
  process!: Process
  /** How far (ms) the server's clock is from the true time. */
  skew = 0
  isArchiveUp = true
  /** How likely a single statement is to find the disk broken, and a request to D1 to fail. */
  breaks = { write: 0, d1: 0 }
  readonly storage = new Storage()
  readonly #surroundings = new Surroundings(this.storage)
  readonly #around: Surroundings_
  #object: ProjectObject | undefined
  #held: (() => void)[] = []
  #commit: Task | undefined
  #alarm: Task | undefined
  #ringing: number | null = null
  #busy = 0

  constructor(around: Surroundings_) {
    this.#around = around
    around.network.host = this
    this.storage.onAlarm = () => this.#setAlarm()
    this.storage.sql.beforeWrite = () => this.#maybeRefuse()
    this.start()
  }

  start(): void {
    this.process = new Process('server', () => this.skew)
    this.#setAlarm()
  }

  /** `kill -9`: what was not kept is gone, and every connection with it. */
  crash(): void {
    this.figures.crashes++
    this.process.die()
    this.storage.rollBack()
    this.#object = undefined
    this.#held = []
    this.#commit = this.#alarm = undefined
    this.#ringing = null
    this.#busy = 0
    this.#surroundings.sockets.clear()
    for (const line of [...this.#around.network.lines]) line.lose()
  }

  /** Puts the object out of memory, as the platform does when nothing is under way. Its connections stay. */
  evict(): void {
    if (!this.process.alive || this.#busy > 0 || this.process.timers > 0 || this.storage.isDirty) return
    this.figures.evictions++
    this.#object = undefined
  }

  async handle(request: Request): Promise<Response> {
    const waits = { waitUntil: () => {}, passThroughOnException: () => {} }
    return this.#around.product.api.fetch(request, this.#env, waits)
  }

  gone(socket: ServerSocket, code: number): void {
    socket.readyState = WebSocket.CLOSED
    this.#awake.webSocketClose(socket, code, '', code !== 1006)
  }

  /** Says something to the outside once all that was written before is kept. */
  out(step: () => void): void {
    if (!this.storage.isDirty && this.#held.length === 0) return step()
    this.#held.push(step)
    this.#commit ??= this.#around.world.after(this.#commitTime(), () => this.#keep(), this.process)
  }

  historyOf(project: string): HistoryRow[] {
    const query = 'SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? ORDER BY seq'
    return this.directory.prepare(query).all(project) as HistoryRow[] // its columns
  }

  get behind(): number {
    return this.#around.world.as(this.process, () => this.#awake.figures().archiveBehind)
  }

  get head(): number {
    return this.#awake.figures().head
  }

  show(): Project {
    const outcome = this.#awake.query(system, { type: 'project.show' })
    if (!outcome.ok) throw new Error(outcome.error.message)
    return JSON.parse(outcome.value)
  }

  /** Its clock was moved: what was to happen at a time happens when the clock shows it. */
  moveClock(ms: number): void {
    this.skew += ms
    this.#setAlarm()
  }

  get #env() {
    const getByName = () => this.#stub
    return {
      PROJECTS: { getByName },
      DB: this.#d1,
      ...{ MAESTRO_SECRET: 'a secret', MAESTRO_VERSION: '0', MAESTRO_MODE: 'embedded' },
    }
  }

  #stub = new Proxy({} as Record<Method, (...given: unknown[]) => Promise<unknown>>, {
    get: (_, method: Method) =>
      (method as string) === 'then' ? undefined : (...given: unknown[]) => this.#call(method, given),
  })

  async #call(method: Method, given: unknown[]): Promise<unknown> {
    const { process } = this
    this.#busy++
    try {
      const call = this.#awake[method] as (...given: unknown[]) => unknown // whatever it takes, the Worker has its types
      const answer = await call.apply(this.#awake, given)
      this.#count(answer)
      await this.#kept()
      return answer
    } finally {
      if (process === this.process) this.#busy--
    }
  }

  #count(answer: unknown): void {
    for (const one of Array.isArray(answer) ? answer : [(answer as { value?: unknown } | undefined)?.value ?? {}]) {
      const { result, duplicate } = one as { result?: string; duplicate?: boolean } // of `hear`, or of `execute`
      if (result === 'stored') this.figures.stored++
      if (result === 'duplicate' || duplicate) this.figures.absorbed++
    }
  }

  #kept(): Promise<void> {
    return new Promise((resolve) => this.out(resolve))
  }

  get #awake(): ProjectObject {
    this.#object ??= new this.#around.product.ProjectObject(this.#surroundings, this.#env)
    return this.#object
  }

  #commitTime(): number {
    const { chance } = this.#around
    return chance.next() < 0.01 ? chance.gap(60) : 0.05 + chance.gap(0.5)
  }

  #keep(): void {
    this.figures.commits++
    this.#commit = undefined
    this.storage.commit(this.#ringing)
    for (const step of this.#held.splice(0)) step()
  }

  #setAlarm(): void {
    if (this.#alarm) this.#alarm.over = true
    this.#alarm = undefined
    const { world, chance } = this.#around
    const at = this.storage.alarmAt
    if (at === null || !this.process?.alive) return
    const late = chance.next() < 0.05 ? chance.gap(10_000) : chance.gap(5)
    this.#alarm = world.after(at - (world.now + this.skew) + late, () => this.#ring(), this.process)
  }

  /** Rings again from the start if it dies on the way; must not throw. */
  #ring(): void {
    this.figures.alarms++
    this.#ringing = this.storage.takeAlarm()
    this.#busy++
    const { process } = this
    const over = () => {
      if (process !== this.process) return
      this.#ringing = null
      this.#busy--
      this.out(() => {})
    }
    // It may not even wake, where the disk refuses that.
    const rung = new Promise<void>((resolve) => resolve(this.#awake.alarm()))
    rung.then(over, (error: unknown) => {
      const text = error instanceof Error ? error.stack : String(error)
      if (text?.includes('injected')) void this.storage.setAlarm(Date.now() + 2_000)
      else this.#around.world.failures.push(`alarm() threw: ${text}`)
      over()
    })
  }

  #maybeRefuse(): void {
    if (this.breaks.write === 0 || this.#around.chance.next() >= this.breaks.write) return
    this.figures.failedWrites++
    throw new Error('injected: the disk refuses')
  }

  get #d1(): D1 {
    const { world, chance } = this.#around
    return new D1(this.directory, async (step) => {
      await this.#kept()
      await world.pause(0.5 + chance.gap(2))
      const fails = () => !this.isArchiveUp || chance.next() < this.breaks.d1
      if (fails()) return this.#failD1()
      const answer = step()
      await world.pause(0.5 + chance.gap(2))
      return fails() ? this.#failD1() : answer
    })
  }

  #failD1(): never {
    this.figures.d1Failures++
    throw new Error('injected: D1 is away')
  }
}
