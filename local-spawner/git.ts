import { execFile } from 'node:child_process'
import { findProgram } from './policy-file.ts'

/** How long (ms) a question to git may take. Making a worktree writes a whole tree, and may take longer. */
const PATIENCE_MS = 30_000
const MOST = 64 * 1024 * 1024

/** Git said no, or nothing in time; the message is a sentence of ours about its last line. */
export class GitRefused extends Error {
  override name = 'GitRefused'
}

type Options = {
  timeout?: number
  /** NAME=value in its environment, by which a later daemon finds it. */
  mark?: Record<string, string>
  /** Git looks for a repository in no folder above this one. */
  ceiling?: string
}

/** What the repository says to run (hooks, a file watcher) is for the user's own commands, not for ours. */
const quietly = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false'],
  ...['-c', 'submodule.recurse=false', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'],
]

/** Runs git in `folder`, without a shell; answers what it says. It asks nobody anything, and its time is bounded. */
export async function git(folder: string, args: string[], options: Options = {}): Promise<string> {
  const program = findProgram('git')
  if (!program) throw new GitRefused('git is not on the PATH')
  return new Promise((resolve, reject) => {
    const { timeout = PATIENCE_MS } = options
    const world = { env: environment(options), timeout, maxBuffer: MOST, encoding: 'utf8' } as const
    execFile(program, [...quietly, '-C', folder, ...args], world, (error, out, err) => {
      if (!error) return resolve(out)
      const why = error.killed ? `took longer than ${timeout / 1000} s` : reasonIn(err) || error.message
      reject(new GitRefused(`git ${args[0]}: ${why}`))
    }).stdin?.end()
  })
}

/** The same where no is an answer. */
export const gitOr = (otherwise: string, ...[folder, args, options]: Parameters<typeof git>): Promise<string> =>
  git(folder, args, options).catch((error) => {
    if (error instanceof GitRefused) return otherwise
    throw error
  })

function environment({ mark, ceiling }: Options): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')) // they would name another repository
  return {
    ...Object.fromEntries(own),
    ...{ LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
    ...{ GIT_ASKPASS: 'false', SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' },
    ...(ceiling && { GIT_CEILING_DIRECTORIES: ceiling }),
    ...mark,
  }
}

/** `fatal: …`, if it said so; what comes after that is advice. */
function reasonIn(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const worst = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? ''
  return worst.replace(/^(fatal|error): /, '')
}
