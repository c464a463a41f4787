import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The addresses a process listens on, as `host:port`. Linux only. */
export function listening(pid: number): string[] {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)))
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTEN && own.has(`socket:[${inode}]`))
      .map(([, local]) => readable(local!)),
  )
}

/** The processes with this text in their command line or environment, the caller's own aside. Linux only; elsewhere none. */
export function pidsWith(text: string): number[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const told = (pid: string) => contentOf(`/proc/${pid}/cmdline`) + contentOf(`/proc/${pid}/environ`)
  return pids.filter((pid) => told(pid).includes(text)).map(Number)
}

/** Their command lines. */
export function processesWith(text: string): string[] {
  return pidsWith(text).map((pid) => contentOf(`/proc/${pid}/cmdline`))
}

const LISTEN = '0A'

/** The kernel prints an IPv4 address as one little-endian number. */
function readable(local: string): string {
  const [address, port] = local.split(':') as [string, string]
  const bytes = address.match(/../g)!.map((byte) => Number.parseInt(byte, 16))
  return `${bytes.length === 4 ? bytes.reverse().join('.') : address}:${Number.parseInt(port, 16)}`
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed while we looked
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // ended while we looked
  }
}
