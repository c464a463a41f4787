import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Home, homeAt, readJson } from '../embedded/home.ts'
import { defaultPort } from '../embedded/ports.ts'
import { refuse } from '../protocol/errors.ts'
import type { Io } from './context.ts'

/** Options that every command has. */
export type Flags = { json?: true; project?: string; url?: string; home?: string; color?: boolean; verbose?: true }

/** What can be set, with the environment variable that sets it and whether a folder may set it for all who work there. */
export const settingNames = {
  url: { env: 'MAESTRO_API_URL', flag: 'url', shared: true, about: 'Where the server is' },
  project: { env: 'MAESTRO_PROJECT_ID', flag: 'project', shared: true, about: 'The project commands are about' },
  retries: { env: 'MAESTRO_RETRIES', about: 'How often to ask again when that may help' },
  retryDelay: { env: 'MAESTRO_RETRY_DELAY', about: 'The first pause before asking again, in ms' },
  timeout: { env: 'MAESTRO_TIMEOUT', about: 'How long to wait for an answer, all tries together, in ms' },
} as const satisfies Record<string, { env: string; flag?: keyof Flags; shared?: true; about: string }>
export type SettingName = keyof typeof settingNames

export const origins = ['flag', 'environment', 'project file', 'config', 'default'] as const
export type Origin = (typeof origins)[number]
export type Setting = { value: string; origin: Origin; from: string }

const defaults: Partial<Record<SettingName, string>> = {
  url: `http://127.0.0.1:${defaultPort}`,
  retries: '3',
  retryDelay: '200',
  timeout: '30000',
}

const PROJECT_FILE = '.maestro.json'

/** What is set, and by what: a flag wins over the environment, that over the folder's file, that over the user's own. */
export class Settings {
  readonly home: Home
  readonly projectFile: string | undefined
  #io: Io
  #flags: Flags
  #folder: Record<string, unknown>
  #config: Record<string, unknown>

  constructor(io: Io, flags: Flags) {
    this.#io = io
    this.#flags = flags
    this.home = homeAt(flags.home ?? (io.env.MAESTRO_HOME || undefined))
    this.projectFile = findUp(io.cwd, PROJECT_FILE)
    this.#folder = this.projectFile ? readFolder(this.projectFile) : {}
    this.#config = readJson<Record<string, unknown>>(this.home.config) ?? {}
  }

  find(name: SettingName): Setting | undefined {
    const spec: { env: string; flag?: keyof Flags; shared?: true } = settingNames[name]
    const { env } = this.#io
    const flag = spec.flag && this.#flags[spec.flag]
    if (flag) return { value: String(flag), origin: 'flag', from: `--${spec.flag}` }
    if (env[spec.env]) return { value: env[spec.env]!, origin: 'environment', from: spec.env }
    const shared = spec.shared && this.#folder[name]
    if (shared) return { value: String(shared), origin: 'project file', from: this.projectFile! }
    if (isSet(this.#config[name]))
      return { value: String(this.#config[name]), origin: 'config', from: this.home.config }
    const fallback = defaults[name]
    return fallback === undefined ? undefined : { value: fallback, origin: 'default', from: 'default' }
  }

  get url(): string {
    const { value, from } = this.find('url')!
    const url = URL.parse(value)
    if (url?.username || url?.password)
      refuse('invalid_input', `${from} has a name or a password in it: sign in with a key instead`, { field: 'url' })
    if (!/^https?:$/.test(url?.protocol ?? ''))
      refuse('invalid_input', `${from} says the server is at ${value}, which is not an http address`, { field: 'url' })
    return value.replace(/\/+$/, '')
  }

  number(name: 'retries' | 'retryDelay' | 'timeout'): number {
    const { value, from } = this.find(name)!
    const number = Number(value)
    if (!Number.isFinite(number) || number < 0)
      refuse('invalid_input', `${from} must be a number, not ${value}`, { field: name })
    return number
  }

  /** The key to ask with. A session's own wins over the owner's, and an agent without its own gets none. */
  get key(): string | undefined {
    const key = this.#key()
    if (key) this.#checkReceiver()
    // Whatever refused it later would quote it.
    if (key && !/^[\x21-\x7e]+$/.test(key)) refuse('unauthenticated', 'The key has characters in it that no key has')
    return key
  }

  get hasKey(): boolean {
    return this.#key() !== undefined
  }

  #key(): string | undefined {
    const { env } = this.#io
    return env.MAESTRO_API_KEY || (env.MAESTRO_SESSION_ID ? undefined : this.#ownerKey())
  }

  #ownerKey(): string | undefined {
    return readJson<{ owner?: string }>(this.home.keys)?.owner
  }

  /** A file that came with a repository must not be able to have a key sent to whoever wrote it. */
  #checkReceiver(): void {
    const { value, origin, from } = this.find('url')!
    if (origin !== 'project file' || value === this.#config.url) return
    refuse('unauthenticated', `${from} names the server ${value}, which you never chose: no key is sent there`, {
      suggestion: `maestro config set url ${value}`,
    })
  }
}

const isSet = (value: unknown) => value !== undefined && value !== null && value !== ''

function readFolder(file: string): Record<string, unknown> {
  const content = readJson<Record<string, unknown>>(file) ?? {}
  const secret = Object.keys(content).find((name) => /key|token|secret/i.test(name))
  if (secret) {
    refuse('invalid_input', `${file} holds a ${secret}; it is shared with the folder, so a key must not be in it`, {
      field: secret,
      suggestion: 'export MAESTRO_API_KEY=…',
    })
  }
  return content
}

function findUp(from: string, name: string): string | undefined {
  const file = join(from, name)
  if (existsSync(file)) return file
  const parent = dirname(from)
  return parent === from ? undefined : findUp(parent, name)
}
