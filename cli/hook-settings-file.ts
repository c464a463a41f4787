import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { UserSettings } from '../hooks/claude-code/user-settings.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'

// A settings file is somebody's own: it is read whole or refused, changed whole or not at all, and looks as it did before.

const COPY = '.before-maestro-'

/** What the file says; nothing where there is none. One that is no settings is refused, and stays as it is. */
export function readSettings(file: string): UserSettings {
  const text = textOf(file)
  if (text === undefined || text.trim() === '') return {}
  const settings = parsed(file, text)
  const { error } = UserSettings.safeParse(settings)
  if (!error) return settings as UserSettings // it has just been found to be; what the schema answers has its keys in another order
  const where = error.issues[0]?.path.join('.')
  refuse(
    'invalid_input',
    `${file} holds no settings${where ? ` (${where} is not as it must be)` : ''}, and is left as it is`,
    {
      field: 'settings',
    },
  )
}

/** What a copy of it says; nothing for one that nobody can read, or that a full disk cut short: it is not what was there. */
export function readCopy(copy: string): UserSettings | undefined {
  try {
    return readSettings(copy)
  } catch (error) {
    if (error instanceof MaestroError) return undefined
    throw error
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const comments = /^\s*\/[/*]/m.test(text) ? ' (it has comments, which would be lost)' : ''
    return refuse(
      'invalid_input',
      `${file} is not JSON${comments}, and is left as it is: ${(error as Error).message}`,
      {
        field: 'settings',
      },
    )
  }
}

/** Without the mark that some editors put in front. */
function textOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  return attempt(file, 'read', () => readFileSync(file, 'utf8')).replace(/^\ufeff/, '')
}

/** The file as it is, beside it. */
export function keepCopy(file: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const free = (n: number): string => {
    const copy = `${file}${COPY}${stamp}${n ? `-${n}` : ''}`
    return existsSync(copy) ? free(n + 1) : copy
  }
  const copy = free(0)
  attempt(file, 'copied', () => copyFileSync(file, copy, constants.COPYFILE_EXCL))
  return copy
}

/** What `keepCopy` has kept of it, the newest first. */
export function copiesOf(file: string): string[] {
  const start = basename(file) + COPY
  const names = existsSync(dirname(file)) ? readdirSync(dirname(file)) : []
  return names
    .filter((name) => name.startsWith(start))
    .sort()
    .reverse()
    .map((name) => join(dirname(file), name))
}

/** Whole or not at all, with the mode and the indentation it had; a link stays a link to a file that changes. */
export function writeSettings(path: string, settings: UserSettings): void {
  const before = textOf(path) ?? ''
  const indent = /^[{[]\r?\n([ \t]+)/.exec(before)?.[1] ?? '  '
  put(path, `${JSON.stringify(settings, null, indent)}\n`)
}

/** Makes it again what the copy says, byte for byte. */
export function restoreSettings(path: string, copy: string): void {
  put(path, readFileSync(copy))
}

export function removeSettings(path: string): void {
  attempt(path, 'removed', () => rmSync(targetOf(path)))
}

function put(path: string, content: string | Buffer): void {
  attempt(path, 'changed', () => {
    const file = targetOf(path)
    mkdirSync(dirname(file), { recursive: true })
    const mode = statSync(file, { throwIfNoEntry: false })?.mode
    if (mode !== undefined && (mode & 0o200) === 0)
      refuse('forbidden', `${path} is read-only, and is left as it is`, { suggestion: `chmod u+w ${file}` })
    const draft = `${file}.${process.pid}.tmp`
    writeFileSync(draft, content, { mode: 0o600, flush: true })
    if (mode !== undefined) chmodSync(draft, mode & 0o777)
    renameSync(draft, file)
  })
}

/** The file that a link leads to, also where that is not there yet. */
function targetOf(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
  return isLink ? resolve(dirname(path), readlinkSync(path)) : path
}

/** What the system refuses is said of the file, as a sentence. */
function attempt<T>(file: string, what: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // a system error has one
    if (!code || !/^E[A-Z]+$/.test(code)) throw error
    return refuse('failed', `${file} cannot be ${what}, and is left as it is: ${(error as Error).message}`, {
      field: 'settings',
    })
  }
}
