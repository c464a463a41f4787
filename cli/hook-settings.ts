import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { commandFor } from '../hooks/claude-code/settings.ts'
import { hasHooks, installed, type UserSettings, withHooks, withoutHooks } from '../hooks/claude-code/user-settings.ts'
import { ensureFolders, homeAt } from '../local-spawner/home.ts'
import { claudeHooks, programs } from '../local-spawner/programs.ts'
import { sayCommandLine, spoolState } from '../local-spawner/spool-reader.ts'
import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { pathIn } from './folder.ts'
import {
  copiesOf,
  keepCopy,
  readCopy,
  readSettings,
  removeSettings,
  restoreSettings,
  writeSettings,
} from './hook-settings-file.ts'
import { troublesOf } from './troubles.ts'

/** Where Claude Code keeps what its user has set. */
function settingsFile({ io }: Context, given: string | undefined): string {
  if (given !== undefined) return pathIn(io, given)
  const folder = io.env.CLAUDE_CONFIG_DIR || join(io.env.HOME || homedir(), '.claude')
  return join(folder, 'settings.json')
}

/** Puts our hooks into the user's settings, or takes them out. The file as it was is kept beside it while they are there. */
export function changeSettings(context: Context, given: string | undefined, wanted: { all: boolean } | undefined) {
  const settings = settingsFile(context, given)
  const { home } = context.settings
  const before = readSettings(settings)
  const { now } = context.io
  if (!wanted) return { settings, ...takeOut(settings, before, now()) }
  ensureFolders(homeAt(home.root))
  sayCommandLine(home, programs.maestro) // so that a hook can have its events sent where no spawner runs
  const elsewhere = home.root === usualHome(context) ? undefined : home.root
  const after = withHooks(before, { scripts: claudeHooks, all: wanted.all, home: elsewhere })
  if (isDeepStrictEqual(after, before)) return { settings, change: 'none' as const, backup: null }
  return { settings, change: 'installed' as const, backup: change(settings, after, now()) }
}

/** Where nothing else has changed since, the file is again what it was, byte for byte, or not there if it was not. */
function takeOut(settings: string, before: UserSettings, now: number) {
  if (!hasHooks(before)) return { change: 'none' as const, backup: null }
  const after = withoutHooks(before)
  const copies = copiesOf(settings)
  const original = copies.find((copy) => isOriginal(readCopy(copy), after))
  if (original) {
    restoreSettings(settings, original)
    for (const copy of copies) rmSync(copy)
  } else if (copies.length === 0 && Object.keys(after).length === 0) removeSettings(settings)
  else return { change: 'removed' as const, backup: change(settings, after, now) }
  return { change: 'removed' as const, backup: null }
}

const isOriginal = (copy: UserSettings | undefined, after: UserSettings) =>
  copy !== undefined && !hasHooks(copy) && isDeepStrictEqual(withoutHooks(copy), after)

/** Answers where the file is kept as it was, if there was one. */
function change(settings: string, after: UserSettings, now: number): string | null {
  const backup = existsSync(settings) ? keepCopy(settings, now) : null
  try {
    writeSettings(settings, after)
  } catch (error) {
    if (backup) rmSync(backup)
    throw error
  }
  return backup
}

/** Where hooks look for the spool in a shell that says nothing of it. */
function usualHome({ io }: Context): string {
  const home = join(io.env.HOME || homedir(), '.maestro')
  return existsSync(home) ? realpathSync(home) : home
}

export async function hookStatus(context: Context, given: string | undefined) {
  const settings = settingsFile(context, given)
  const { home } = context.settings
  return {
    settings,
    installed: installed(readSettings(settings), claudeHooks),
    ...spoolState(home.spool),
    troubles: await troublesOf(home),
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
