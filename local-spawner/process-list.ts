import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'

export type Process = {
  pid: number
  parent: number
  /** The process group, and the session it was started in; `leader` is 0 where the system does not tell. */
  group: number
  leader: number
  isZombie: boolean
  /** Which of the marks that were asked for its environment has. */
  mark: string | undefined
}

/** This user's processes, each with the one of `marks` ('NAME=value') that its environment has. */
export function processes(marks: ReadonlySet<string>): Process[] {
  return existsSync('/proc/self/stat') ? fromProc(marks) : fromPs(marks)
}

/** A word that differs between a process and a later one of the same pid; undefined when there is none (a zombie is none). */
export function startOf(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return startFromPs(pid)
  const stat = readStat(pid)
  return stat && stat.state !== 'Z' ? stat.start : undefined
}

export function isRunning(pid: number): boolean {
  if (existsSync('/proc/self/stat')) return startOf(pid) !== undefined
  return unlessGone(() => process.kill(pid, 0)) ?? false
}

export function fromProc(marks: ReadonlySet<string>): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => procProcess(Number(pid), marks) ?? [])
}

function procProcess(pid: number, marks: ReadonlySet<string>): Process | undefined {
  const stat = unlessGone(() => (statSync(`/proc/${pid}`).uid === process.getuid?.() ? readStat(pid) : undefined))
  if (!stat) return undefined
  const environ = unlessGone(() => readFileSync(`/proc/${pid}/environ`, 'latin1')) ?? ''
  const { parent, group, leader, state } = stat
  return {
    pid,
    parent,
    group,
    leader,
    isZombie: state === 'Z',
    mark: environ.split('\0').find((one) => marks.has(one)),
  }
}

/** The program's name comes second and may hold anything, so fields are counted from behind it. */
function readStat(pid: number) {
  const line = unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  if (!line) return undefined
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const [state = '', parent, group, leader] = fields
  return { state, parent: Number(parent), group: Number(group), leader: Number(leader), start: fields[19] ?? '' }
}

/** The memory (bytes) a process has resident; 0 when there is no such process. */
export function residentBytes(pid: number): number {
  if (!existsSync('/proc/self/stat')) return 1024 * Number(psField('rss=', pid) ?? 0)
  const status = unlessGone(() => readFileSync(`/proc/${pid}/status`, 'latin1')) ?? ''
  return 1024 * Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0)
}

/** Where there is no /proc: `ps` shows the environment behind the arguments. */
export function fromPs(marks: ReadonlySet<string>): Process[] {
  const which = process.platform === 'darwin' ? ['-axwwE'] : ['axeww']
  const out = execFileSync('ps', [...which, '-o', 'pid=,ppid=,pgid=,uid=,stat=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return out
    .toString()
    .split('\n')
    .flatMap((line) => psProcess(line, marks) ?? [])
}

function psProcess(line: string, marks: ReadonlySet<string>): Process | undefined {
  const [pid, parent, group, uid, state = '', ...command] = line.trim().split(/\s+/)
  if (!command.length || Number(uid) !== process.getuid?.()) return undefined
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    leader: 0,
    isZombie: state.startsWith('Z'),
    mark: command.find((word) => marks.has(word)),
  }
}

function startFromPs(pid: number): string | undefined {
  const out = psField('stat=,lstart=', pid)
  return out && !out.startsWith('Z') ? out.replace(/^\S+\s+/, '') : undefined
}

/** ps says 1 when there is no such process, and that is an answer. */
function psField(fields: string, pid: number): string | undefined {
  return unlessGone(() =>
    execFileSync('ps', ['-o', fields, '-p', String(pid)], { stdio: 'pipe' })
      .toString()
      .trim(),
  )
}

/** A process may end, or turn out to be another user's, between two looks at it. */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const { code, status } = error as { code?: string; status?: number } // a system error, or execFileSync's
    if (status === 1 || ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code ?? '')) return undefined
    throw error
  }
}
