import { existsSync, readdirSync, readFileSync, renameSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Known } from '../hooks/secrets.ts'
import { readSpoolName, type Spooled } from '../hooks/spool.ts'
import type { ProjectId, SessionId } from '../protocol/ids.ts'
import { type Facts, type Log, sentenceOf } from './log.ts'
import { Aside } from './spool-aside.ts'
import type { Reporter } from './spool-ask.ts'
import { draftsIn, sourceOf } from './spool-drafts.ts'
import { Gaps } from './spool-gaps.ts'
import { SpoolLane } from './spool-lane.ts'
import { Missing } from './spool-missing.ts'
import { type Item, inOrder } from './spool-order.ts'
import { noteSent } from './spool-reader.ts'

/** Whatever the watching misses is found by looking. */
const LOOK_MS = 5_000
/** No hook takes so long (ms) over a payload: one that was killed left what lies there still. */
const HOOK_MS = 60_000
/** So long (ms) after finding that something is still on its way, it is looked for again. */
const AGAIN_MS = 20
/** Where so many files wait already, the order of what comes is settled long before it is sent. */
const MANY = 1_000

export type SpoolOptions = {
  /** The folder with `new`, `tmp` and `bad` in it. */
  dir: string
  /** The project of a session, or where the events of unknown ones go; nothing keeps the file for later. */
  projectOf: (session: SessionId | undefined) => ProjectId | undefined
  reporterFor: (project: ProjectId) => Reporter
  /** What must not leave this machine of what a session's hooks say. */
  knownOf: (session: SessionId | undefined) => Known
  /** Every payload as a hook left it, before anything of it is sent. */
  heard: (read: Spooled, payload: unknown) => void
  /** Told of every batch that the server has taken, and how many events that were. */
  sent?: (events: number) => void
  log: Log
}

/** Empties the hook spool: what agents' hooks leave there goes to the server, in order, redacted, and is deleted once it has it. */
export class Spool {
  #options: SpoolOptions
  #aside: Aside
  #gaps: Gaps
  /** Two for each project, so that one batch is under way while the answer to another is on its way back; a source keeps to one. */
  #lanes = new Map<string, SpoolLane>()
  /** Files that are in a lane. */
  #known = new Set<string>()
  /** Files the watching has told of since the last turn of the loop. */
  #told = new Set<string>()
  #watcher: { close(): void } | undefined
  #timer: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  #isHolding = false
  /** What was complained of last, by what it is about: the same again and again would only fill the log. */
  #complaints = new Map<string, string>()
  /** Why it is not known of some files where they go. */
  #astray: string | undefined

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#gaps = new Gaps(options.dir)
    this.#aside = new Aside(join(options.dir, 'bad'), this.#gaps, options.log)
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
    for (const name of readdirSync(this.#drafts)) this.#tryFinish(name)
    this.#collectGaps()
    this.#takeAll()
  }

  /** Whether something comes soon: what waits for an older one, and drops that are not events yet. */
  hasMore(): boolean {
    const names = readdirSync(this.#options.dir)
    return this.#isHolding || names.some((name) => name.startsWith('dropped') || name.startsWith('counted.'))
  }

  /** Resolves when all that was taken in has been dealt with, for as long as the server takes it. */
  async drained(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.going))
  }

  /** Resolves when each lane has sent all it has, or cannot for now. */
  async rested(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.rests))
  }

  /** Why something waits, where that is known. */
  get complaint(): string | undefined {
    const stuck = [...this.#lanes.values()].flatMap((lane) => lane.stuck ?? []).at(0) ?? this.#astray
    return stuck === undefined ? this.#aside.complaint : waits(stuck)
  }

  /** A full disk must not keep what is there from being sent: that is what empties it. */
  #collectGaps(): void {
    try {
      this.#gaps.collect()
    } catch (error) {
      this.#options.log('error', `dropped hook events cannot be told of yet: ${sentenceOf(error)}`)
    }
  }

  /** One of them must not keep all others from being taken in. */
  #tryFinish(name: string): void {
    try {
      this.#finish(name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return // its hook was alive after all
      this.#once(name, 'error', `what a hook had begun cannot be finished: ${sentenceOf(error)}`, { file: name })
    }
  }

  /** What a hook had received as a whole before it was killed is published for it; a part of one can never be sent. */
  #finish(name: string): void {
    const path = join(this.#drafts, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat?.isFile() || Math.abs(Date.now() - stat.mtimeMs) < HOOK_MS) return // the clock may have been set back since
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
    if (this.#known.has(name)) return // a file that we have deleted ourselves
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
    this.#isHolding = this.#take(readdirSync(this.#folder), isEarly)
    if (!this.#isHolding) return
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#takeAll(), AGAIN_MS)
  }

  /** Answers whether something was left for later, because it `isEarly`. */
  #take(names: string[], isEarly: (item: Item) => boolean = () => false): boolean {
    const taken = performance.now()
    const found = names.filter((name) => !this.#known.has(name)).flatMap((name) => this.#item(name, taken) ?? [])
    const items = found.filter((item) => !isEarly(item))
    items.sort(inOrder)
    const touched = new Set<SpoolLane>()
    const projects = this.#projectsOf(items)
    for (const item of items) {
      const project = projects.get(item.read.session)
      if (!project) continue // looked at again later: a project may be chosen by then
      const lane = this.#lane(project, item.read.session)
      this.#known.add(item.name)
      lane.add(item)
      touched.add(lane)
    }
    for (const lane of touched) lane.go()
    return items.length < found.length
  }

  #projectsOf(items: Item[]): Map<SessionId | undefined, ProjectId | undefined> {
    const projects = new Map<SessionId | undefined, ProjectId | undefined>()
    this.#astray = undefined
    for (const { read } of items)
      if (!projects.has(read.session)) projects.set(read.session, this.#projectOf(read.session))
    return projects
  }

  /** Where it cannot be found out, that session's events wait, and nobody else's. */
  #projectOf(session: SessionId | undefined): ProjectId | undefined {
    try {
      return this.#options.projectOf(session)
    } catch (error) {
      const whose = session ?? 'a session that nobody started here'
      this.#astray = `the project of ${whose} cannot be found out: ${sentenceOf(error)}`
      this.#once(whose, 'warn', waits(this.#astray), { session })
      return undefined
    }
  }

  /** Nothing for a file that has just been taken away, or that no hook made. */
  #item(name: string, taken: number): Item | undefined {
    const path = join(this.#folder, name)
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!stat?.isFile()) return undefined
    const read = readSpoolName(name, Number(stat.mtimeNs / 1_000n) / 1_000)
    if (read) return { name, path, at: stat.mtimeNs, read, taken }
    this.#aside.put({ name, path }, 'no hook names a file like this')
    return undefined
  }

  #lane(project: ProjectId, session: SessionId | undefined): SpoolLane {
    const name = `${project} ${(session?.charCodeAt(session.length - 1) ?? 0) % 2}`
    const known = this.#lanes.get(name)
    if (known) return known
    const { reporterFor, knownOf, heard } = this.#options
    const lane = new SpoolLane({
      reporter: () => reporterFor(project),
      aside: this.#aside,
      missing: new Missing(this.#options.dir, project),
      knownOf,
      heard,
      gone: (name) => this.#known.delete(name),
      sent: (events) => this.#sent(project, events),
      complain: (sentence) => this.#once(project, 'warn', waits(sentence), { project }),
    })
    this.#lanes.set(name, lane)
    return lane
  }

  #sent(project: ProjectId, events: number): void {
    this.#options.sent?.(events)
    if (this.#complaints.delete(project)) this.#options.log('info', 'hook events are sent again', { project })
    this.#note()
  }

  /** It only serves those who ask how things stand. */
  #note(): void {
    try {
      noteSent(this.#options.dir)
    } catch (error) {
      this.#once('sent', 'warn', `that hook events are sent cannot be noted: ${sentenceOf(error)}`)
    }
  }

  #once(about: string, level: 'warn' | 'error', message: string, facts: Facts = {}): void {
    if (this.#complaints.get(about) === message) return
    this.#complaints.set(about, message)
    this.#options.log(level, message, facts)
  }
}

const waits = (sentence: string) => `hook events wait: ${sentence}`

/** How many events wait in a spool. */
export function waitingIn(spool: string): number {
  const fresh = join(spool, 'new')
  return existsSync(fresh) ? readdirSync(fresh).length : 0
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // the rest of it never came
  }
}
