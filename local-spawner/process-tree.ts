import { setTimeout as after } from 'node:timers/promises'
import { isRunning, type Process, processes, unlessGone } from './process-list.ts'

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

/** Ends all of `tree`: hangs up, asks, and after `grace` ms kills. Resolves with the pids that are still there, hardly ever any. */
export async function endTree(tree: Tree, grace: number): Promise<number[]> {
  if (present(tree).length === 0) return [] // as it is mostly, and looking costs
  if (grace > 0) await endPolitely(tree, grace)
  let left = present(tree)
  for (let look = 0; left.length > 0 && look < LAST_LOOKS; look++) {
    send(left, 'SIGKILL')
    await after(LOOK)
    left = present(tree) // again each time: a dying program may have started another
  }
  return left
}

async function endPolitely(tree: Tree, grace: number) {
  const until = performance.now() + grace
  const patience = Math.min(PATIENCE, grace / 2)
  const told = present(tree)
  send(told, 'SIGHUP')
  send(told, 'SIGCONT') // one that is stopped would not hear it
  await gone(told, performance.now() + patience)
  send(present(tree), 'SIGTERM')
  await gone(present(tree), until)
}

const present = (tree: Tree) => members(tree.pid, processes(tree.mark))

/** The pids among `all` that belong to the program `pid`. Never this process, whose environment may be anything. */
export function members(pid: number | undefined, all: Process[]): number[] {
  const isOwn = (one: Process) => one.pid === pid || one.leader === pid || one.group === pid
  const own = all.filter((one) => (pid !== undefined && isOwn(one)) || one.isMarked)
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
