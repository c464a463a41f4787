import type { Context } from 'hono'
import { Keys } from '../db/keys.ts'
import { refuse } from '../protocol/errors.ts'
import type { Command } from '../protocol/project.ts'
import { forget } from './credentials.ts'
import { closeFor } from './ended.ts'
import type { App } from './env.ts'

/** Refuses to revoke a machine whose key is not for whoever asks to end. */
export async function checkMayEnd(c: Context<App>, command: Command): Promise<void> {
  if (command.type !== 'spawner.revoke') return
  const keys = await new Keys(c.env.DB).ofSpawner(command.spawner)
  const suggestion = 'maestro spawner list'
  // `maestro up` registers it anew at each start, and would find it ended for good.
  if (keys.some(({ createdBy }) => createdBy === 'maestro'))
    refuse('conflict', 'This is the machine that the server runs on: it is not revoked, it is stopped', {
      suggestion: `maestro spawner drain ${command.spawner}`,
    })
  if (c.var.bound && keys.some(({ project }) => project !== c.var.bound))
    refuse('forbidden', 'The key of this machine is good for other projects too, and yours is not', { suggestion })
}

/** The project has given the machine up; now its keys end, and what is connected with them. */
export async function endKeys(c: Context<App>, command: Command): Promise<void> {
  if (command.type !== 'spawner.revoke') return
  const rows = await new Keys(c.env.DB).revokeSpawner(command.spawner, Date.now())
  // Those of sessions end with them, and their connections too.
  for (const { id } of rows) forget(id)
  await Promise.all(rows.filter(({ kind }) => kind === 'spawner').map((row) => closeFor(c.env, row)))
}
