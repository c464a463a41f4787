import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Home, homeAt, readJson } from '../embedded/home.ts'
import { defaultPort } from '../embedded/ports.ts'
import { refuse } from '../protocol/errors.ts'
import type { Io } from './context.ts'
import { pathIn } from './folder.ts'
import { chooseKey } from './key-choice.ts'

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
  readonly env: Io['env']
  #flags: Flags
  #folder: Record<string, unknown>
  #config: Record<string, unknown>
  #key: Promise<string | undefined> | undefined

  constructor({ env, cwd }: Pick<Io, 'env' | 'cwd'>, flags: Flags) {
    this.env = env
    this.#flags = flags
    const home = flags.home ?? (env.MAESTRO_HOME || undefined)
    this.home = homeAt(home && pathIn({ cwd }, home))
    this.projectFile = projectFileOf(cwd)
    this.#folder = this.projectFile ? readFolder(this.projectFile) : {}
    this.#config = readJson<Record<string, unknown>>(this.home.config) ?? {}
  }

  find(name: SettingName): Setting | undefined {
    return this.places(name)[0]
  }

  /** Every place that sets it, the one that counts first. */
  places(name: SettingName): Setting[] {
    const spec: { env: string; flag?: keyof Flags; shared?: true } = settingNames[name]
    const said: [Origin, string, unknown][] = [
      ['flag', `--${spec.flag}`, spec.flag && this.#flags[spec.flag]],
      ['environment', spec.env, this.env[spec.env]],
      ['project file', this.projectFile ?? '', spec.shared && this.#folder[name]],
      ['config', this.home.config, this.#config[name]],
      ['default', 'default', defaults[name]],
    ]
    return said.flatMap(([origin, from, value]) => (isSet(value) ? [{ value: String(value), origin, from }] : []))
  }

  get url(): string {
    const { value, from } = this.find('url')!
    checkUrl(value, from)
    return value.replace(/\/+$/, '')
  }

  /** The server that the person chose, rather than a folder or a moment. */
  get chosenUrl(): string | undefined {
    return isSet(this.#config.url) ? String(this.#config.url) : undefined
  }

  number(name: 'retries' | 'retryDelay' | 'timeout'): number {
    const { value, from } = this.find(name)!
    const number = Number(value)
    if (!Number.isFinite(number) || number < 0)
      refuse('invalid_input', `${from} must be a number, not ${value}`, { field: name })
    return number
  }

  /** The key to ask with, looked for when it is first needed. */
  key(): Promise<string | undefined> {
    this.#key ??= chooseKey(this)
    return this.#key
  }
}

/** Refuses what is not the address of a server; `from` is who says it. */
export function checkUrl(value: string, from: string): void {
  const url = URL.parse(value)
  if (url?.username || url?.password)
    refuse('invalid_input', `${from} has a name or a password in it: a server is asked with a key`, {
      field: 'url',
      suggestion: 'maestro login',
    })
  if (!/^https?:$/.test(url?.protocol ?? ''))
    refuse('invalid_input', `${from} says the server is at ${value}, which is not an http address`, { field: 'url' })
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

/** The file in this folder, or the nearest above it, that says what holds there. */
export const projectFileOf = (cwd: Io['cwd']) => (cwd === undefined ? undefined : findUp(cwd, PROJECT_FILE))

function findUp(from: string, name: string): string | undefined {
  const file = join(from, name)
  if (existsSync(file)) return file
  const parent = dirname(from)
  return parent === from ? undefined : findUp(parent, name)
}
