import { mkdirSync } from 'node:fs'
import type { Client } from '../client/client.ts'
import { refuse } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { openHolder } from './holder-client.ts'
import type { Home } from './home.ts'
import { readJournal } from './journal.ts'
import { prepare } from './launch.ts'
import type { LocalSession } from './local-session.ts'
import { type Log, sentenceOf } from './log.ts'
import { NotNow } from './not-now.ts'
import { byPanic, isPanic } from './panic.ts'
import type { Neighbours } from './place.ts'
import type { PolicyWatch } from './policy-watch.ts'
import { programs } from './programs.ts'
import { Slots } from './slots.ts'
import { leaveWorktree } from './worktree.ts'

/** How many sessions are started at once: each start takes a processor for a moment. */
const AT_ONCE = 4

/** Starts the programs of sessions. */
export class Openings {
  #home: Home
  #policy: PolicyWatch
  #log: Log
  #slots = new Slots(AT_ONCE)
  #starting = 0

  #sessions: ReadonlyMap<SessionId, LocalSession>

  constructor(home: Home, policy: PolicyWatch, log: Log, sessions: ReadonlyMap<SessionId, LocalSession>) {
    this.#sessions = sessions
    this.#home = home
    this.#policy = policy
    this.#log = log
  }

  /** Starts it, or makes it fail for good. Throws NotNow when nothing was started and asking again may help. */
  async open(local: LocalSession, project: Project, client: Client): Promise<void> {
    try {
      mkdirSync(local.dir, { recursive: true, mode: 0o700 })
      await this.#slots.run(() => this.#start(local, project, client))
    } catch (error) {
      if (error instanceof NotNow && local.place?.worktree) leaveWorktree(local.place.worktree)
      if (error instanceof NotNow) throw error
      this.#log('warn', `a session could not be started: ${sentenceOf(error)}`, { session: local.id })
      local.fail(sentenceOf(error))
    }
  }

  async #start(local: LocalSession, project: Project, client: Client): Promise<void> {
    const began = performance.now()
    const session = project.sessions[local.id]!
    const journal = readJournal(local.dir)
    if (journal) refuse('conflict', `A session ${local.id} has been on this machine before (${journal.state})`)
    const tasks = session.tasks.flatMap((id) => project.tasks[id] ?? [])
    const brief = { session, tasks }
    const prepared = await prepare(this.#home, this.#policy.read(), brief, client, this.#neighboursOf(local))
    const { launch, secrets, agentSession } = prepared
    // Preparing takes a while; the last word is here, before anything runs.
    if (isPanic(this.#home) || project.frozen) throw new NotNow('nothing is to be started just now')
    const holder = await this.#withRoom(() => {
      local.secrets = secrets
      local.journal('starting')
      return openHolder(local.dir, launch, programs.holder)
    })
    local.journal('started', { pid: holder.hello.childPid })
    local.hold(holder)
    if (isPanic(this.#home)) local.condemn(byPanic) // it looked for what runs just before this did
    this.#log('info', 'a session runs', { session: local.id, ms: Math.round(performance.now() - began) })
    if (agentSession) void this.#register(local.id, agentSession, client.with({ key: launch.env.MAESTRO_API_KEY! })) // `prepare` put it there
  }

  /** Whatever the server asks for: no more run at once than the policy says, of all projects together. */
  async #withRoom<T>(start: () => Promise<T>): Promise<T> {
    const held = [...this.#sessions.values()].filter(({ here }) => here.state === 'running' || here.state === 'ending')
    if (held.length + this.#starting >= this.#policy.read().capacity) throw new NotNow('this machine is at capacity')
    this.#starting++
    try {
      return await start()
    } finally {
      this.#starting--
    }
  }

  /** Of a session that an older daemon began nobody knows where it works: it may be anywhere. */
  #neighboursOf(local: LocalSession): Neighbours {
    const others = () =>
      [...this.#sessions.values()].filter(({ id, here }) => id !== local.id && here.state !== 'failed')
    return {
      isTaken: (root) => others().some(({ place, here }) => (place ? place.root === root : here.state !== 'opening')),
      take: (place) => {
        local.place = place
      },
    }
  }

  /** The agent's own id for the session. Its first hook says it too, so a failure is no harm. */
  async #register(session: SessionId, agentSession: string, client: Client): Promise<void> {
    const done = client.execute('session.register', { session, agentSession })
    await done.catch((error) => this.#log('warn', sentenceOf(error), { session }))
  }
}
