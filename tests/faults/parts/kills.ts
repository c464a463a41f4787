import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, homeAt, readJson } from '../../../embedded/home.ts'
import { type Owner, ownerOf } from '../../../embedded/lock.ts'
import { findParts, isAlive } from '../../../embedded/processes.ts'
import { liveHolder, type Whereabouts } from '../../../local-spawner/holder-files.ts'
import type { System } from '../../e2e/system.ts'
import { pidsWith } from '../../edge/parts/proc.ts'
import type { Chance } from './chance.ts'

/** What dies. `server` is the process that a user started together with its engine; either may also die alone. */
export type Victim = 'agent' | 'holder' | 'spawner' | 'engine' | 'parent' | 'server' | 'machine'

const weights: Record<Victim, number> = {
  agent: 32,
  holder: 24,
  spawner: 20,
  engine: 10,
  parent: 5,
  server: 7,
  machine: 2,
}
const kinds = Object.keys(weights) as Victim[] // its own keys
/** Those whose death a user sees, and types `maestro up` again. */
const isUsersBusiness = (victim: Victim) => victim === 'parent' || victim === 'server' || victim === 'machine'

/** Where nothing happens any more the next death comes after so long, in ms. */
const STILL_MS = 3_000
/** How long nobody starts the server again: mostly a moment, now and then long enough for claims to run out. */
const MOMENT_MS = 1_000
const LONGEST_MS = 40_000

type Options = {
  system: System
  chance: Chance
  /** How much has happened: a number that grows. */
  progress: () => number
  /** From one death to the next on the whole, by that number: a slow machine is not killed faster than it works. */
  every: number
  say: (line: string) => void
  /** Told while the server is dead: its files hold still. */
  whileDead: () => void
}

/** Kills (SIGKILL, always) by chance, and starts the server again as its user would. */
export class Kills {
  readonly count: Record<Victim, number> = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Victim, number> // of the same keys
  /** How long (ms) each start of the server took that followed. */
  readonly starts: number[] = []
  #options: Options
  #home: Home
  #restart: Promise<void> | undefined
  /** Why the server did not start again, if it ever did not. */
  #failure: unknown
  #longest = MOMENT_MS

  constructor(options: Options) {
    this.#options = options
    this.#home = homeAt(options.system.home)
  }

  get total(): number {
    return Object.values(this.count).reduce((sum, count) => sum + count, 0)
  }

  /** For so long (ms); resolves when everything that died for good is back. */
  async go(forMs: number): Promise<void> {
    const { chance } = this.#options
    this.#longest = Math.min(LONGEST_MS, forMs / 15)
    for (const until = performance.now() + forMs; performance.now() < until && !this.#failure; ) {
      await this.#wait()
      // While somebody starts it, its parts are let alone: whoever killed them then had only kept it from starting.
      const { agent, holder } = weights
      this.#kill(this.#restart ? chance.weighed({ agent, holder }) : chance.weighed(weights))
    }
    await this.#restart
    if (this.#failure) throw this.#failure
  }

  async #wait(): Promise<void> {
    const { chance, every, progress } = this.#options
    const enough = progress() + chance.gap(every)
    const until = performance.now() + STILL_MS
    while (progress() < enough && performance.now() < until) await pause(20)
  }

  #kill(victim: Victim): void {
    const pids = this.#find(victim)
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    this.count[victim]++
    this.#options.say(`killed ${victim} ${pids.join(' ')}`)
    if (!isUsersBusiness(victim)) return
    this.#restart = this.#startAgain()
      .catch((error: unknown) => {
        this.#failure = error
      })
      .finally(() => {
        this.#restart = undefined
      })
  }

  async #startAgain(): Promise<void> {
    const { system, chance, say, whileDead } = this.#options
    await pause(chance.next() < 0.15 ? chance.next() * this.#longest : chance.gap(MOMENT_MS))
    if (this.#find('engine').length === 0) whileDead()
    const began = performance.now()
    await system.up(Number(new URL(system.ready.url).port))
    this.starts.push(performance.now() - began)
    say(`up again after ${Math.round(performance.now() - began)} ms`)
  }

  #find(victim: Victim): number[] {
    const { chance } = this.#options
    const engines = () => findParts(this.#home.root, 'engine').map(({ pid }) => pid)
    const parent = () => [ownerOf(this.#home)?.pid ?? []].flat()
    const one = (pids: number[]) => [chance.pick(pids) ?? []].flat()
    switch (victim) {
      case 'agent':
        return one(this.#holders().map(({ childPid }) => childPid))
      case 'holder':
        return one(this.#holders().map(({ pid }) => pid))
      case 'spawner':
        return (readJson<Owner>(join(this.#home.run, 'owner.json'))?.children ?? [])
          .filter(isAlive)
          .map(({ pid }) => pid)
      case 'engine':
        return engines()
      case 'parent':
        return parent()
      case 'server':
        return [...parent(), ...engines()]
      case 'machine':
        return pidsWith(this.#home.root)
    }
  }

  #holders() {
    const dirs = readdirSync(this.#home.sessions).map((name) => join(this.#home.sessions, name))
    const live = dirs.map(liveHolder).filter((holder) => holder !== undefined)
    return live.filter(isItsAgent)
  }
}

/** Its agent may be long gone, and its number somebody else's. */
function isItsAgent({ childPid, session }: Whereabouts): boolean {
  try {
    return readFileSync(`/proc/${childPid}/environ`, 'utf8').split('\0').includes(`MAESTRO_SESSION_ID=${session}`)
  } catch {
    return false // it has gone
  }
}

/** One that has gone by itself in this moment is dead as well. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, ms)))
