import { setTimeout as after } from 'node:timers/promises'
import { isRunning, type Process, processes, residentBytes, unlessGone } from './process-list.ts'

/** A program and all it started: its descendants, its terminal's session, and whoever inherited its mark. */
export type Tree = {
  /** Nothing where nobody knows whether that number is still the program's. */
  pid?: number
  /** 'NAME=value' in the environment of all of them: what finds a child that left the session and lost its parent. */
  mark: string
}

/** How often to look whether they have gone. */
const LOOK = 25
/** Between hanging up and asking to end: a program told to ignore SIGHUP has not been asked yet. */
const PATIENCE = 1_000
/** After SIGKILL; what is left then cannot be ended (it waits in the kernel). */
const LAST_LOOKS = 40

/** The memory (bytes) that each tree holds: what its processes have resident, added up, so what they share counts for each. */
export function memoryOf(trees: readonly Tree[]): number[] {
  const all = processes(new Set(trees.map(({ mark }) => mark)))
  return trees.map(({ pid, mark }) => {
    const own = members(new Set(pid ? [pid] : []), all, mark)
    return own.reduce((sum, pid) => sum + residentBytes(pid), 0)
  })
}

/** Ends all of `tree`: hangs up, asks, and after `grace` ms kills. Resolves with the pids that are still there, hardly ever any. */
export function endTree(tree: Tree, grace: number): Promise<number[]> {
  return endTrees([tree], grace)
}

/** Ends them all at once, as `endTree` does one: the processes of this machine are looked through once for all. */
export async function endTrees(trees: readonly Tree[], grace: number): Promise<number[]> {
  let left = present(trees) // looking costs: twenty that end at once all look
  if (left.length > 0 && grace > 0) left = await endPolitely(trees, left, grace)
  for (let look = 0; left.length > 0 && look < LAST_LOOKS; look++) {
    send(left, 'SIGKILL')
    await after(LOOK)
    left = present(trees) // again each time: a dying program may have started another
  }
  return left
}

/** Answers what is left of `told`, and what those started meanwhile. */
async function endPolitely(trees: readonly Tree[], told: number[], grace: number): Promise<number[]> {
  const until = performance.now() + grace
  send(told, 'SIGHUP')
  send(told, 'SIGCONT') // one that is stopped would not hear it
  await gone(told, performance.now() + Math.min(PATIENCE, grace / 2))
  const deaf = present(trees)
  if (deaf.length === 0) return deaf
  send(deaf, 'SIGTERM')
  await gone(deaf, until)
  return present(trees)
}

/** Of their processes, those that are there. */
function present(trees: readonly Tree[]): number[] {
  const all = processes(new Set(trees.map(({ mark }) => mark)))
  return members(new Set(trees.flatMap(({ pid }) => pid ?? [])), all)
}

/** The pids among `all` that belong to the programs `roots`, or have the mark. Never this process, whose environment may be anything. */
function members(roots: ReadonlySet<number>, all: Process[], mark?: string): number[] {
  const isOwn = ({ pid, leader, group }: Process) => roots.has(pid) || roots.has(leader) || roots.has(group)
  const own = all.filter((one) => isOwn(one) || (mark ? one.mark === mark : one.mark !== undefined))
  const found = new Set(own.map((one) => one.pid))
  found.delete(process.pid)
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const one of all) if (found.has(one.parent) && one.pid !== process.pid) found.add(one.pid)
  }
  return all.filter((one) => found.has(one.pid) && !one.isZombie).map((one) => one.pid)
}

async function gone(pids: number[], until: number) {
  while (performance.now() < until && pids.some(isRunning)) await after(LOOK)
}

function send(pids: number[], name: NodeJS.Signals) {
  for (const pid of pids) unlessGone(() => process.kill(pid, name))
}
