import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { ProjectId, SessionId } from '../protocol/ids.ts'
import { endTogether } from './endings.ts'
import { keepFinalScreen } from './final-screen.ts'
import { type Exit, findHolder, type HolderClient } from './holder-client.ts'
import { EXIT, LAUNCH, readJson } from './holder-files.ts'
import { type Journal, type Place, readJournal, writeJournal } from './journal.ts'
import { isWithin } from './policy.ts'
import { endTree, type Tree } from './process-tree.ts'
import type { Here } from './todo.ts'
import { sayVerdict, type Verdict, verdictIn } from './verdict.ts'
import { tidyWorktree } from './worktree.ts'

/** What is known of a session before anything of it runs here. */
export type Identity = { id: SessionId; project: ProjectId; profile: string; dir: string }

/** How long (ms) a program has to end when it is asked to, before it is made to. */
const GRACE_MS = 5_000
/** How long (ms) a holder may take to come up whose start nobody saw the end of. */
const START_MS = 2_500
/** How long (ms) the folder of a session stays after its end: its last screen is there. */
const KEPT_MS = 7 * 24 * 60 * 60_000

/** A session on this machine: what its journal says, and the holder of its terminal while there is one. */
export class LocalSession {
  readonly id: SessionId
  readonly project: ProjectId
  readonly profile: string
  readonly dir: string
  /** Values that must not leave this machine, from the environment it was started with. */
  secrets: readonly string[] = []
  /** Where it works, once that is decided. */
  place: Place | undefined
  /** Since when (ms since 1970) its program runs. */
  since: number | undefined
  here: Here = { state: 'opening' }
  #holder: HolderClient | undefined
  #verdict: Verdict | undefined
  #changed: () => void

  constructor({ id, project, profile, dir }: Identity, changed: () => void) {
    this.id = id
    this.project = project
    this.profile = profile
    this.dir = dir
    this.#changed = changed
  }

  /** Takes the holder's side of it: from now on what happens there is known here. */
  hold(holder: HolderClient): void {
    this.#holder = holder
    const { exit, startedAt } = holder.hello
    this.since ??= startedAt
    this.here = exit ? exited(this.dir, exit) : { state: 'running' }
    if (!exit) holder.onExit((exit) => void this.#ended(exit))
    holder.onClose(() => this.#left(holder))
    this.#changed()
  }

  /** It cannot be started, and will not be tried again. */
  fail(reason: string): void {
    this.journal('failed', { reason })
    this.clear({ state: 'failed', reason })
  }

  /**
   * Nothing holds its terminal. A program that does not mind that is ended first, with all it started: only then does
   * anybody hear `how` it went, or its task would be another's while it still works on it.
   */
  clear(how: Extract<Here, { state: 'failed' | 'lost' }>): void {
    this.#become({ state: 'ending' })
    void this.#endAll().finally(() => this.#become(how))
  }

  /** Ends the program and all it started; its exit tells when that is done. */
  end(): void {
    if (this.here.state !== 'running') return
    void endTogether(this.tree, GRACE_MS).catch(() => this.#holder?.end(GRACE_MS)) // it can do so alone
    this.#become({ state: 'ending' })
  }

  /** As `end`, because this machine wants it so. */
  condemn(verdict: Verdict): void {
    if (this.here.state !== 'running') return
    this.#verdict = verdict // also where it cannot be written
    sayVerdict(this.dir, verdict)
    this.end()
  }

  journal(state: Journal['state'], more: { pid?: number; reason?: string } = {}): void {
    const { id: session, project, profile, place } = this
    const at = Date.now()
    if (state === 'started') this.since ??= at
    writeJournal(this.dir, { state, at, project, session, profile, ...(place && { place }), ...more })
  }

  /** The project knows how it ended: its last screen stays in its folder, and its holder goes, with all it started. */
  async forget(): Promise<void> {
    const holder = this.#holder
    if (holder && this.here.state === 'exited') await keepFinalScreen(this.dir, holder)
    await this.#endAll() // its holder does that too, and may have been killed over it
    this.journal('over')
    holder?.release()
    this.#holder = undefined
    holder?.close()
    const worktree = this.place?.worktree
    // The journal is in a folder that the session itself may write to.
    if (worktree && isWithin(join(this.dir, '../../worktrees'), resolve(worktree)))
      await tidyWorktree(worktree, ({ session }) => session === this.id)
  }

  /** Lets go of the holder, which lives on. */
  leave(): void {
    const holder = this.#holder
    this.#holder = undefined
    holder?.close()
  }

  /** Looks once more for a holder that came up too late to be seen. */
  async lookAgain(): Promise<void> {
    const holder = await findHolder(this.dir)
    if (holder && !this.#holder) this.hold(holder)
    else if (holder) holder.close()
  }

  /** What its program left running might work on beside whoever gets its task next, so that goes first. */
  async #ended(exit: Exit): Promise<void> {
    this.#become({ state: 'ending' })
    await this.#endAll().finally(() => this.#become(exited(this.dir, exit, this.#verdict)))
  }

  #left(holder: HolderClient): void {
    if (this.#holder !== holder) return
    this.#holder = undefined
    if (this.here.state === 'exited') return
    const exit = exitIn(this.dir)
    if (exit) void this.#ended(exit)
    else this.clear({ state: 'lost', reason: 'what held its terminal died' })
  }

  /** All that its program has started, and itself. */
  get tree(): Tree {
    const pid = this.#holder?.hello.childPid
    return { mark: `MAESTRO_SESSION_ID=${this.id}`, ...(pid && { pid }) }
  }

  #endAll(): Promise<unknown> {
    return endTree({ mark: this.tree.mark }, GRACE_MS) // the program's number may be another's by now
  }

  #become(here: Here): void {
    this.here = here
    this.#changed()
  }
}

/** What a folder of a session says about it, after a new start of the daemon; nothing when all is told and done. */
export async function adopt(dir: string, changed: () => void): Promise<LocalSession | undefined> {
  const journal = readJournal(dir)
  if (journal?.state === 'over' && journal.at < Date.now() - KEPT_MS) rmSync(dir, { recursive: true })
  if (!journal || journal.state === 'over') return undefined
  const { session: id, project, profile, state } = journal
  const local = new LocalSession({ id, project, profile, dir }, changed)
  local.place = journal.place
  if (state === 'started') local.since = journal.at
  if (state !== 'failed') await local.lookAgain()
  if (state === 'starting' && local.here.state === 'opening') await waitForStart(local)
  if (local.here.state !== 'opening') return local
  const exit = exitIn(dir)
  if (exit && state !== 'failed') local.here = exited(dir, exit)
  else local.clear(withoutHolder(journal))
  return local
}

/**
 * The last daemon died in the middle of a start. Without its launch file no holder begins any more; where that is gone
 * already, a holder may be on its way up.
 */
async function waitForStart(local: LocalSession): Promise<void> {
  const path = join(local.dir, LAUNCH)
  if (existsSync(path)) return rmSync(path, { force: true })
  for (const until = performance.now() + START_MS; performance.now() < until; await after(50)) {
    await local.lookAgain()
    if (local.here.state !== 'opening') return
  }
}

function withoutHolder({ state, reason }: Journal): Extract<Here, { state: 'failed' | 'lost' }> {
  if (state === 'failed') return { state, reason: reason ?? 'it could not be started' }
  if (state === 'starting') return { state: 'failed', reason: 'the spawner died while starting it' }
  return { state: 'lost', reason: 'what held its terminal is gone' }
}

function exitIn(dir: string): Exit | undefined {
  return readJson(join(dir, EXIT)) as Exit | undefined // only a holder writes it, whole
}

function exited(dir: string, { code, signal }: Exit, known?: Verdict): Here {
  const verdict = known ?? verdictIn(dir)
  return { state: 'exited', code, signal, ...(verdict && { verdict }) }
}
