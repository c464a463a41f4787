import { refuse } from '../protocol/errors.ts'
import type { SessionId, TaskId } from '../protocol/ids.ts'
import type { Context } from './context.ts'

/** The one task of the session this runs in, for commands that were not told which. */
export async function ownTask(context: Context, command: string): Promise<TaskId> {
  const { session } = context
  if (!session) {
    refuse('invalid_input', `Which task? Outside a session \`${command}\` needs its id`, {
      field: 'task',
      suggestion: 'maestro task list',
    })
  }
  const mine = context.tasks.length ? context.tasks : await claimed(context, session)
  const [only, ...others] = mine
  if (only && others.length === 0) return only
  const which = only ? `${session} has ${mine.length} tasks` : `${session} has no task`
  refuse('invalid_input', `Which task? ${which}: \`${command}\` needs its id`, {
    field: 'task',
    suggestion: only ? `${command} ${only}` : 'maestro task next --claim',
    ...(only && { validValues: mine }),
  })
}

/** Tasks that a session took after it was started. */
async function claimed(context: Context, session: SessionId): Promise<TaskId[]> {
  const { items } = await (await context.project()).query('task.list', { session, status: 'in_progress' })
  return items.map(({ id }) => id)
}

/** The session a command speaks for: the one that is named, else the one it runs in. */
export function ownSession(
  context: Context,
  given: unknown,
  otherwise: { message: string; suggestion: string },
): string {
  if (typeof given === 'string') return given
  return (
    context.session ??
    refuse('invalid_input', otherwise.message, { field: 'session', suggestion: otherwise.suggestion })
  )
}
