import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process, told apart from a later one with the same number by the moment it began. */
export type ProcessMark = { pid: number; began: string }

export function markOf(pid: number): ProcessMark | undefined {
  const began = beganAt(pid)
  return began === undefined ? undefined : { pid, began }
}

export function isAlive({ pid, began }: ProcessMark): boolean {
  return beganAt(pid) === began
}

/** Kills the very process that was marked, not one that was given its number since; resolves when it is gone. */
export async function endProcess(
  mark: ProcessMark,
  signal: NodeJS.Signals = 'SIGTERM',
  patience = 5_000,
): Promise<void> {
  signalProcess(mark, signal)
  const killAt = Date.now() + patience
  let killed = signal === 'SIGKILL'
  while (isAlive(mark)) {
    if (!killed && Date.now() > killAt) {
      signalProcess(mark, 'SIGKILL')
      killed = true
    }
    await new Promise((wake) => setTimeout(wake, 5))
  }
}

type Part = 'engine' | 'spawner'

/** What each part of ours has in its environment, so that the next start finds it if this one is killed. */
export const partEnvironment = (home: string, part: Part) => ({ MAESTRO_HOME: home, MAESTRO_PART: part })

/** The parts of this kind that were started with this home and are there. Linux only; elsewhere none. */
export function findParts(home: string, part: Part): ProcessMark[] {
  if (process.platform !== 'linux') return []
  const wanted = Object.entries(partEnvironment(home, part)).map((variable) => variable.join('='))
  const isOne = (pid: string) => {
    const environment = readProc(pid, 'environ')?.split('\0') ?? []
    return wanted.every((variable) => environment.includes(variable))
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && isOne(entry))
    .flatMap((pid) => markOf(Number(pid)) ?? [])
}

function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isAlive(mark)) return
  try {
    process.kill(mark.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it ended by itself in the meantime
  }
}

function beganAt(pid: number): string | undefined {
  if (process.platform === 'linux') return beganOnLinux(pid)
  if (process.platform !== 'win32') return beganByPs(pid)
  try {
    process.kill(pid, 0)
    return 'unknown'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'unknown' : undefined
  }
}

function beganOnLinux(pid: number): string | undefined {
  const stat = readProc(String(pid), 'stat')
  if (stat === undefined) return undefined
  // The second field is the command in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

function beganByPs(pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined
    )
  } catch {
    return undefined // ps answers 1 where there is no such process
  }
}

function readProc(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined // ended while we looked, or not ours to see
  }
}
