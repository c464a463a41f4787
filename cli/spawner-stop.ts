import type { Command } from 'commander'
import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { written } from './noun.ts'

const Stopped = z.object({ stopped: z.boolean(), pid: z.number().int().nullable() })

/** How long (ms) it has to say goodbye to the server. */
const GRACE_MS = 5_000

/** `maestro spawner stop`: ends the daemon of this home, not its agents. */
export function spawnerStop(context: Context): Command {
  return written(
    context,
    'stop',
    'End what starts agents here; the agents go on, and its next start finds them again',
    { examples: ['maestro spawner stop'], output: Stopped, who: 'owner' },
    async () => {
      const { home } = context.settings
      const [{ ownerOf }, { endProcess, markOf }, { homeAt }, { spawnerOf }] = await Promise.all([
        import('../embedded/lock.ts'),
        import('../embedded/processes.ts'),
        import('../local-spawner/home.ts'),
        import('../local-spawner/lock.ts'),
      ])
      const daemon = spawnerOf(homeAt(home.root))
      if (daemon && ownerOf(home)?.children.some(({ pid }) => pid === daemon.pid)) {
        refuse('conflict', 'It belongs to the server that runs with this home, which would start it again', {
          suggestion: 'maestro down',
        })
      }
      const mark = daemon && markOf(daemon.pid)
      if (mark) await endProcess(mark, 'SIGTERM', GRACE_MS)
      return found(
        { stopped: Boolean(mark), pid: mark?.pid ?? null },
        ({ pid }, { paint }) =>
          pid ? `${paint.green('✓')} Stopped (process ${pid}). Agents go on in their terminals` : 'None runs here',
        [mark ? 'maestro spawner start' : 'maestro spawner status'],
      )
    },
  )
}
