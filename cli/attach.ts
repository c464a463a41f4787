import { frozenInWords } from '../protocol/freeze.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Spawner } from '../protocol/model.ts'
import { Attached } from './attached.ts'
import type { Context, Tty } from './context.ts'
import { Interrupted, interruptible } from './interrupt.ts'
import { showable } from './terminal-access.ts'
import { visible } from './visible.ts'

/** Shows a session's terminal on this one until it is left, and says what goes on. */
export async function attach(context: Context, tty: Tty, id: SessionId, control: boolean): Promise<undefined> {
  const goesOn = { message: `${id} goes on without you.`, next: [`maestro session attach ${id}`] }
  const left = await interruptible(
    context,
    () => goesOn,
    (signal) => attachOnce(context, tty, id, control, signal),
  )
  if (left === 'interrupted') throw new Interrupted(goesOn.message, goesOn.next)
  const { message, next } =
    left === 'detached' ? goesOn : { message: `${id} has ${left}.`, next: [`maestro session show ${id}`] }
  context.say(message)
  for (const command of next) context.say(context.look('err').paint.dim(`→ ${context.here(command)}`))
}

/** How it was left: with the key for that, with Ctrl-C, or when the program had ended, with how. */
export async function attachOnce(
  context: Context,
  tty: Tty,
  id: SessionId,
  control: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { session, machine } = await showable(context, id)
  const client = await context.project()
  const { scopes } = await context.server.ask('whoami', {})
  const { name } = visible(session)
  const writes = scopes.includes('terminal:write')
  const mayNot = whyNotType(machine, scopes)
  const whyNot = async () => {
    const { machine, frozen } = await showable(context, id)
    return whyNotType(machine, scopes) ?? (frozen ? visible(frozenInWords(frozen)) : undefined)
  }
  const wish = { client, id, name, writes, mayNot, whyNot, control }
  return new Attached(context.io.out, tty, wish).until(signal)
}

/** Why nothing can be typed into a machine's terminals with this key, if so. */
export function whyNotType(machine: Spawner | undefined, scopes: readonly string[]): string | undefined {
  if (!scopes.includes('terminal:write')) return 'Your key may look at terminals, not type into them'
  if (machine && !machine.typing)
    return `${visible(machine.name)} lets nobody type from elsewhere: \`typing\` in its policy`
  return undefined
}
