import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, readJson } from '../embedded/home.ts'
import { agents, programOf } from '../local-spawner/agents.ts'
import { homeAt } from '../local-spawner/home.ts'
import { panicOf } from '../local-spawner/panic.ts'
import { readPolicy } from '../local-spawner/policy.ts'
import { claudeHooks, packagedSkills } from '../local-spawner/programs.ts'
import { spoolState } from '../local-spawner/spool-reader.ts'
import { MaestroError } from '../protocol/errors.ts'
import { skillsFolder } from '../skills/install.ts'
import { listAvailableSkills, sayProblem } from '../skills/loader.ts'
import { brokenBy, type Check, type Finding, ill, moot, type Subject, well } from './checkup.ts'
import { versionOf } from './checkup-machine.ts'
import { hookStatus } from './hook-settings.ts'
import { noKeychain } from './keychain.ts'
import { loginsFile, readLogins } from './logins.ts'
import { count, lasting } from './look.ts'
import { quote } from './quote.ts'
import { projectFileOf, Settings, settingNames } from './settings.ts'
import { panicInWords } from './troubles.ts'

/** So long (ms) an event may lie in the spool while somebody is there to send it. */
const LONG_MS = 60_000

/** What is this person's on this machine, and what agents are given. */
export function homeChecks(subject: Subject): Check[] {
  const { context, home } = subject
  return [
    { check: 'home', look: () => folders(home) },
    { check: 'config', look: () => config(home) },
    { check: 'project file', look: () => projectFile(subject) },
    { check: 'keychain', look: () => keychain(subject) },
    { check: 'panic', look: () => panicked(home) },
    { check: 'policy', look: () => policy(home) },
    { check: 'agents', look: () => programs(home) },
    { check: 'hooks', look: () => hooks(subject) },
    { check: 'spool', look: () => spool(home, context.io.now()) },
    { check: 'skills', look: () => skills(home, context.io.env.HOME) },
  ]
}

const editing = (file: string) => `\${EDITOR:-vi} ${quote(file)}`

/** Whoever can read the home has its keys, and whoever can write in it decides what runs. */
function folders(home: Home): Finding {
  if (!existsSync(home.root)) return moot(`${home.root} is made at the first start`, 'maestro up')
  const me = process.getuid?.()
  const kept = [home.root, ...['data', 'spool', 'sessions', 'run', 'scratch'].map((name) => join(home.root, name))]
  const secret = [home.config, home.keys, home.policy, loginsFile(home), join(home.root, 'spawner.json')]
  const there = [...kept, ...secret].filter((path) => existsSync(path))
  const foreign = there.filter((path) => me !== undefined && statSync(path).uid !== me)
  if (foreign.length) return ill(`Not yours: ${foreign.join(', ')}`, `sudo chown -R "$(id -un)" ${quote(home.root)}`)
  const open = there.filter((path) => process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
  if (open.length) {
    const modes = open.map((path) => `${path} (${(statSync(path).mode & 0o777).toString(8)})`)
    return ill(`Open to others: ${modes.join(', ')}`, `chmod go= ${open.map(quote).join(' ')}`)
  }
  accessSync(home.root, constants.W_OK)
  return well(`${home.root} is yours alone`)
}

function config(home: Home): Finding {
  for (const file of [home.config, home.keys, loginsFile(home)]) {
    try {
      readJson(file)
    } catch (error) {
      return brokenBy(error, editing(file))
    }
  }
  if (!existsSync(home.config)) return moot(`There is no ${home.config} yet; everything is as it comes`)
  return checkSettings(new Settings({ env: { MAESTRO_HOME: home.root }, cwd: '/' }, {}), home.config)
}

function checkSettings(settings: Settings, file: string): Finding {
  try {
    void settings.url
    for (const name of ['retries', 'retryDelay', 'timeout'] as const) settings.number(name)
  } catch (error) {
    if (!(error instanceof MaestroError)) throw error
    return ill(error.message, editing(file))
  }
  const names = Object.keys(settingNames)
  const set = names.filter((name) => readJson<Record<string, unknown>>(file)?.[name] !== undefined)
  return well(`${file} sets ${set.join(', ') || 'nothing'}`)
}

function projectFile({ context, home }: Subject): Finding {
  const { cwd } = context.io
  if (cwd === undefined) return moot('The folder that this runs in is gone')
  const file = projectFileOf(cwd)
  if (!file) return moot(`No .maestro.json in ${cwd} or above`)
  try {
    return checkSettings(new Settings({ env: { MAESTRO_HOME: join(home.root, 'none') }, cwd }, {}), file)
  } catch (error) {
    const { message } = brokenBy(error)
    return ill(message, editing(file))
  }
}

async function keychain({ context, home }: Subject): Promise<Finding> {
  if (context.session) return moot('A session has its own key')
  const logins = Object.values(readLogins(home))
  const because = await noKeychain()
  if (because === undefined) return well('The system has one, for the keys of `maestro login`')
  if (logins.some(({ at }) => at === 'keychain'))
    return ill(`It holds a key, and cannot be asked: ${because}`, 'maestro login --no-keychain')
  return moot(`None (${because}), so keys of \`maestro login\` are kept in ${loginsFile(home)}`)
}

function panicked({ root }: Home): Finding {
  const found = panicOf(homeAt(root))
  return found ? ill(panicInWords(found), 'maestro panic --over') : well('Agents may be started here')
}

function policy(home: Home): Finding {
  if (!existsSync(home.policy)) return moot(`${home.policy} is made at the first start`, 'maestro up')
  try {
    const { profile, workspace, capacity } = readPolicy(home.policy)
    const gone = Object.entries(workspace).find(([, { path }]) => !existsSync(path))
    if (gone) return ill(`The workspace ${gone[0]} is not there: ${gone[1].path}`, `mkdir -p ${quote(gone[1].path)}`)
    const parts = [count(Object.keys(profile).length, 'profile'), count(Object.keys(workspace).length, 'workspace')]
    return well(`${parts.join(', ')}, ${count(capacity, 'session')} at once; yours alone`)
  } catch (error) {
    const finding = brokenBy(error, editing(home.policy))
    return finding.fix?.match(/^(chmod|sudo) /) ? finding : { ...finding, fix: editing(home.policy) }
  }
}

/** Whether the agents that the policy names, or Claude Code when it names none yet, can be started. */
async function programs(home: Home): Promise<Finding> {
  const known = existsSync(home.policy) ? readPolicy(home.policy).profile : {}
  const claude = Object.entries(known).find(([, { agent }]) => agent === 'claude-code')
  const program = claude?.[1].exec ?? agents['claude-code'].program()
  if (program && existsSync(program)) return well(`${await versionOf(program)} (${program})`)
  const message = program
    ? `${program}, the program of profile ${claude?.[0]}, is gone`
    : 'There is no claude on the PATH'
  const others = Object.values(known).filter(({ agent }) => agent !== 'claude-code' && agent !== 'demo')
  const other = others.map(programOf).find((file) => file && existsSync(file))
  if (other) return well(`${await versionOf(other)} (${other})`)
  return ill(`${message}; only the demo can run`, 'npm install -g @anthropic-ai/claude-code')
}

async function hooks({ context, settings: own }: Subject): Promise<Finding> {
  const scripts = readdirSync(claudeHooks).filter((name) => name.endsWith('.sh'))
  for (const script of scripts) accessSync(join(claudeHooks, script), constants.R_OK)
  if (!own) return moot('The settings cannot be read')
  const { installed, settings } = await hookStatus(context, undefined)
  if (installed === 'partly') return ill(`${settings} has the hooks of another version`, 'maestro hooks install')
  const others =
    installed === 'no' ? 'agents that you start by hand do not report' : 'agents that you start by hand report too'
  return well(`${count(scripts.length, 'script')} in place; ${others}`)
}

/** What agents have reported and nobody has got yet. */
function spool(home: Home, now: number): Finding {
  const [bad, fresh] = ['bad', 'new'].map((name) => join(home.spool, name)) as [string, string]
  const { dropped } = spoolState(home.spool)
  if (dropped)
    return ill(
      `${count(dropped, 'event')} dropped, as the spool was full; the log does not tell of it yet`,
      'maestro hooks flush',
    )
  const aside = listed(bad)
  if (aside.length)
    return ill(`${count(aside.length, 'event')} that nobody could read in ${bad}`, `rm -r ${quote(bad)}`)
  const waiting = listed(fresh)
  const oldest = Math.min(
    ...waiting.map((name) => statSync(join(fresh, name), { throwIfNoEntry: false })?.mtimeMs ?? now),
  )
  if (waiting.length && now - oldest > LONG_MS)
    return ill(
      `${count(waiting.length, 'event')} not sent yet, the oldest for ${lasting(now - oldest)}`,
      'maestro hooks flush',
    )
  return well(waiting.length ? `${count(waiting.length, 'event')} on the way` : 'Everything that was reported is sent')
}

const listed = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])

/** What sessions are taught, and what is installed for agents of any kind. */
function skills(home: Home, userHome: string | undefined): Finding {
  const { skills, problems } = listAvailableSkills([packagedSkills, home.skills, skillsFolder(userHome)])
  const [problem] = problems
  if (problem) return ill(sayProblem(problem), editing(join(problem.dir, problem.file)))
  return well(skills.map(({ name }) => name).join(', '))
}
