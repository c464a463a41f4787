import { readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { Client } from '../client/client.ts'
import { backoff } from '../client/retry.ts'
import type { Known } from '../hooks/secrets.ts'
import about from '../package.json' with { type: 'json' }
import { isRetryable, MaestroError, refuse } from '../protocol/errors.ts'
import { ProjectId, SessionId, type SpawnerId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { atWork } from '../protocol/session-rules.ts'
import { skillNames } from '../skills/loader.ts'
import { programOf } from './agents.ts'
import { type Connection, projectsEvery } from './connection.ts'
import { environmentFor, environmentOf, secretsIn } from './environment.ts'
import { readJson, writeJson } from './holder-files.ts'
import type { Home } from './home.ts'
import { readJournal } from './journal.ts'
import { Limits } from './limits.ts'
import { adopt, LocalSession } from './local-session.ts'
import { takeSpool } from './lock.ts'
import { type Log, sentenceOf } from './log.ts'
import { Openings } from './openings.ts'
import { byPanic, isPanic } from './panic.ts'
import { PolicyWatch } from './policy-watch.ts'
import { programs, skillFolders } from './programs.ts'
import { ProjectWork } from './project-work.ts'
import { Spool } from './spool.ts'
import { sayCommandLine, sayLeaving, sayReading } from './spool-reader.ts'
import { tellingOf } from './telling.ts'
import type { Facts, Me } from './todo.ts'
import { Usage } from './usage.ts'

/** How often (ms) to look whether there is another policy, or a holder that came up late. */
const LOOK_MS = 1_000
const RETRY_MS = 200
/** How often (ms) the spool is asked for while a flush still has it. */
const SPOOL_MS = 200
/** How long (ms) whoever waits for this machine waits for every project to know of it: one that is broken must not be all. */
const READY_MS = 4_000

/** This machine: what runs on it, what its policy allows, and the work for every project its key may see. */
export class Spawner {
  readonly home: Home
  #log: Log
  #client: Client
  #policy: PolicyWatch
  #id: SpawnerId | undefined
  #name: string
  #facts: Facts
  #sessions = new Map<SessionId, LocalSession>()
  #works = new Map<ProjectId, ProjectWork>()
  #openings: Openings
  #spool: Spool
  #giveSpool: (() => void) | undefined
  #usage: Usage
  #limits: Limits
  #timers: NodeJS.Timeout[] = []
  #complaint: string | undefined
  #isAsking = false
  #own = secretsIn(environmentOf(undefined))

  constructor(home: Home, { url, key, heartbeat }: Connection, log: Log) {
    this.home = home
    this.#log = log
    this.#client = new Client({ url, key, ...(heartbeat && { heartbeat }) })
    this.#policy = new PolicyWatch(home.policy, log)
    this.#limits = new Limits(this.#sessions, log)
    this.#openings = new Openings(home, this.#policy, log, this.#sessions)
    const known = readJson(home.me) as { name?: string } | undefined // written below, or by the person who renames it
    this.#name = (known?.name || hostname()).trim().slice(0, 100)
    this.#facts = this.#lookAtSelf()
    this.#usage = new Usage({
      ...{ spool: home.spool, dir: home.usage, log },
      environmentOf: (session) => environmentOf(this.#profileOf(session)),
    })
    this.#spool = new Spool({
      dir: home.spool,
      projectOf: (session) => this.#projectOf(session),
      reporterFor: (project) => this.#works.get(project) ?? this.#client.with({ project }),
      knownOf: (session) => this.#knownOf(session),
      heard: (read, payload) => this.#usage.heard(read, payload),
      log,
    })
  }

  get name(): string {
    return this.#name
  }

  /** Finds what runs here, then comes online; resolves when every project knows, or could have. */
  async start(): Promise<void> {
    await this.#adoptAll()
    this.#timers.push(setInterval(() => void this.#lookAround(), LOOK_MS)) // limits and a panic hold without a server too
    await this.#insist(() => this.#identify())
    await this.#insist(() => this.#lookForProjects())
    sayCommandLine(this.home, programs.maestro)
    this.#startSpool()
    this.#usage.start()
    this.#timers.push(setInterval(() => void this.#askForNew(), projectsEvery(this.#client.options.url)))
    const all = Promise.all([...this.#works.values()].map((work) => work.ready))
    await Promise.race([all, after(READY_MS, undefined, { ref: false })])
  }

  /** What runs here runs on. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#spool.stop()
    sayLeaving(this.home.spool)
    this.#giveSpool?.()
    this.#usage.stop()
    await Promise.all([...this.#works.values()].map((work) => work.stop()))
    for (const local of this.#sessions.values()) local.leave()
  }

  /** A flush may be at it; it gives up when it sees a daemon. Hooks see one from now on, and start no other. */
  #startSpool(): void {
    sayReading(this.home.spool)
    this.#giveSpool ??= takeSpool(this.home)
    if (this.#giveSpool) this.#spool.start()
    else this.#timers.push(setTimeout(() => this.#startSpool(), SPOOL_MS))
  }

  /** Looks for new projects now, rather than when it is time. */
  async look(): Promise<void> {
    await this.#lookForNew()
  }

  /** Never fails. */
  async #lookAround(): Promise<void> {
    try {
      this.#policy.look()
      if (isPanic(this.home)) for (const local of this.#sessions.values()) local.condemn(byPanic)
      this.#limits.look(this.#policy.last)
      const before = JSON.stringify(this.#facts)
      this.#facts = this.#lookAtSelf()
      if (JSON.stringify(this.#facts) !== before) for (const work of this.#works.values()) work.look()
      await this.#lookForLate()
      if (this.#giveSpool) sayReading(this.home.spool)
    } catch (error) {
      this.#log('warn', sentenceOf(error))
    }
  }

  /** One question at a time: a network that swallows them all must not have them pile up. */
  async #askForNew(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    await this.#lookForNew()
    this.#isAsking = false
  }

  /** Never fails: whoever cannot be reached now is asked again. */
  async #lookForNew(): Promise<void> {
    await this.#lookForProjects().catch((error) => this.#complainOnce(error))
  }

  /** The same complaint again and again would only fill the log. */
  #complainOnce(error: unknown): void {
    const sentence = sentenceOf(error)
    if (sentence !== this.#complaint) this.#log('warn', sentence)
    this.#complaint = sentence
  }

  async #adoptAll(): Promise<void> {
    const ids = readdirSync(this.home.sessions).map((name) => SessionId.safeParse(name).data)
    await Promise.all(ids.map((id) => id && this.#adopt(id)))
    const states = [...this.#sessions.values()].map(({ id, here }) => `${id} ${here.state}`)
    if (states.length > 0) this.#log('info', 'found sessions', { sessions: states })
  }

  async #adopt(id: SessionId): Promise<void> {
    try {
      const local = await adopt(this.home.session(id), () => this.#changed(id))
      if (!local) return
      local.secrets = this.#secretsOf(local.profile)
      this.#sessions.set(id, local)
    } catch (error) {
      this.#log('error', `the folder of a session cannot be read: ${sentenceOf(error)}`, { session: id })
    }
  }

  /** The values an adopted session was started with, as far as the policy still says them. */
  #secretsOf(profile: string): string[] {
    const known = this.#policy.now?.profile[profile]
    return known ? secretsIn(environmentFor(known, process.env)) : []
  }

  /** Who this is, by its key. */
  async #identify(): Promise<void> {
    const { spawner } = await this.#client.ask('whoami', {})
    this.#id =
      spawner ?? refuse('forbidden', 'The key in keys.json is not that of a spawner', { suggestion: 'maestro up' })
    writeJson(this.home.me, { id: spawner, name: this.#name })
  }

  /** Asks until somebody answers. A refusal is an answer. */
  async #insist(step: () => Promise<void>): Promise<void> {
    for (let tried = 0; ; tried++) {
      try {
        return await step()
      } catch (error) {
        if (!(error instanceof MaestroError) || !isRetryable(error.code)) throw error
        this.#log('warn', sentenceOf(error))
        await new Promise((resolve) => setTimeout(resolve, backoff(tried, RETRY_MS)))
      }
    }
  }

  async #lookForProjects(): Promise<void> {
    const { items } = await this.#client.with({ patience: { retries: 0, delay: 0 } }).ask('project.list', {})
    this.#complaint = undefined
    for (const { id } of items) if (!this.#works.has(id)) this.#work(id)
  }

  #work(id: ProjectId): void {
    const work = new ProjectWork(id, this.#client.with({ project: id }), {
      me: () => this.#me(),
      sessions: this.#sessions,
      open: (project, session, client) => this.#open(project, session, client),
      dirOf: (project, session) => (this.#projectOf(session) === project ? this.home.session(session) : undefined),
      mayType: () => this.#policy.now?.typing === true && !isPanic(this.home),
      log: this.#log,
    })
    this.#works.set(id, work)
    work.start()
  }

  #me(): Me {
    const works = [...this.#works.values()] // and `start` has asked who this is before any work begins
    const room = works.reduce((left, { project }) => left - atWork(project, this.#id!), this.#facts.capacity)
    return { id: this.#id!, facts: this.#facts, room, panic: isPanic(this.home) }
  }

  /** What this machine offers now: programs come and go, beside what the policy says. */
  #lookAtSelf(): Facts {
    const { profile = {}, workspace = {}, labels = [] } = this.#policy.now ?? {}
    const { capacity, typing } = (!isPanic(this.home) && this.#policy.now) || { capacity: 0, typing: false }
    const startable = Object.entries(profile).filter(([, one]) => programOf(one))
    const profiles = startable.map(([name, { agent }]) => ({ name, agent }))
    return {
      name: this.#name,
      machine: hostname().trim().slice(0, 100),
      version: about.version,
      profiles,
      workspaces: Object.keys(workspace),
      skills: skillNames(skillFolders(this.home)),
      ...{ capacity, typing, labels },
    }
  }

  /** Takes a session in and starts its program, at most once whatever happens meanwhile. Throws only what may pass. */
  async #open(project: Project, id: SessionId, client: Client): Promise<void> {
    const session = project.sessions[id]
    if (!session || !project.id || this.#sessions.has(id) || !SessionId.safeParse(id).success) return // it becomes a folder's name
    const identity = { id, project: project.id, profile: session.profile, dir: this.home.session(id) }
    const local = new LocalSession(identity, () => this.#changed(id))
    this.#sessions.set(id, local)
    try {
      await this.#openings.open(local, project, client)
    } catch (error) {
      this.#sessions.delete(id)
      throw error
    }
  }

  /** A holder that came up after its session was given up must not be left alone with its program. */
  async #lookForLate(): Promise<void> {
    const given = [...this.#sessions.values()].filter(({ here }) => here.state === 'failed' || here.state === 'lost')
    await Promise.allSettled(given.map((local) => local.lookAgain()))
  }

  /** What hooks may not say: what the session was started with; of one that people started, what they have here. */
  #knownOf(session: SessionId | undefined): Known {
    const secrets = (session && this.#sessions.get(session)?.secrets) ?? this.#own
    return { secrets, ...tellingOf(this.#policy.now) }
  }

  #changed(id: SessionId): void {
    const local = this.#sessions.get(id)
    if (local?.here.state === 'exited') this.#usage.ended(id)
    if (local) this.#works.get(local.project)?.look()
  }

  #profileOf(session: SessionId | undefined) {
    const name = session && (this.#sessions.get(session)?.profile ?? readJournal(this.home.session(session))?.profile)
    return name ? this.#policy.now?.profile[name] : undefined
  }

  #projectOf(session: SessionId | undefined): ProjectId | undefined {
    if (session) {
      const known = this.#sessions.get(session)?.project ?? readJournal(this.home.session(session))?.project
      if (known) return known
    }
    const config = readJson(this.home.config) as { project?: unknown } | undefined // of any content: it is parsed here
    return ProjectId.safeParse(config?.project).data
  }
}
