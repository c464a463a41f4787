import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { commandFor } from '../hooks/claude-code/settings.ts'
import { installed, type UserSettings, withHooks, withoutHooks } from '../hooks/claude-code/user-settings.ts'
import { claudeHooks } from '../local-spawner/programs.ts'
import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { troublesOf } from './troubles.ts'

/** Where Claude Code keeps what its user has set. */
function settingsFile({ io }: Context, given: string | undefined): string {
  if (given !== undefined) return resolve(io.cwd, given)
  const folder = io.env.CLAUDE_CONFIG_DIR || join(io.env.HOME || homedir(), '.claude')
  return join(folder, 'settings.json')
}

/** Puts our hooks into the user's settings, or takes them out. The file as it was is kept beside it. */
export function changeSettings(context: Context, given: string | undefined, wanted: { all: boolean } | undefined) {
  const settings = settingsFile(context, given)
  const before = readSettings(settings)
  const after = wanted ? withHooks(before, claudeHooks, wanted.all) : withoutHooks(before)
  if (JSON.stringify(after) === JSON.stringify(before)) return { settings, change: 'none' as const, backup: null }
  const backup = existsSync(settings) ? keepCopy(settings, context.io.now()) : null
  writeSettings(settings, after)
  return { settings, change: wanted ? ('installed' as const) : ('removed' as const), backup }
}

export async function hookStatus(context: Context, given: string | undefined) {
  const settings = settingsFile(context, given)
  const { spool } = context.settings.home
  const fresh = join(spool, 'new')
  return {
    settings,
    installed: installed(readSettings(settings), claudeHooks),
    spool,
    waiting: existsSync(fresh) ? readdirSync(fresh).length : 0,
    troubles: await troublesOf(context.settings.home),
  }
}

/** Runs the script of an event on a spool of its own, as the agent's shell would. */
export async function tryHook() {
  const script = 'log-event.sh'
  const spool = mkdtempSync(join(tmpdir(), 'maestro-hook-'))
  try {
    const began = performance.now()
    const { exit, said } = await runShell(commandFor(claudeHooks, script), {
      MAESTRO_HOOK_ALL: '1',
      MAESTRO_SPOOL: spool,
    })
    const ms = Math.round(performance.now() - began)
    const fresh = join(spool, 'new')
    const spooled = existsSync(fresh) && readdirSync(fresh).length === 1
    if (exit === 0 && said === '' && spooled) return { script, ms, exit, spooled }
    const what = spooled ? `said: ${said}` : 'left no event in the spool'
    return refuse('failed', `${join(claudeHooks, script)} ended with ${exit} and ${what}`, {
      suggestion: 'maestro hooks install',
    })
  } finally {
    rmSync(spool, { recursive: true, force: true })
  }
}

function runShell(command: string, env: Record<string, string>): Promise<{ exit: number; said: string }> {
  return new Promise((done, failed) => {
    const child = spawn('/bin/sh', ['-c', command], { env: { PATH: process.env.PATH, ...env } })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        said += bytes
      })
    child.on('error', failed)
    child.on('close', (code) => done({ exit: code ?? -1, said }))
    child.stdin.end(JSON.stringify({ hook_event_name: 'Stop', session_id: 'test', cwd: '/' }))
  })
}

function readSettings(file: string): UserSettings {
  if (!existsSync(file)) return {}
  const text = readFileSync(file, 'utf8')
  try {
    const settings: unknown = JSON.parse(text || '{}')
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings as UserSettings // looked at field by field
  } catch (error) {
    refuse('invalid_input', `${file} is not JSON, and is left as it is: ${(error as Error).message}`, {
      field: 'settings',
    })
  }
  return refuse('invalid_input', `${file} holds no settings, and is left as it is`, { field: 'settings' })
}

function keepCopy(file: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const copy = `${file}.before-maestro-${stamp}`
  copyFileSync(file, copy)
  return copy
}

/** Whole or not at all, with the mode it had; a link stays a link to a file that changes. */
function writeSettings(path: string, settings: UserSettings): void {
  mkdirSync(dirname(path), { recursive: true })
  const file = existsSync(path) ? realpathSync(path) : path
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  const draft = `${file}.${process.pid}.tmp`
  writeFileSync(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flush: true })
  if (mode !== undefined) chmodSync(draft, mode & 0o777)
  renameSync(draft, file)
}
