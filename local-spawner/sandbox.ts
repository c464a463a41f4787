import { execFile } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { refuse } from '../protocol/errors.ts'
import type { Home } from './home.ts'
import type { Place } from './journal.ts'
import type { Profile } from './policy.ts'
import { findProgram } from './policy-file.ts'
import { packageRoot } from './programs.ts'
import { repositoryAt } from './repository.ts'

type Program = { file: string; args: string[]; env: Record<string, string> }
type Around = { home: Home; dir: string; place: Place; profile: Profile; name: string }

/** What an agent keeps of its own in the user's home, and cannot do without: its login and its conversations. */
const ownOf: Record<Profile['agent'], string[]> = {
  'claude-code': ['.claude', '.claude.json'],
  codex: ['.codex'],
  gemini: ['.gemini'],
  opencode: ['.config/opencode', '.local/share/opencode', '.local/state/opencode', '.cache/opencode'],
  shell: [],
  demo: [],
}
/** Variables by which a profile may have that elsewhere. */
const movedBy = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'OPENCODE_CONFIG_DIR']

/** What opens doors elsewhere. Not there, for what runs in a sandbox. */
const secret = [
  ...['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.config/gcloud', '.config/gh', '.config/op'],
  ...['.password-store', '.local/share/keyrings', '.mozilla', '.config/google-chrome', '.config/chromium'],
  ...['.netrc', '.git-credentials', '.config/git/credentials', '.npmrc', '.pypirc', '.vault-token', '.pgpass'],
]
/** Names are looked up through these; all else in /run are doors to other programs: a container engine, keyrings. */
const names = ['/run/systemd/resolve', '/run/resolvconf', '/run/NetworkManager']

const PATIENCE_MS = 5_000

/**
 * The same program in a bubblewrap sandbox: it may write where it works, into its session's folder and what the policy
 * adds, may read most of the rest, and sees no other process. Refuses, and says how to mend it, where that cannot be.
 */
export async function sandboxed(program: Program, around: Around): Promise<{ file: string; args: string[] }> {
  const file = await bubblewrap(around.name)
  const args = [...(await wallsFor(program, around)), '--', program.file, ...program.args]
  return { file, args }
}

async function bubblewrap(profile: string): Promise<string> {
  const file = findProgram('bwrap')
  const without = `or take sandbox = "bwrap" out of [profile.${profile}] in spawner.toml`
  if (!file) {
    const mend = process.platform === 'linux' ? 'Install bubblewrap (apt install bubblewrap)' : 'It needs Linux'
    refuse('conflict', `Profile ${profile} runs in a sandbox, and bwrap is not on the PATH. ${mend}, ${without}`)
  }
  const trial = [...separate, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--', 'true']
  await promisify(execFile)(file, trial, { timeout: PATIENCE_MS }).catch(({ stderr = '', message }) => {
    const why = String(stderr).trim().split('\n').at(-1) || message
    refuse(
      'conflict',
      `Profile ${profile} runs in a sandbox, and this machine does not let bwrap make one (${why}). Allow user namespaces (sysctl user.max_user_namespaces, or an AppArmor profile for bwrap), ${without}`,
    )
  })
  return file
}

const separate = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--die-with-parent', '--cap-drop', 'ALL']

/** The order counts: what comes later lies over what came before. */
async function wallsFor({ file, env }: Program, { home, dir, place, profile }: Around): Promise<string[]> {
  const own = env.HOME ?? homedir()
  const programs = [packageRoot, dirname(process.execPath), dirname(realpathSync(file))].filter(existsSync)
  const moved = movedBy.flatMap((name) => env[name] ?? [])
  const kept = [...ownOf[profile.agent].map((name) => join(own, name)), ...moved, ...profile.sandbox_writable]
  const common = (await repositoryAt(place.root))?.common
  const writable = [place.worktree ? place.root : place.cwd, ...(common ? [common] : []), dir, home.spool]
  return [
    ...separate,
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...names.filter(existsSync).flatMap((path) => ['--ro-bind', path, path]),
    ...secret.map((name) => join(own, name)).flatMap(hidden),
    ...hidden(home.root),
    ...programs.flatMap((path) => ['--ro-bind', path, path]),
    ...kept.filter(existsSync).flatMap((path) => ['--bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    // Git outside runs what these say. And nobody in there sees the daemon, so hooks would start what takes its place.
    ...(common
      ? ['config', 'hooks']
          .map((name) => join(common, name))
          .filter(existsSync)
          .flatMap(closed)
      : []),
    ...closed(place.worktree ? join(place.root, '.git') : undefined),
    ...(existsSync(join(home.spool, 'cli')) ? ['--ro-bind', '/dev/null', join(home.spool, 'cli')] : []),
    ...['--chdir', place.cwd],
  ]
}

const closed = (path: string | undefined) => (path ? ['--ro-bind', path, path] : [])

function hidden(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return []
  return found.isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]
}
