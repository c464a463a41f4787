import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { usualNever } from '../hooks/withhold.ts'
import { refuse } from '../protocol/errors.ts'
import { firstProfiles } from './first-profiles.ts'
import type { Home } from './home.ts'
import { isWithin, PolicyName, parsePolicy } from './policy.ts'

/**
 * Writes the first policy of a home, and the scratch workspace it names. What is there already stays as it is. Where the
 * server is not its owner's own machine, `typing` from elsewhere is not for the first policy to allow.
 */
export async function ensurePolicy(home: Home, { typing = true } = {}): Promise<void> {
  if (!existsSync(home.policy)) writeWhole(home.policy, firstPolicy(home, typing))
  await ensureScratch(home.scratch)
}

/** Allows agents to work in `path`, under `name`. The rest of the file, comments included, stays as it is. */
export function addWorkspace(home: Home, name: string, path: string): void {
  if (!PolicyName.safeParse(name).success) {
    refuse('invalid_input', `${name} cannot be the name of a workspace: use letters, digits, dots and dashes`, {
      field: 'name',
    })
  }
  if (!isAbsolute(path) || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    refuse('invalid_input', `${path} is not the absolute path of a folder`, { field: 'path' })
  }
  if (isWithin(realpathSync(path), home.policy)) {
    refuse('forbidden', `${path} holds ${home.policy} itself, where agents could change it`, { field: 'path' })
  }
  const text = readFileSync(home.policy, 'utf8')
  const known = parsePolicy(text, home.policy).workspace[name]
  if (known?.path === path) return
  if (known) refuse('id_taken', `The workspace ${name} is ${known.path}`, { field: 'name' })
  const key = name.includes('.') ? JSON.stringify(name) : name
  const longer = `${text.trimEnd()}\n\n[workspace.${key}]\npath = ${JSON.stringify(path)}\n`
  parsePolicy(longer, home.policy)
  writeWhole(home.policy, longer)
}

/** Where `name` is on the PATH. A relative place on it is skipped: it would be another one in each folder. */
export function findProgram(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  return places.map((place) => join(place, name)).find(isProgram)
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // not there, or not for us: both mean no
  }
}

function firstPolicy(home: Home, typing: boolean): string {
  return `# What Maestro may start on this machine. The server only ever names a profile and a workspace from here:
# programs, arguments, folders and variables are what this file says. It is read again at every start of an agent.
# It must be yours alone (mode 0600) and lie outside every workspace. Unknown keys are refused.

capacity = 12   # sessions at once
typing = ${typing ? 'true ' : 'false'}  # people may type into terminals from the browser
labels = []     # what this machine is good for: ["gpu"]; sessions may ask for one

# A profile is a way to start an agent.
#   agent     "claude-code", "codex", "gemini", "opencode", "shell" or "demo"
#   exec      the program, an absolute path; without it, the agent's own program as found on the PATH
#   args      arguments it always gets (the prompt comes last)
#   env       variables it gets from the daemon's environment, beside HOME PATH LANG LC_* TERM USER SHELL TZ
#   set       variables with fixed values: set = { NAME = "value" }
#   sandbox   "bwrap": it runs under bubblewrap (Linux), reads most of this machine but no keys (~/.ssh and the like), writes
#             only where it works, and sees no other process. sandbox_writable = ["/absolute/path"] lets it write there too
#   headless  true: it answers once and ends
#   max_minutes, max_memory_mb: it is ended when it runs longer, or when it and all it started hold more memory

[profile.demo]
agent = "demo"

${firstProfiles(findProgram)}
# A plain shell. Whoever may type into its terminal may run anything that you may, so it is off: take away the #.
# [profile.shell]
# agent = "shell"

# A workspace is a folder that agents may work in.
#   path      the folder, an absolute path
#   worktree  "auto"    a session gets a git worktree of its own when it is asked for, or when another one is at work
#                       in the folder; its branch is maestro/TASK-ID, from what is checked out in the folder
#             "always"  every session gets one; a folder that can have none is refused
#             "never"   all sessions work in the folder itself
#             Worktrees are in ${home.worktrees}. One without changes goes with its session;
#             \`maestro worktree list\` shows the others, and \`maestro worktree clean\` removes them.

[workspace.scratch]
path = ${JSON.stringify(home.scratch)}

# What hooks tell of what agents do. Secrets are masked at every level, before anything leaves this machine.
#   level       "metadata"  kind, tool, duration and sizes; no prompts, no commands, of a path the file's name
#               "redacted"  also prompts, commands and paths; never what is in files, nor what comes out of tools
#               "full"      also contents and output, cut to 8 kB each
#   never       paths of which nothing is told but the tool, and that there was one: * within a name, ** across folders
#   hide_names  true: not even the name of such a file

[events]
level = "redacted"
never = [
${linesOf(usualNever)}
]
hide_names = false
`
}

/** Entries of a list, some to a line. */
function linesOf(globs: string[]): string {
  const rows = Array.from({ length: Math.ceil(globs.length / 8) }, (_, i) => globs.slice(i * 8, i * 8 + 8))
  return rows.map((row) => `  ${row.map((one) => JSON.stringify(one)).join(', ')},`).join('\n')
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, file)
}

/** A repository with one commit, because that is where agents are at home. Without git it is only a folder. */
async function ensureScratch(folder: string): Promise<void> {
  if (existsSync(join(folder, '.git'))) return
  const git = findProgram('git')
  if (!git) return
  writeFileSync(join(folder, 'README.md'), '# Scratch\n\nA place for agents to try things out.\n')
  const run = (...args: string[]) => promisify(execFile)(git, args, { cwd: folder })
  await run('init', '--quiet', '--initial-branch=main')
  await run('add', 'README.md')
  const author = ['-c', 'user.name=Maestro', '-c', 'user.email=maestro@localhost', '-c', 'commit.gpgsign=false']
  await run(...author, 'commit', '--quiet', '--message=Begin')
}
