import { hostname } from 'node:os'
import { readJson, writeJson } from '../embedded/home.ts'
import { programOf } from '../local-spawner/agents.ts'
import { ensureFolders, homeAt } from '../local-spawner/home.ts'
import { readPolicy } from '../local-spawner/policy.ts'
import { ensurePolicy } from '../local-spawner/policy-file.ts'
import type { DirectoryAnswer } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import type { ProjectId, SpawnerId } from '../protocol/ids.ts'
import { kindOf } from '../protocol/keys.ts'
import { confirm } from './confirm.ts'
import { type Context, found, type Result } from './context.ts'
import { checkFree } from './home-free.ts'
import { isHere } from './key-choice.ts'
import { serverOf } from './logins.ts'
import { facts, type Look } from './look.ts'
import { quote } from './quote.ts'
import type { Joined } from './spawner-join.ts'
import { visible } from './visible.ts'

type Granted = Joined['allows']
type Offer = DirectoryAnswer['enrolment.show']
type Options = { keyStdin?: boolean; yes?: string; replace?: boolean }

/** Shows what would be granted, wants it confirmed, and only then exchanges the one-use key for one of its own. */
export async function joinMachine(
  context: Context,
  given: string,
  { keyStdin, yes, replace }: Options,
): Promise<Result> {
  const url = checkServer(given)
  checkFree(context.settings.home, url, replace === true)
  const token = checkToken(await readToken(context, url, keyStdin === true))
  const server = context.server.with({ url, key: async () => undefined })
  const offer = await server.ask('enrolment.show', { token })
  const allows = await granted(context)
  show(context, url, offer, allows)
  const word = offer.projectName
  const what = `Whoever may start sessions in ${word} may then start these here`
  await confirm(context, yes, {
    what,
    word,
    without: `maestro spawner join ${url} --key-stdin --yes ${quote(word)}`,
  })
  const name = offer.name ?? ownName(context)
  const { key, ...made } = await server.ask('enrolment.use', { token, name })
  keep(context, url, { key, name, ...made })
  const { projectName, invitedBy } = offer
  return found({ url, projectName, invitedBy, name, ...made, allows }, joined, [
    'maestro spawner start',
    'maestro spawner install',
  ])
}

function checkServer(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return given.replace(/\/+$/, '')
  refuse('invalid_input', 'The server is a URL, like https://maestro.example.com', {
    ...{ field: 'server', suggestion: 'maestro spawner join --help' },
  })
}

async function readToken({ io }: Context, url: string, fromStdin: boolean): Promise<string> {
  if (fromStdin) return io.stdin()
  if (io.ask) return io.ask(`One-use key for ${url}: `)
  refuse('invalid_input', 'There is no terminal to type a key in', {
    ...{ field: 'key-stdin', suggestion: `maestro spawner join ${url} --key-stdin < key.txt` },
  })
}

/** What it is instead is not said: it may be a password. */
function checkToken(text: string): string {
  const token = text.trim()
  if (kindOf(token) === 'enrol') return token
  refuse('invalid_input', 'That is no one-use key of `maestro spawner invite`, or not all of one: mst_enrol_…', {
    ...{ field: 'key', suggestion: 'maestro spawner invite' },
  })
}

/** What this machine would let be started. A policy that cannot be trusted is refused here, not at the first session. */
async function granted(context: Context): Promise<Granted> {
  const home = homeAt(context.settings.home.root)
  ensureFolders(home)
  await ensurePolicy(home, { typing: false })
  const { profile, workspace, capacity, typing } = readPolicy(home.policy)
  const profiles = Object.entries(profile).map(([name, one]) => ({
    name,
    program: [programOf(one) ?? `${one.agent}, which is not here`, ...one.args].join(' '),
  }))
  const workspaces = Object.entries(workspace).map(([name, { path }]) => ({ name, path }))
  return { profiles, workspaces, capacity, typing, policy: home.policy }
}

/** On standard error, before anything is granted: what is joined, and what it may do then. */
function show(context: Context, url: string, offer: Offer, allows: Granted): void {
  const look = context.look('err')
  if (url.startsWith('http:') && !isHere(url))
    context.say(`! ${url} is not encrypted: whoever is on the way there can read what is said`)
  const { projectName, project, invitedBy } = offer
  const page = facts(
    [['server', url], ['project', `${projectName} (${project})`], ['invited by', invitedBy], ...grants(allows)],
    look,
  )
  context.say(visible(page))
}

function grants({ profiles, workspaces, capacity, typing, policy }: Granted): [string, string][] {
  return [
    ...profiles.map(({ name, program }): [string, string] => ['may start', `${name}: ${program}`]),
    ...workspaces.map(({ name, path }): [string, string] => ['may work in', `${name}: ${path}`]),
    ['at once', String(capacity)],
    ['typing', typing ? 'yes, from elsewhere' : 'no'],
    ['policy', policy],
  ]
}

function joined({ name, projectName, url, allows }: Joined, { paint }: Look): string {
  return `${paint.green('✓')} ${name} may work for ${projectName} at ${url}, as ${allows.policy} allows. It is not started yet`
}

function ownName(context: Context): string {
  const known = readJson<{ name?: string }>(homeAt(context.settings.home.root).me)?.name
  return (known || hostname()).trim().slice(0, 100) || 'machine'
}

type Made = { key: string; spawner: SpawnerId; project: ProjectId; name: string }

/** Its key last: a home that has one has all the rest. */
function keep(context: Context, url: string, { key, spawner, project, name }: Made): void {
  const { home } = context.settings
  const config = readJson<Record<string, unknown>>(home.config) ?? {}
  writeJson(home.config, { ...config, url, project })
  writeJson(homeAt(home.root).me, { id: spawner, name })
  writeJson(home.keys, { spawner: key, server: serverOf(url) })
}
