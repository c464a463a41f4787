import { usualNever } from '../hooks/withhold.ts'
import { type Find, firstProfiles } from './first-profiles.ts'
import type { Home } from './home.ts'

/** The text of a machine's first policy; `find` finds the programs of agents. It says itself what each part is for. */
export function firstPolicy(home: Home, typing: boolean, find: Find): string {
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

${firstProfiles(find)}
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
