import type { DatabaseSync } from 'node:sqlite'
import { UPGRADE_HEADER } from '../../../durable-objects/upgrade.ts'
import type { ServerFrame } from '../../../protocol/frames.ts'
import { ann, projectId } from '../../pure/protocol/given.ts'
import { D1 } from '../platform/d1.ts'
import { newDirectory } from '../platform/directory.ts'
import type { loadProduct, ProjectObject } from '../platform/product.ts'
import { type ServerSocket, Surroundings, type UpgradedResponse } from '../platform/sockets.ts'
import { Storage } from '../platform/storage.ts'
import type { Line, Range, Row, Subject } from './subject.ts'

const project = projectId(1)
const started = Date.now.bind(Date)

/** Time stands still between actions, and whatever was put off is done when it is asked for. */
class Clock {
  now = 0
  #waiting = new Set<() => void>()
  #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }

  install(): void {
    Date.now = () => this.now
    // The object puts off what it tells, and nothing else.
    globalThis.setTimeout = ((step: () => void) => {
      this.#waiting.add(step)
      return step
    }) as never
    globalThis.clearTimeout = ((step: () => void) => this.#waiting.delete(step)) as never
  }

  remove(): void {
    Object.assign(globalThis, this.#real)
    Date.now = started
  }

  flush(): void {
    const due = [...this.#waiting]
    this.#waiting.clear()
    for (const step of due) step()
  }
}

/** The real object in this process, on stand-ins of its platform: a thousand times as many stories in the same time. */
export class InProcess implements Subject {
  #product: Awaited<ReturnType<typeof loadProduct>>
  #surroundings = new Surroundings(new Storage())
  #directory: DatabaseSync = newDirectory()
  #object: ProjectObject
  #clock = new Clock()
  #isUp = true
  failsAfter = Number.POSITIVE_INFINITY

  constructor(product: Awaited<ReturnType<typeof loadProduct>>, now: number) {
    this.#product = product
    this.#clock.now = now
    this.#clock.install()
    this.#object = this.#wake()
    this.#surroundings.storage.sql.beforeWrite = () => {
      if (this.failsAfter-- === 0) throw new Error('the disk refuses')
    }
  }

  end(): void {
    this.#clock.remove()
    this.#surroundings.storage.sql.database.close()
    this.#directory.close()
  }

  #wake(): ProjectObject {
    return new this.#product.ProjectObject(this.#surroundings, { DB: this.#d1 })
  }

  get #d1(): D1 {
    return new D1(this.#directory, async (step) => {
      if (!this.#isUp) throw new Error('D1 is away')
      return step()
    })
  }

  async execute(...asked: Parameters<Subject['execute']>): ReturnType<Subject['execute']> {
    return crossing(await this.#object.execute(...crossing(asked)))
  }

  async hear(...heard: Parameters<Subject['hear']>): ReturnType<Subject['hear']> {
    return crossing(this.#object.hear(...crossing(heard)))
  }

  async show(): ReturnType<Subject['show']> {
    const outcome = this.#object.query(ann, { type: 'project.show' })
    if (!outcome.ok) throw new Error(outcome.error.message)
    return JSON.parse(outcome.value)
  }

  async log(since: number): Promise<Row[]> {
    const outcome = this.#object.rows(ann, { since, limit: 1_000_000 })
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value.rows
  }

  async read(range: Range): Promise<Row[]> {
    const held = { rows: async (...asked: Parameters<ProjectObject['rows']>) => this.#object.rows(...asked) }
    const outcome = await this.#product.readLog(held, new this.#product.History(this.#d1, project), ann, range)
    if (!outcome.ok) throw new Error(outcome.error.message)
    return outcome.value.rows
  }

  async connect(query: string): Promise<Line> {
    const headers = { Upgrade: 'websocket', [UPGRADE_HEADER]: JSON.stringify({ actor: ann, project, session: null }) }
    const frames: ServerFrame[] = []
    const answer = await this.#object.fetch(new Request(`http://project/live${query}`, { headers }))
    const { webSocket } = answer as UpgradedResponse
    if (!webSocket) throw new Error(`the upgrade was answered with ${answer.status}`)
    webSocket.attach({
      sent: (data) => void frames.push(JSON.parse(data) as ServerFrame), // the server writes nothing else
      closed: () => {},
    })
    return { frames, close: () => this.#closed(webSocket) }
  }

  #closed(socket: ServerSocket): void {
    this.#surroundings.sockets.delete(socket)
    this.#object.webSocketClose(socket, 1005, '', true)
  }

  async told(): Promise<void> {
    this.#clock.flush()
  }

  async evict(): Promise<void> {
    this.#clock.flush() // an object that has something to tell is not put out of memory
    this.#object = this.#wake()
  }

  async ring(): Promise<void> {
    this.#surroundings.storage.takeAlarm()
    await this.#object.alarm()
  }

  async alarm(): Promise<number | null> {
    return this.#surroundings.storage.getAlarm()
  }

  setTime(now: number): void {
    this.#clock.now = now
  }

  async setArchive(up: boolean): Promise<void> {
    this.#isUp = up
  }

  async archived(): Promise<Row[]> {
    const query = 'SELECT seq, id, at, "by", type, data FROM entries WHERE project = ? ORDER BY seq'
    return this.#directory.prepare(query).all(project) as Row[] // its columns
  }

  failWrite(after: number): void {
    this.failsAfter = after
  }
}

/** What crosses the hop to an object is copied on the way. */
const crossing = <T>(value: T): T => structuredClone(value)
