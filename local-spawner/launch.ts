import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Client } from '../client/client.ts'
import { isRetryable, MaestroError, refuse } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import { isPlainId } from '../protocol/session-resume.ts'
import { writePlugin } from '../skills/install.ts'
import { getSkillsForRole } from '../skills/loader.ts'
import { agents, programOf, type Start } from './agents.ts'
import { type Brief, promptFor } from './brief.ts'
import { environmentFor, secretsIn } from './environment.ts'
import type { Launch } from './holder-files.ts'
import type { Home } from './home.ts'
import type { Place } from './journal.ts'
import { type Neighbours, placeFor } from './place.ts'
import type { Policy, Profile } from './policy.ts'
import { isProgram } from './policy-file.ts'
import { programs, skillFolders } from './programs.ts'
import { sandboxed } from './sandbox.ts'

/** The size a terminal has until somebody looks at it. */
const SIZE = { cols: 120, rows: 36 }

export type Prepared = { launch: Launch; secrets: string[]; agentSession: string | undefined }

/** Nothing was started, and asked again it may go: the server was away, or the session had gone to somebody else. */
export class NotNow extends Error {
  override name = 'NotNow'
}

/**
 * Makes a session's folder ready for its holder: everything it needs is there and nowhere else, so the repository stays
 * as it is. Refuses what the policy does not allow, throws NotNow when the server does not. Nothing has been started when this returns.
 */
export async function prepare(
  home: Home,
  policy: Policy,
  asked: Brief,
  client: Client,
  neighbours: Neighbours,
): Promise<Prepared> {
  const { session } = asked
  const profile = profileIn(policy, session.profile)
  const file = programFor(profile, session.profile)
  const project = client.options.project! // the client of one project
  const place = await placeFor(home, policy, { brief: asked, project, neighbours })
  const { cwd, told } = place
  const brief = told ? { ...asked, session: { ...asked.session, place: told } } : asked
  const dir = home.session(session.id)
  mkdirSync(join(dir, 'bin'), { recursive: true, mode: 0o700 })
  // `skills`: a session of a server older than this daemon has none.
  const { skills } = getSkillsForRole(session.role, skillFolders(home), session.skills ?? [])
  const plugin = join(dir, 'plugin')
  writePlugin(plugin, skills)
  const given = environmentFor(profile, process.env)
  const prompt = promptFor(brief, skills)
  const start: Start = await agents[profile.agent].start({
    brief,
    profile,
    program: file,
    cwd,
    env: given,
    prompt,
    dir,
    plugin,
    resume: conversationOf(session),
  })
  for (const [name, text] of Object.entries(start.files ?? {})) writePrivate(join(dir, name), text)
  writeShim(join(dir, 'bin/maestro'))
  const bare = { file, args: start.args, env: { ...given, ...start.env } }
  const around = { home, dir, place, profile, name: session.profile }
  const program = profile.sandbox ? await sandboxed(bare, around) : { file, args: start.args }
  await tellPlace(client, session.id, told)
  // Last, because it asks once more whether this session is ours to start.
  const keys = await client.askProject('session.keys', { session: session.id }).catch((cause: unknown) => {
    throw new NotNow('it cannot be started just now', { cause })
  })
  const env = { ...given, ...start.env, ...ours(home, dir, brief, client, keys.session) }
  const launch: Launch = { session: session.id, ...program, cwd, env: withShim(env, dir), ...SIZE }
  return { launch, secrets: [...secretsIn(env), keys.hook], agentSession: start.agentSession }
}

/** What a session that goes on with another needs to find its agent's conversation: a plain id, or it would be an option. */
function conversationOf({ resumes, agentSession }: Session): string | undefined {
  if (!resumes) return undefined
  if (agentSession && isPlainId(agentSession)) return agentSession
  refuse('invalid_input', `${resumes} has left no conversation that could be gone on with`)
}

function profileIn({ profile }: Policy, name: string): Profile {
  return profile[name] ?? refuse('invalid_input', `This machine’s policy has no profile ${name}`)
}

function programFor(profile: Profile, name: string): string {
  const file = programOf(profile)
  if (!file) {
    refuse(
      'invalid_input',
      `The program of profile ${name} is not on the PATH: install it, or name it in spawner.toml with exec`,
    )
  }
  if (!isProgram(file)) refuse('invalid_input', `${file}, the program of profile ${name}, cannot be run`)
  return file
}

/** Tells the project where it works, before it does. A server that is older than this daemon does not want to know. */
async function tellPlace(client: Client, session: SessionId, place: Place['told']): Promise<void> {
  if (place) await client.execute('session.place', { session, place }).catch(unlessRefused)
}

function unlessRefused(error: unknown): void {
  if (error instanceof MaestroError && !isRetryable(error.code)) return
  throw new NotNow('it cannot be started just now', { cause: error })
}

function ours(home: Home, dir: string, { session, tasks }: Brief, { options }: Client, key: string) {
  return {
    MAESTRO_API_URL: options.url,
    MAESTRO_API_KEY: key,
    MAESTRO_PROJECT_ID: options.project!, // the client of one project
    MAESTRO_SESSION_ID: session.id,
    MAESTRO_TASK_IDS: tasks.map(({ id }) => id).join(),
    MAESTRO_ROLE: session.role,
    MAESTRO_SKILL: `maestro-${session.role}`,
    MAESTRO_HOME: home.root,
    MAESTRO_SPOOL: home.spool,
    MAESTRO_SESSION_DIR: dir,
  }
}

function withShim(env: Record<string, string>, dir: string): Record<string, string> {
  return { ...env, PATH: [join(dir, 'bin'), env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter) }
}

/** Our CLI under its own name, with the Node it was made for. */
function writeShim(path: string): void {
  writeFileSync(path, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(programs.maestro)} "$@"\n`, { mode: 0o700 })
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
