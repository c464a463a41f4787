import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../embedded/package.ts'
import { findProgram, isProgram } from '../local-spawner/policy-file.ts'
import { type Check, type Finding, ill, moot, PATIENCE_MS, type Subject, well } from './checkup.ts'
import { wantsColor } from './color.ts'
import { quote } from './quote.ts'
import { version } from './version.ts'

/** Below so many bytes the databases soon cannot grow. */
const LITTLE = 500_000_000
const products = ['programs', 'worker', 'web']

/** The machine, and this program on it. */
export function machineChecks(subject: Subject): Check[] {
  return [
    { check: 'node', look: node },
    { check: 'build', look: build },
    { check: 'path', look: () => path(subject) },
    { check: 'terminal', look: () => terminal(subject) },
    { check: 'disk', look: () => disk(subject) },
    { check: 'git', look: git },
  ]
}

const ours = join(packageRoot, 'cli/maestro')

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 12)) return well(`Node ${process.version}, Maestro ${version}`)
  return ill(`Node ${process.version} is too old; Maestro brings its own`, `${quote(ours)} doctor`)
}

/** Whether anything that a product was built of is newer than it. Folders are too, when a file in them came or went. */
function build(): Finding {
  const root = packageRoot
  if (!existsSync(join(root, 'scripts/build.ts'))) return moot('A package without its sources is as it was built')
  const fix = `sh ${quote(join(root, 'scripts/setup.sh'))}`
  const stale = products.filter((name) => !isFresh(root, join(root, 'dist/.prints', name)))
  if (stale.length === 0) return well(`Everything in ${join(root, 'dist')} is newer than its sources`)
  return ill(`Not built since its sources changed: ${stale.join(', ')}`, fix)
}

function isFresh(root: string, file: string): boolean {
  const built = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  if (built === undefined) return false
  const { inputs, output } = JSON.parse(readFileSync(file, 'utf8')) as { inputs: string[]; output: string } // build.ts wrote it
  return existsSync(join(root, output)) && inputs.every((input) => newestIn(join(root, input)) <= built)
}

function newestIn(place: string): number {
  const stat = statSync(place, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0
  return readdirSync(place).reduce((newest, name) => Math.max(newest, newestIn(join(place, name))), stat.mtimeMs)
}

/** Which program `maestro` is for whoever types it: another one of that name is older than ours. */
function path({ context, home }: Subject): Finding {
  const places = (context.io.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  const [first] = places.map((place) => join(place, 'maestro')).filter(isProgram)
  const first_ = `export PATH=${quote(dirname(ours))}:"$PATH"`
  if (!first) return moot(`No maestro is on the PATH; this one is ${ours}`, first_)
  if (isOurs(first, home.sessions)) return well(`maestro is ${first}`)
  return ill(`maestro on the PATH is another program, ${first}; this one is ${ours}`, first_)
}

function isOurs(path: string, sessions: string): boolean {
  const real = realpathSync(path)
  if (real === realpathSync(ours) || real.startsWith(`${packageRoot}/dist/`)) return true
  return real.startsWith(`${sessions}/`) // what the spawner puts in front of an agent's own PATH
}

function terminal({ context }: Subject): Finding {
  const { env, columns, terminal } = context.io
  if (!terminal.out) return moot('Standard output is no terminal')
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const colour = wantsColor(context.io, 'out', context.flags.color) ? 'colours' : 'no colours'
  const message = `${columns ?? 'unknown'} columns, ${colour}, ${env.TERM ?? 'no TERM'}`
  if (process.platform === 'win32' || process.platform === 'darwin' || /utf-?8/i.test(locale)) return well(message)
  return ill(`${message}, but no UTF-8: signs like ✓ may not show`, 'export LC_ALL=C.UTF-8')
}

function disk({ home }: Subject): Finding {
  const { bavail, bsize } = statfsSync(nearestThere(home.root))
  const free = bavail * bsize
  const said = `${(free / 1e9).toFixed(1)} GB free at ${home.root}`
  return free < LITTLE ? ill(`Only ${said}`, `du -sh ${quote(home.root)}/* | sort -h`) : well(said)
}

function nearestThere(path: string): string {
  return existsSync(path) ? path : nearestThere(dirname(path))
}

async function git(): Promise<Finding> {
  const program = findProgram('git')
  const fix = process.platform === 'darwin' ? 'xcode-select --install' : 'sudo apt-get install git'
  if (!program) return ill('There is no git, which agents work with', fix)
  return well(await versionOf(program))
}

/** The first line that a program says of its version. */
export async function versionOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: PATIENCE_MS - 500 })
  return stdout.trim().split('\n')[0] ?? ''
}
