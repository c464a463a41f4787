import type { SocketStatus } from '../client/socket.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Frozen, Session, Spawner } from '../protocol/model.ts'
import { unreachableSince, waitsFor } from '../protocol/session-rules.ts'
import { theSession } from '../protocol/task-access.ts'
import type { Context } from './context.ts'
import { ago } from './look.ts'

/** The session whose terminal is to be shown, and its machine; refuses where that cannot be, saying why. */
export async function showable(
  context: Context,
  id: SessionId,
): Promise<{ session: Session; machine: Spawner | undefined; frozen: Frozen | null }> {
  if (context.session) {
    refuse('forbidden', 'Agents may not look at terminals: a session is followed by what it reports', {
      suggestion: `maestro session logs ${id}`,
    })
  }
  const project = await (await context.project()).query('project.show', {}) // as it is now, however long this has run
  const session = theSession(project, id)
  const machine = session.spawner ? project.spawners[session.spawner] : undefined
  if (!session.managed) {
    refuse('conflict', `${id} was started by hand: its terminal is where it was started`, {
      suggestion: `maestro session logs ${id}`,
    })
  }
  if (session.status === 'spawning') {
    refuse('wrong_status', `${id} has no terminal yet: ${waitsFor(project, session)}`, {
      suggestion: `maestro session show ${id}`,
    })
  }
  const away = machine?.status === 'offline' ? machine.since : unreachableSince(project, session)
  if (away !== undefined) {
    refuse(
      'unavailable',
      `${machine?.name ?? 'Its machine'} went away ${ago(away, context.io.now())}, and shows no terminal`,
      {
        suggestion: 'maestro spawner list',
      },
    )
  }
  return { session, machine, frozen: project.frozen ?? null }
}

/** What is said of a terminal whose bytes only others can open. */
export const unreadable = (id: SessionId) =>
  new MaestroError(
    'unavailable',
    `What ${id} shows is encrypted from its machine on, and this version cannot read it`,
    {
      suggestion: `maestro session logs ${id}`,
    },
  )

/** Why nothing may be looked at any more, when the connection says so. */
export function refusalOf(status: SocketStatus): MaestroError | undefined {
  if (status.state !== 'stopped' || status.reason === 'closed') return undefined
  if (status.reason === 'forbidden') return new MaestroError('forbidden', 'This key may not look at terminals')
  return new MaestroError('credentials_ended', 'The key of this connection has ended', { suggestion: 'maestro whoami' })
}
