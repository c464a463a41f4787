import type { Context } from 'hono'
import { type KeyRow, Keys } from '../db/keys.ts'
import { Projects } from '../db/projects.ts'
import { nameOf, type Scope, scopesFor } from '../protocol/actor.ts'
import type { DirectoryAnswer, directory, KeyFacts } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { longId, type ProjectId, shortId } from '../protocol/ids.ts'
import { kindOf } from '../protocol/keys.ts'
import { checkedEntry } from '../protocol/transfer.ts'
import { askedId } from './asked-id.ts'
import { sha256 } from './credentials.ts'
import { closeFor } from './ended.ts'
import { enrolmentAnswers } from './enrolment.ts'
import type { App } from './env.ts'
import { mint, mintOnce } from './mint.ts'
import { openapi } from './openapi.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

type Input<K extends keyof typeof directory> = (typeof directory)[K]['input']['_zod']['output']
type Answers = {
  [K in Exclude<keyof typeof directory, 'hook.event' | 'metrics'>]: (
    c: Context<App>,
    input: Input<K>,
  ) => Promise<DirectoryAnswer[K]>
}

/** What the Worker answers itself, by the names in protocol/directory.ts. */
export const answers: Answers = {
  async whoami(c) {
    const { kind, name, key, scopes, session = null, spawner = null } = c.var.actor
    return {
      kind,
      name,
      key,
      scopes,
      project: c.var.bound,
      session,
      spawner,
      version: c.env.MAESTRO_VERSION,
      mode: c.env.MAESTRO_MODE,
    }
  },

  async 'sign-in'(c, { token }) {
    const now = Date.now()
    const row = kindOf(token) === 'link' ? await new Keys(c.env.DB).redeem(await sha256(token), 'link', now) : undefined
    if (!row) refuse('link_used', 'This link was used, or is too old', { suggestion: 'maestro open' })
    const facts = { name: row.name, by: row.createdBy, project: row.project as ProjectId | null }
    const scopes = JSON.parse(row.scopes) as Scope[] // `link.create` wrote both
    const made = await mint(c.env, { kind: 'person', ...facts, scopes, lasts: 30 * DAY }, now)
    return { key: made.key, name: made.name, expiresAt: made.expiresAt! }
  },

  async 'link.create'(c) {
    const { actor, bound } = c.var
    // Whoever signs in with it may do what its maker may, and no more.
    const may = { project: bound, scopes: actor.scopes, lasts: 10 * MINUTE }
    const { key, expiresAt } = await mint(
      c.env,
      { kind: 'link', name: actor.name, by: nameOf(actor), ...may },
      Date.now(),
    )
    return { token: key, expiresAt: expiresAt! }
  },

  async 'project.list'(c) {
    const rows = await new Projects(c.env.DB).list()
    const mine = rows.filter(({ id }) => c.var.bound === null || c.var.bound === id)
    return { items: mine.map((row) => ({ ...row, id: row.id as ProjectId })) } // `project.new` wrote them
  },

  async 'project.new'(c, { project, name }) {
    if (c.var.bound) refuse('forbidden', 'This key is good for one project only')
    const id = longId('evt', Date.now(), crypto.getRandomValues(new Uint8Array(10)))
    const outcome = await c.env.PROJECTS.getByName(project).execute(
      c.var.actor,
      { type: 'project.create', project, name },
      id,
    )
    if (!outcome.ok) throw MaestroError.from(outcome.error)
    // Last: who dies on the way leaves nothing that is listed and not there.
    await new Projects(c.env.DB).add(project, name, Date.now())
    return { project }
  },

  async 'project.import'(c, { project, entries, createdAt, ...part }) {
    if (c.var.bound) refuse('forbidden', 'This key is good for one project only')
    const taken = await c.env.PROJECTS.getByName(project).take(c.var.actor, {
      ...{ ...part, project, entries: entries.map(checkedEntry) },
    })
    if (!taken.ok) throw MaestroError.from(taken.error)
    // Only now: what is not all there is listed nowhere, and nobody gets to see it.
    if (taken.value.whole) await new Projects(c.env.DB).add(project, taken.value.name, createdAt ?? Date.now())
    return taken.value
  },

  async 'key.list'(c) {
    const rows = await new Keys(c.env.DB).list(c.var.bound)
    return { items: rows.filter(({ kind, revokedAt }) => kind !== 'link' && revokedAt === null).map(factsOf) }
  },

  async 'key.create'(c, { kind, name, project: named, scopes: wanted, days }) {
    const { actor, bound } = c.var
    const project = named ?? bound
    if (bound && project !== bound)
      refuse('forbidden', 'This key is good for one project only', { field: 'project', validValues: [bound] })
    // Nobody hands on what is not theirs; `spawner` is no person's own, and is what a machine's key is for.
    const usual = scopesFor(kind).filter((scope) => scope === 'spawner' || actor.scopes.includes(scope))
    const missing = wanted?.filter((scope) => !usual.includes(scope)) ?? []
    if (missing.length)
      refuse('invalid_input', `A ${kind} key made with this one cannot have ${missing.join(', ')}`, {
        field: 'scopes',
        validValues: usual,
      })
    const spawner = kind === 'spawner' ? { spawner: shortId('spn', crypto.getRandomValues(new Uint8Array(8))) } : {}
    const facts = { kind, name, by: nameOf(actor), project, scopes: wanted ?? usual, lasts: days * DAY, ...spawner }
    const id = askedId(c)
    return id ? mintOnce(c.env, facts, actor.key, id, Date.now()) : mint(c.env, facts, Date.now())
  },

  async 'key.revoke'(c, { key }) {
    const row = await new Keys(c.env.DB).revoke(key, c.var.bound, Date.now())
    if (!row) refuse('key_not_found', `There is no key ${key} to revoke`, { suggestion: 'maestro key list' })
    return { closed: await closeFor(c.env, row) }
  },

  ...enrolmentAnswers,

  async openapi(c) {
    return openapi(c.env.MAESTRO_VERSION)
  },
}

function factsOf({ id, kind, name, project, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: KeyRow): KeyFacts {
  const facts = { id, kind, name, createdAt, expiresAt, lastUsedAt, revokedAt }
  return { ...facts, project: project as ProjectId | null, scopes: JSON.parse(scopes) as Scope[] } // `mint` wrote both
}
