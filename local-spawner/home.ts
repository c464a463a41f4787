import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { SessionId } from '../protocol/ids.ts'

/** Where this daemon finds and keeps things. One user's; two homes never meet. */
export type Home = ReturnType<typeof homeAt>

export function homeAt(root: string = process.env.MAESTRO_HOME || join(homedir() || userInfo().homedir, '.maestro')) {
  const real = existsSync(root) ? realpathSync(root) : resolve(root)
  const at = (...parts: string[]) => join(real, ...parts)
  return {
    root: real,
    config: at('config.json'),
    keys: at('keys.json'),
    me: at('spawner.json'),
    policy: at('spawner.toml'),
    panic: at('panic.json'),
    scratch: at('scratch'),
    spool: at('spool'),
    sessions: at('sessions'),
    skills: at('skills'),
    usage: at('usage'),
    worktrees: at('worktrees'),
    run: at('run'),
    session: (id: SessionId) => at('sessions', id),
    worktree: (workspace: string, name: string) => at('worktrees', workspace, name),
  }
}

/** Makes the folders a daemon needs, for their owner only. A folder that others could open is closed, not refused. */
export function ensureFolders({ root, spool, sessions, skills, run, scratch }: Home): void {
  const inSpool = ['new', 'tmp', 'bad'].map((name) => join(spool, name))
  for (const folder of [root, sessions, skills, run, scratch, spool, ...inSpool]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (statSync(folder).mode & 0o077) chmodSync(folder, 0o700)
  }
}
