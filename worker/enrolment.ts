import type { Context } from 'hono'
import { type KeyRow, Keys } from '../db/keys.ts'
import { Projects } from '../db/projects.ts'
import { type Actor, nameOf, type Scope, scopesFor } from '../protocol/actor.ts'
import type { DirectoryAnswer, ProjectAnswer } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { longId, type ProjectId, shortId } from '../protocol/ids.ts'
import { kindOf } from '../protocol/keys.ts'
import { askedId } from './asked-id.ts'
import { sha256 } from './credentials.ts'
import type { App } from './env.ts'
import { mint, mintOnce } from './mint.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** How long (ms) somebody has to walk over to the other machine. */
const INVITED_MS = 15 * MINUTE
/** How long (ms) an enrolled machine may work before it is to be enrolled anew. */
const ENROLLED_MS = 365 * DAY

/** A one-use key for a further machine. Its name is the machine's, where that was said. */
export async function invite(
  c: Context<App>,
  { name }: { name: string | null },
): Promise<ProjectAnswer['spawner.invite']> {
  const { actor, project } = c.var
  // Good for nothing but to be exchanged: its scopes are the machine's, and nobody gives away more than they have.
  const scopes = scopesFor('spawner').filter((scope) => scope === 'spawner' || actor.scopes.includes(scope))
  const facts = { kind: 'enrol', name: name ?? '', by: nameOf(actor), project, scopes, lasts: INVITED_MS } as const
  const id = askedId(c)
  const made = await (id ? mintOnce(c.env, facts, actor.key, id, Date.now()) : mint(c.env, facts, Date.now()))
  return { key: made.key, id: made.id, expiresAt: made.expiresAt! }
}

export const enrolmentAnswers = {
  async 'enrolment.show'(c: Context<App>, { token }: { token: string }): Promise<DirectoryAnswer['enrolment.show']> {
    const row = await checked(token, (hash) => new Keys(c.env.DB).findUnused(hash, 'enrol', Date.now()))
    const project = row.project as ProjectId // `invite` wrote it
    const { name = '' } = (await new Projects(c.env.DB).find(project)) ?? {}
    const about = { project, projectName: name, invitedBy: row.createdBy, name: row.name || null }
    return { ...about, expiresAt: row.expiresAt!, version: c.env.MAESTRO_VERSION }
  },

  /** Used up first: whoever dies on the way has to be invited anew, and nobody gets in twice. */
  async 'enrolment.use'(
    c: Context<App>,
    { token, name }: { token: string; name: string },
  ): Promise<DirectoryAnswer['enrolment.use']> {
    const now = Date.now()
    const row = await checked(token, (hash) => new Keys(c.env.DB).redeem(hash, 'enrol', now))
    const project = row.project as ProjectId // `invite` wrote it
    const spawner = shortId('spn', crypto.getRandomValues(new Uint8Array(8)))
    const scopes = JSON.parse(row.scopes) as Scope[] // `invite` wrote them
    const called = row.name || name
    const facts = { kind: 'spawner', name: called, by: row.createdBy, project, scopes, spawner } as const
    const made = await mint(c.env, { ...facts, lasts: ENROLLED_MS }, now)
    const actor: Actor = { kind: 'spawner', key: made.id, name: called, scopes, spawner }
    const id = longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
    const object = c.env.PROJECTS.getByName(project)
    const expected = await object.execute(actor, { type: 'spawner.expect', spawner, name: called }, id)
    if (!expected.ok) throw MaestroError.from(expected.error)
    return { key: made.key, spawner, project, expiresAt: made.expiresAt! }
  },
}

async function checked(token: string, look: (hash: string) => Promise<KeyRow | undefined>): Promise<KeyRow> {
  const row = kindOf(token) === 'enrol' ? await look(await sha256(token)) : undefined
  const why = 'This key was used, is too old, was revoked, or was made by another server'
  return row ?? refuse('link_used', why, { suggestion: 'maestro spawner invite' })
}
