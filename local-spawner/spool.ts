import { readdirSync, readFileSync, renameSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { readSpoolName, type Spooled } from '../hooks/spool.ts'
import type { ProjectId, SessionId } from '../protocol/ids.ts'
import { type Log, sentenceOf } from './log.ts'
import { Aside } from './spool-aside.ts'
import { draftsIn, sourceOf } from './spool-drafts.ts'
import { type Item, SpoolLane } from './spool-lane.ts'

/** Whatever the watching misses is found by looking. */
const LOOK_MS = 5_000
/** No hook takes so long (ms) over a payload: one that was killed left what lies there still. */
const HOOK_MS = 60_000
/** So long (ms) after finding that something is still on its way, it is looked for again. */
const AGAIN_MS = 20
/** Where so many files wait already, the order of what comes is settled long before it is sent. */
const MANY = 1_000

export type SpoolOptions = {
  /** The folder with `new` and `bad` in it. */
  dir: string
  /** The project of a session, or where the events of unknown ones go; nothing keeps the file for later. */
  projectOf: (session: SessionId | undefined) => ProjectId | undefined
  clientFor: (project: ProjectId) => Client
  secretsOf: (session: SessionId | undefined) => readonly string[]
  /** Every payload as a hook left it, before anything of it is sent. */
  heard: (read: Spooled, payload: unknown) => void
  log: Log
}

/** Empties the hook spool: what agents' hooks leave there goes to the server, in order, redacted, and is deleted once it has it. */
export class Spool {
  #options: SpoolOptions
  #aside: Aside
  #lanes = new Map<ProjectId, SpoolLane>()
  /** Files that are in a lane. */
  #known = new Set<string>()
  /** Files the watching has told of since the last turn of the loop. */
  #told = new Set<string>()
  #watcher: { close(): void } | undefined
  #timer: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  #dropped = 0

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#aside = new Aside(join(options.dir, 'bad'), options.log)
  }

  start(): void {
    this.#watcher = watch(this.#folder, (_, name) => this.#tell(name))
    this.#timer = setInterval(() => this.look(), LOOK_MS)
    this.look()
  }

  stop(): void {
    this.#watcher?.close()
    clearInterval(this.#timer)
    clearTimeout(this.#again)
    for (const lane of this.#lanes.values()) lane.stop()
  }

  /** Takes in all that is there. */
  look(): void {
    for (const name of readdirSync(this.#drafts)) this.#finish(name)
    this.#takeAll()
    this.#sayDropped()
  }

  /** Resolves when all that was taken in has been dealt with, for as long as the server takes it. */
  async drained(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.going))
  }

  /** A hook that finds the spool full adds a line of two bytes to `dropped`, and goes on. */
  #sayDropped(): void {
    const size = statSync(join(this.#options.dir, 'dropped'), { throwIfNoEntry: false })?.size ?? 0
    if (size > this.#dropped)
      this.#options.log('warn', 'hook events were dropped, the spool was full', { total: size / 2 })
    this.#dropped = size
  }

  /** What a hook had received as a whole before it was killed is published for it; a part of one can never be sent. */
  #finish(name: string): void {
    const path = join(this.#drafts, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat?.isFile() || stat.mtimeMs > Date.now() - HOOK_MS) return
    if (isWhole(readFileSync(path, 'utf8'))) renameSync(path, join(this.#folder, name))
    else this.#aside.put({ name, path }, 'its hook was cut off')
  }

  get #drafts(): string {
    return join(this.#options.dir, 'tmp')
  }

  get #folder(): string {
    return join(this.#options.dir, 'new')
  }

  #tell(name: string | null): void {
    if (name === null) return this.look()
    if (this.#told.size === 0) setImmediate(() => this.#takeTold())
    this.#told.add(name)
  }

  #takeTold(): void {
    const names = [...this.#told]
    this.#told.clear()
    if (this.#known.size > MANY) this.#take(names)
    else this.#takeAll()
  }

  /**
   * An agent goes on while the file of its hook is still moved, so that of a later one may show first; that one waits.
   * Drafts are looked for before what is published: a file that moves meanwhile is seen at one of the two places.
   */
  #takeAll(): void {
    const drafts = draftsIn(this.#drafts)
    const isEarly = ({ name, at }: Item) => at > (drafts.get(sourceOf(name)) ?? at)
    if (!this.#take(readdirSync(this.#folder), isEarly)) return
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#takeAll(), AGAIN_MS)
  }

  /** Answers whether something was left for later, because it `isEarly`. */
  #take(names: string[], isEarly: (item: Item) => boolean = () => false): boolean {
    const found = names.filter((name) => !this.#known.has(name)).flatMap((name) => this.#item(name) ?? [])
    const items = found.filter((item) => !isEarly(item))
    items.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.name < b.name ? -1 : 1))
    const touched = new Set<SpoolLane>()
    for (const item of items) {
      const project = this.#options.projectOf(item.read.session)
      if (!project) continue // looked at again later: a project may be chosen by then
      const lane = this.#lane(project)
      this.#known.add(item.name)
      lane.add(item)
      touched.add(lane)
    }
    for (const lane of touched) lane.go()
    return items.length < found.length
  }

  /** Nothing for a file that has just been taken away, or that no hook made. */
  #item(name: string): Item | undefined {
    const path = join(this.#folder, name)
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!stat?.isFile()) return undefined
    const read = readSpoolName(name, Number(stat.mtimeNs / 1_000n) / 1_000)
    if (read) return { name, path, at: stat.mtimeNs, read }
    this.#aside.put({ name, path }, 'no hook names a file like this')
    return undefined
  }

  #lane(project: ProjectId): SpoolLane {
    const known = this.#lanes.get(project)
    if (known) return known
    const { clientFor, secretsOf, heard, log } = this.#options
    const complain = (error: unknown) => log('warn', `hook events wait: ${sentenceOf(error)}`, { project })
    const lane = new SpoolLane({
      client: clientFor(project),
      aside: this.#aside,
      secretsOf,
      heard,
      gone: (name) => this.#known.delete(name),
      complain,
    })
    this.#lanes.set(project, lane)
    return lane
  }
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // the rest of it never came
  }
}
