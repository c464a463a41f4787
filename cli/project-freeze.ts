import type { Command } from 'commander'
import * as z from 'zod'
import type { Client } from '../client/client.ts'
import { SessionId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import { type Context, found } from './context.ts'
import { changeOf } from './contract.ts'
import { count } from './look.ts'
import { optionOf } from './option.ts'
import { changed, said } from './outcome.ts'
import { change } from './verb.ts'

const stop = optionOf('--stop', 'Stop all its sessions too')

/** `maestro project freeze`: nothing is started or typed any more; with `--stop`, what runs ends too. */
export function projectFreeze(context: Context): Command {
  return change(context, 'project.freeze', {
    options: [stop],
    who: 'person',
    examples: ['maestro project freeze', 'maestro project freeze --reason "Too many of them" --stop'],
    output: changeOf({ stopped: z.array(SessionId).describe('Sessions that were told to stop') }),
    result: async (done, _, context, given) => {
      const stopped = given.stop ? await stopAll(await context.project()) : []
      const text = `nothing is started or typed until it is thawed${stopped.length ? `; ${count(stopped.length, 'session')} told to stop` : ''}`
      return found(
        { ...done, stopped },
        (_, look) => said(`Frozen: ${text}`, look, done.entries.length > 0, 'it was before'),
        [stopped.length || given.stop ? 'maestro project thaw' : 'maestro project freeze --stop'],
      )
    },
  })
}

export function projectThaw(context: Context): Command {
  return change(context, 'project.thaw', {
    who: 'person',
    examples: ['maestro project thaw'],
    result: (done) =>
      changed(
        done,
        {},
        (look, isNew) => said('Thawed: agents may be started again', look, isNew, 'it was not frozen'),
        ['maestro status'],
      ),
  })
}

/** Tells every session that Maestro started to stop; answers which. */
async function stopAll(client: Client): Promise<SessionId[]> {
  const { live, sessions } = await client.query('project.show', {})
  const ids = Object.keys(live) as SessionId[] // the keys of `live` are session ids by its schema
  const mine = ids.filter((id) => isToStop(sessions[id]))
  await Promise.all(mine.map((session) => client.execute('session.stop', { session })))
  return mine
}

const isToStop = (session: Session | undefined) => session?.managed === true && !session.stopping
