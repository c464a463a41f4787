import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { startOf } from './process-list.ts'
import type { Program } from './pty.ts'

/** What a holder is told to run. */
export type Launch = Program & {
  /** The session's id: MAESTRO_SESSION_ID in the program's environment, by which its process tree is found. */
  session: string
  /** How much output is kept for a client that comes back; 1 MB unless said. */
  ringBytes?: number
  /** How long the final screen is served; ten minutes unless said. */
  lingerMs?: number
}

/** holder.json: where a holder is, and how to know that it is the one meant. */
export type Whereabouts = {
  session: string
  pid: number
  start: string
  childPid: number
  startedAt: number
  socket: string
}

export const LAUNCH = 'launch.json'
export const HOLDER = 'holder.json'
export const EXIT = 'exit.json'
export const LOG = 'holder.log'

/** sun_path holds 104 bytes on macOS, 108 on Linux, and a closing zero is one of them. */
const LONGEST_SOCKET = 103

/** Written whole or not at all, and for nobody else to read. */
export function writeJson(path: string, value: unknown) {
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, JSON.stringify(value), { mode: 0o600 })
  renameSync(draft, path)
}

export function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

/** The session's own folder, or when that is too deep for a socket's path, a private folder among temporary files. */
export function socketPath(dir: string): string {
  const near = join(dir, 'holder.sock')
  if (Buffer.byteLength(near) <= LONGEST_SOCKET) return near
  const name = `${createHash('sha256').update(dir).digest('hex').slice(0, 24)}.sock`
  const far = [tmpdir(), '/tmp'].map((place) => join(place, `maestro-${userInfo().uid}`, name))
  const fits = far.find((path) => Buffer.byteLength(path) <= LONGEST_SOCKET)
  if (!fits) throw new Error(`No path for a socket is short enough: ${near} is longer than ${LONGEST_SOCKET} bytes`)
  privateFolder(join(fits, '..'))
  return fits
}

/** Anybody may make a folder among temporary files, so one that is there is believed only when it is ours alone. */
function privateFolder(path: string) {
  mkdirSync(path, { mode: 0o700, recursive: true })
  const found = lstatSync(path)
  const isOurs = found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0
  if (!isOurs) throw new Error(`${path} is not a folder of this user alone. Remove it and try again.`)
}

/** The holder that holder.json speaks of, when that process is there: not gone, and not another with its pid. */
export function liveHolder(dir: string): Whereabouts | undefined {
  const found = readJson(join(dir, HOLDER)) as Whereabouts | undefined // only a holder writes it, whole
  return found && startOf(found.pid) === found.start ? found : undefined
}
