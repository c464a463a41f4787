import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { refuse } from '../protocol/errors.ts'
import { firstPolicy } from './first-policy.ts'
import type { Find } from './first-profiles.ts'
import type { Home } from './home.ts'
import { isWithin, PolicyName, parsePolicy } from './policy.ts'

/**
 * Writes the first policy of a home, and the scratch workspace it names. What is there already stays as it is. Where the
 * server is not its owner's own machine, `typing` from elsewhere is not for the first policy to allow.
 */
export async function ensurePolicy(home: Home, { typing = true } = {}): Promise<void> {
  if (!existsSync(home.policy)) writeWhole(home.policy, firstPolicy(home, typing, locate))
  await ensureScratch(home.scratch)
}

const locate: Find = (program) => {
  const path = findProgram(program)
  return path ? { path } : undefined
}

type First = { typing: boolean; find: Find; workspaces: { name: string; path: string }[] }

/** Writes a new first policy, with these workspaces too. One that is there is kept beside it; answers under which name. */
export async function beginPolicy(home: Home, { typing, find, workspaces }: First): Promise<string | undefined> {
  let text = firstPolicy(home, typing, find)
  for (const { name, path } of workspaces) text = withWorkspace(text, home, name, path)
  const kept = existsSync(home.policy)
    ? `${home.policy}.${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
    : undefined
  if (kept) copyFileSync(home.policy, kept, constants.COPYFILE_EXCL)
  writeWhole(home.policy, text)
  await ensureScratch(home.scratch)
  return kept
}

/** Allows agents to work in `path`, under `name`. The rest of the file, comments included, stays as it is. */
export function addWorkspace(home: Home, name: string, path: string): void {
  const text = readFileSync(home.policy, 'utf8')
  const longer = withWorkspace(text, home, name, path)
  if (longer !== text) writeWhole(home.policy, longer)
}

/** The policy `text` with one more workspace. Refuses a name that is another's, and a folder that agents may not have. */
function withWorkspace(text: string, home: Home, name: string, path: string): string {
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
  const known = parsePolicy(text, home.policy).workspace[name]
  if (known?.path === path) return text
  if (known) refuse('id_taken', `The workspace ${name} is ${known.path}`, { field: 'name' })
  const key = name.includes('.') ? JSON.stringify(name) : name
  const longer = `${text.trimEnd()}\n\n[workspace.${key}]\npath = ${JSON.stringify(path)}\n`
  parsePolicy(longer, home.policy)
  return longer
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
