import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { SessionId } from '../protocol/ids.ts'
import { EXIT, LAUNCH, liveHolder, readJson, writeJson } from './holder-files.ts'
import type { Home } from './home.ts'
import { JOURNAL, type Journal } from './journal.ts'
import { hasSpawner } from './lock.ts'
import { endTrees, type Tree } from './process-tree.ts'
import { sayVerdict, type Verdict } from './verdict.ts'

/** Since when (ms since 1970) nothing may run or be typed on this machine, and why. */
export type Panic = { at: number; reason: string }

/** Politely for a moment, in ms: whoever panics does not want to wait. */
const GRACE_MS = 1_200
/** How long (ms) a daemon that has just looked past the marker may take to have a program running. */
const LATE_MS = 300
/** Somebody who starts one program after another by other means is not to keep this from coming to an end. */
const MOST_ROUNDS = 10
/** A holder is up long before that (ms), or never. */
const START_MS = 2_500

/** What becomes of each session that a panic ends. */
export const byPanic: Verdict = { outcome: 'stopped', reason: 'stopped by a panic on this machine' }

/** The panic of this machine, if there is one that is not over. */
export function panicOf(home: Home): Panic | undefined {
  return readJson(home.panic) as Panic | undefined // only `panic` writes it, whole
}

export function isPanic({ panic }: Home): boolean {
  return existsSync(panic)
}

/** Nothing starts or is typed here from now on, and all that runs is ended, daemon or no daemon. */
export async function panic(home: Home, reason: string): Promise<{ ended: SessionId[]; left: number[] }> {
  const unsaid = say(home, reason)
  const ended = new Set<SessionId>()
  let left: number[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = sessionsIn(home)
    for (const { id, dir } of found.filter(({ runs }) => runs)) {
      sayVerdict(dir, byPanic)
      ended.add(id)
    }
    left = await endTrees(
      found.map(({ tree }) => tree),
      GRACE_MS,
    )
    const mayCome = found.some(({ starts }) => starts) || (round === 0 && hasSpawner(home))
    if (!mayCome && left.length === 0) break
    await after(LATE_MS)
  }
  if (unsaid) throw unsaid // all has ended; but it is not kept from starting again
  return { ended: [...ended], left }
}

/** Writes the marker; where that cannot be, what runs is ended all the same, and then it is said. */
function say(home: Home, reason: string): Error | undefined {
  try {
    mkdirSync(home.root, { recursive: true, mode: 0o700 })
    if (!isPanic(home)) writeJson(home.panic, { at: Date.now(), reason } satisfies Panic)
    return undefined
  } catch (cause) {
    return new Error(`All agents of this machine were ended, but ${home.panic} could not be written`, { cause })
  }
}

/** What was ended stays ended; what is asked for from now on is started. Answers whether there was a panic. */
export function endPanic(home: Home): boolean {
  const was = isPanic(home)
  rmSync(home.panic, { force: true })
  return was
}

type Held = { id: SessionId; dir: string; tree: Tree; runs: boolean; starts: boolean }

/** What is or was held here; one that is about to be started is kept from it. */
function sessionsIn({ sessions, session }: Home): Held[] {
  const names = existsSync(sessions) ? readdirSync(sessions) : []
  return names.flatMap((name) => SessionId.safeParse(name).data ?? []).map((id) => heldIn(session(id), id))
}

function heldIn(dir: string, id: SessionId): Held {
  const holder = unlessBroken(() => liveHolder(dir))
  if (!holder) rmSync(join(dir, LAUNCH), { force: true })
  const runs = holder !== undefined && !existsSync(join(dir, EXIT))
  // The number of a program that has ended may be another's by now.
  const tree = { mark: `MAESTRO_SESSION_ID=${id}`, ...(runs && { pid: holder.childPid }) }
  return { id, dir, tree, runs, starts: !holder && isStarting(dir) }
}

/** Whoever started its holder may have died over it; the holder comes up all the same. */
function isStarting(dir: string): boolean {
  const journal = unlessBroken(() => readJson(join(dir, JOURNAL)) as Partial<Journal> | undefined) // of any content
  const { state, at } = journal ?? {}
  return state === 'starting' && at !== undefined && Date.now() - at < START_MS
}

/** A session's own programs may have written in its folder: they are ended by their mark, whatever is there. */
function unlessBroken<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // not written by us: those are whole
  }
}
