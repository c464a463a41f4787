import type { Context } from 'hono'
import { History } from '../db/history.ts'
import { decodeRow } from '../durable-objects/log.ts'
import { nameOf, type Scope, scopesFor, scopesForRole } from '../protocol/actor.ts'
import type { ProjectAnswer, projectRoutes } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { typesLike } from '../protocol/history.ts'
import { longId } from '../protocol/ids.ts'
import type { Session } from '../protocol/model.ts'
import { invite } from './enrolment.ts'
import type { App } from './env.ts'
import { historyAnswers } from './history.ts'
import { readLog } from './log.ts'
import { mint } from './mint.ts'
import { makeTicket } from './tickets.ts'

const DAY = 24 * 60 * 60_000

type Input<K extends keyof typeof projectRoutes> = (typeof projectRoutes)[K]['input']['_zod']['output']
type Answers = {
  [K in Exclude<keyof typeof projectRoutes, 'live' | 'terminal'>]: (
    c: Context<App>,
    input: Input<K>,
  ) => Promise<ProjectAnswer[K]>
}

/** What is answered about a project beside its commands and queries, by the names in protocol/directory.ts. */
export const projectAnswers: Answers = {
  async ticket(c, { session }) {
    const { actor, project } = c.var
    if (session) {
      if (!actor.spawner && !actor.scopes.includes('terminal:read'))
        refuse('forbidden', 'This key may not look at terminals')
    }
    const outcome = await objectOf(c).mayConnect(actor, session)
    if (!outcome.ok) throw MaestroError.from(outcome.error)
    return makeTicket(c.env, { actor, project, session }, Date.now())
  },

  'spawner.invite': invite,

  async 'session.keys'(c, { session: id }) {
    const { actor, project } = c.var
    const outcome = await objectOf(c).query(actor, { type: 'session.show', session: id })
    if (!outcome.ok) throw MaestroError.from(outcome.error)
    const session = JSON.parse(outcome.value) as Session // the project's own answer
    if (session.spawner !== actor.spawner || session.status === 'ended')
      refuse('forbidden', `${id} does not run on ${actor.spawner}`)
    // Claimed once more: whoever may not start it now, because the project is frozen, gets no keys for it.
    const again = { type: 'session.claim', session: id, spawner: actor.spawner! } as const // only a machine's key has this scope
    const asked = longId('evt', Date.now(), crypto.getRandomValues(new Uint8Array(10)))
    const claimed = await objectOf(c).execute(actor, again, asked)
    if (!claimed.ok) throw MaestroError.from(claimed.error)
    const common = { name: id, by: nameOf(actor), project, session: id, lasts: 7 * DAY }
    const make = (kind: 'session' | 'hook', scopes: readonly Scope[]) =>
      mint(c.env, { ...common, kind, scopes }, Date.now())
    const [own, hook] = await Promise.all([
      make('session', scopesForRole(session.role)),
      make('hook', scopesFor('hook')),
    ])
    return { session: own.key, hook: hook.key }
  },

  async 'entry.list'(c, range) {
    const { type, ...rest } = range
    const wanted = { ...rest, ...(type !== undefined && { types: typesLike(type) }) }
    const outcome = await readLog(objectOf(c), new History(c.env.DB, c.var.project), c.var.actor, wanted)
    if (!outcome.ok) throw MaestroError.from(outcome.error)
    const { rows, more, begins } = outcome.value
    return { entries: rows.map(decodeRow), more, begins }
  },

  async 'log.show'(c) {
    const { head, begins, epoch } = await objectOf(c).figures()
    return { head, begins, epoch }
  },

  ...historyAnswers,
}

function objectOf(c: Context<App>) {
  return c.env.PROJECTS.getByName(c.var.project)
}
