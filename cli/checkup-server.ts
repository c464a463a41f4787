import { Client } from '../client/client.ts'
import { causeOf } from '../client/exchange.ts'
import { readJson } from '../embedded/home.ts'
import type { DirectoryAnswer } from '../protocol/directory.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { ProjectId } from '../protocol/ids.ts'
import { type Check, type Finding, ill, moot, type Subject, well } from './checkup.ts'
import { isHere, keyPlaces } from './key-choice.ts'
import { ago, lasting } from './look.ts'
import { findProject } from './project-choice.ts'
import type { Settings } from './settings.ts'
import { spawnerHere } from './spawner-here.ts'
import { version } from './version.ts'

/** One request must be over before its check is (ms). */
const WITHIN_MS = 4_000
/** A clock that is further off (ms) makes leases and times misleading. */
const SKEW_MS = 30_000

type Me = DirectoryAnswer['whoami']
/** What one visit to the server found out; what could not be asked is why. */
type Visit = { url: string; client: Client; health: Health; me: Me | MaestroError }
type Health = { up: true; skew: number | undefined } | { up: false; why: string }

/** The server: whether it is there, and what it says of us. It is visited once for all of them. */
export function serverChecks(subject: Subject): Check[] {
  const { settings } = subject
  if (!settings) return ['server', 'version', 'clock', 'key', 'project', 'spawner'].map(unreadable)
  let visited: Promise<Visit> | undefined
  const after = (look: (visit: Visit) => Finding | Promise<Finding>) => () => {
    visited ??= visit(settings)
    return visited.then(look)
  }
  return [
    { check: 'server', look: after(server) },
    { check: 'version', look: after(versions) },
    { check: 'clock', look: after(clock) },
    { check: 'key', look: after((visit) => key(visit, settings)) },
    { check: 'project', look: after((visit) => project(visit, subject)) },
    { check: 'spawner', look: after((visit) => spawner(visit, subject, settings)) },
  ]
}

const unreadable = (check: string): Check => ({ check, look: () => moot('The settings cannot be read') })

async function visit(settings: Settings): Promise<Visit> {
  const { url } = settings
  const patience = { retries: 0, delay: 0, within: WITHIN_MS }
  const client = new Client({ url, key: () => settings.key(), patience, timeout: WITHIN_MS })
  const health = await healthOf(url)
  if (!health.up) return { url, client, health, me: new MaestroError('unreachable', 'The server does not answer') }
  const me = await client.ask('whoami', {}).catch((error: unknown) => {
    if (error instanceof MaestroError) return error
    throw error
  })
  return { url, client, health, me }
}

async function healthOf(url: string): Promise<Health> {
  const asked = Date.now()
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'manual' })
    const text = await answer.text()
    if (!/"success":\s*true/.test(text))
      return { up: false, why: `what answers there (${answer.status}) is not Maestro` }
    const date = Date.parse(answer.headers.get('Date') ?? '')
    // The header has whole seconds, and was written somewhere between asking and hearing.
    return { up: true, skew: Number.isNaN(date) ? undefined : date + 500 - (asked + Date.now()) / 2 }
  } catch (error) {
    const why = causeOf(error)
    return { up: false, why: why === 'timed_out' ? `no answer within ${WITHIN_MS / 1000} s` : why }
  }
}

function server({ url, health }: Visit): Finding {
  if (health.up) return well(`${url} answers`)
  return ill(`${url} does not: ${health.why}`, isHere(url) ? 'maestro up' : 'maestro config list --origin')
}

const unasked = ({ health }: Visit) =>
  moot(health.up ? 'The server does not know this key' : 'The server does not answer')

function versions(visit: Visit): Finding {
  const { me, url } = visit
  if (me instanceof MaestroError) return unasked(visit)
  if (me.version === version) return well(`Both are ${version} (${me.mode})`)
  const fix = isHere(url) ? 'maestro down && maestro up' : 'maestro --version'
  return ill(`The server is ${me.version}, this is ${version}: whichever is older should be brought up to date`, fix)
}

function clock(visit: Visit): Finding {
  const { health, url } = visit
  if (!health.up) return unasked(visit)
  if (isHere(url)) return well('The server goes by the clock of this machine')
  if (health.skew === undefined) return moot('The server does not say what time it is')
  const off = Math.abs(health.skew)
  if (off < SKEW_MS) return well('This clock and the server’s agree')
  const fix = process.platform === 'darwin' ? 'sudo sntp -sS time.apple.com' : 'sudo timedatectl set-ntp true'
  return ill(`This clock is ${lasting(off)} ${health.skew > 0 ? 'behind' : 'ahead of'} the server’s`, fix)
}

function key(visit: Visit, settings: Settings): Finding {
  const { me, url, health } = visit
  const [place] = keyPlaces(settings)
  const login = `maestro login --url ${url}`
  if (!place) return ill(`There is none for ${url}`, isHere(url) ? 'maestro up' : login)
  if (!health.up) return moot(`There is one (${place.from}); the server does not answer`)
  if (me instanceof MaestroError) {
    const fix = {
      environment: 'unset MAESTRO_API_KEY',
      home: 'maestro down && maestro up',
      keychain: login,
      file: login,
    }
    const isRefused = me.code === 'unauthenticated' || me.code === 'credentials_ended'
    return ill(
      `${me.message} (${place.from})`,
      isRefused ? fix[place.origin] : (me.help.suggestion ?? 'maestro status'),
    )
  }
  return well(`${me.name} (${me.kind}), ${me.project ? `for ${me.project}` : 'for every project'} (${place.from})`)
}

async function project(visit: Visit, subject: Subject): Promise<Finding> {
  if (visit.me instanceof MaestroError) return unasked(visit)
  const found = await chosen(visit, subject)
  if (!('id' in found)) return found
  const { name } = await visit.client.with({ project: found.id }).query('project.show', {})
  return well(`${name} (${found.id}${found.from ? `, ${found.from}` : ', the only one'})`)
}

async function chosen(
  { client }: Visit,
  { context, settings }: Subject,
): Promise<Finding | { id: ProjectId; from?: string }> {
  const { items } = await client.ask('project.list', {})
  const set = settings?.find('project')
  if (set) {
    const id = await findProject(context, set.value)
    if (items.some((one) => one.id === id)) return { id, from: set.from }
    return ill(`${set.value}, which ${set.from} names, is not on this server`, 'maestro project list')
  }
  const [only] = items
  if (!only) return moot('There is none yet', 'maestro project create "My project"')
  if (items.length === 1) return { id: only.id }
  return ill(`Which? There are ${items.length}, and none is in use`, `maestro project use ${only.id}`)
}

/** The daemon of this machine, and whether the project knows that it is there. */
async function spawner(visit: Visit, subject: Subject, settings: Settings): Promise<Finding> {
  const { home, context } = subject
  const running = readJson<{ pid: number; since: number }>(`${home.run}/spawner.json`)
  const isAlive = running !== undefined && isProcess(running.pid)
  if (!isAlive) {
    const message = 'No spawner runs on this machine, so no agent starts here'
    return isHere(settings.url) ? ill(message, 'maestro up') : moot(message)
  }
  const said = `process ${running.pid}, for ${lasting(context.io.now() - running.since)}`
  if (visit.me instanceof MaestroError) return moot(`It runs (${said}); ${unasked(visit).message.toLowerCase()}`)
  const found = await chosen(visit, subject)
  if (!('id' in found)) return moot(`It runs (${said}); no project is chosen`)
  const { spawners } = await visit.client.with({ project: found.id }).query('project.show', {})
  const machine = spawners[spawnerHere(home)]
  if (machine?.status === 'online') return well(`${machine.name} is online (${said})`)
  const since = machine ? `: offline ${ago(machine.since, context.io.now())}` : ''
  return ill(`It runs (${said}), but the project does not see it${since}`, 'maestro down && maestro up')
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's, then, but there
  }
}
