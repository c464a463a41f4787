import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

const folders = ['data', 'spool', 'spool/new', 'spool/tmp', 'sessions', 'skills', 'run', 'scratch']

/** All that is one user's on this machine: config, keys, policy, spool, data. Two homes never meet. */
export type Home = ReturnType<typeof homeAt>

export function homeAt(root: string = process.env.MAESTRO_HOME || join(homedir() || userInfo().homedir, '.maestro')) {
  const real = realPath(resolve(root))
  const at = (...parts: string[]) => join(real, ...parts)
  return {
    root: at(),
    data: at('data'),
    run: at('run'),
    spool: at('spool'),
    sessions: at('sessions'),
    skills: at('skills'),
    scratch: at('scratch'),
    config: at('config.json'),
    keys: at('keys.json'),
    policy: at('spawner.toml'),
  }
}

/** The same before the folder is made and after: by this name the next start knows what a killed one left. */
function realPath(path: string): string {
  const parent = dirname(path)
  if (existsSync(path)) return realpathSync(path)
  return parent === path ? path : join(realPath(parent), basename(path))
}

/** Makes the folders, readable by their owner only. A home that others could read is closed, not refused. */
export function ensureHome(home: Home): void {
  for (const folder of [home.root, ...folders.map((name) => join(home.root, name))]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (statSync(folder).mode & 0o077) chmodSync(folder, 0o700)
  }
}

/** The file's content, or undefined where there is none. A file that does not parse is an error: it is somebody's data. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T // our own file, written by writeJson
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** Readers see the old file or the new one, never half of one; a crash in between leaves the old one. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}
