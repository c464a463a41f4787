import type { Context, MiddlewareHandler } from 'hono'
import { faultOf } from '../db/fault.ts'
import { Projects } from '../db/projects.ts'
import { UPGRADE_HEADER } from '../durable-objects/upgrade.ts'
import type { Spec } from '../protocol/declare.ts'
import { refuse } from '../protocol/errors.ts'
import { SUBPROTOCOL, TICKET_PREFIX } from '../protocol/frames.ts'
import { ProjectId } from '../protocol/ids.ts'
import { authenticate, hasEnded } from './credentials.ts'
import type { App } from './env.ts'
import { countRequest } from './rates.ts'
import { readTicket } from './tickets.ts'

/** What every request must pass, wherever it goes: the right name, no foreign page, JSON alone. */
export const checkOrigin: MiddlewareHandler<App> = async (c, next) => {
  const host = c.req.header('Host') ?? new URL(c.req.url).host
  const allowed = c.env.MAESTRO_ALLOWED_HOSTS?.split(',')
  // The runtime takes any name; a page that rebinds its own name to this address must get nowhere.
  if (allowed && !allowed.includes(host))
    refuse('host_not_allowed', `This server does not answer to ${JSON.stringify(host)}`)
  const origin = c.req.header('Origin')
  const own = [`http://${host}`, `https://${host}`]
  if (origin !== undefined && !own.includes(origin))
    refuse('origin_not_allowed', 'Pages of other sites may not ask here')
  const site = c.req.header('Sec-Fetch-Site')
  if (isApi(c.req.path) && (site === 'cross-site' || site === 'same-site'))
    refuse('origin_not_allowed', 'Pages of other sites may not ask here')
  const writes = c.req.method !== 'GET' && c.req.method !== 'HEAD'
  const type = c.req.header('Content-Type')
  const sends = Number(c.req.header('Content-Length') ?? 0) > 0 || c.req.header('Transfer-Encoding') !== undefined
  if (writes && sends && !type?.startsWith('application/json'))
    refuse('not_json', 'Send JSON, with Content-Type: application/json')
  await next()
}

export const isApi = (path: string) => path.startsWith('/api/') || path === '/api' || path === '/metrics'

/** Lets in who has a good key with the scope that the table asks for this route. */
export function admit(scope: Spec['scope']): MiddlewareHandler<App> {
  return async (c, next) => {
    if (scope !== 'public') await identify(c, scope)
    await next()
  }
}

async function identify(c: Context<App>, scope: Exclude<Spec['scope'], 'public'>): Promise<void> {
  const [, key] = /^Bearer (\S+)$/.exec(c.req.header('Authorization') ?? '') ?? []
  if (!key) refuse('unauthenticated', 'A key is needed: Authorization: Bearer mst_…', { suggestion: 'maestro open' })
  const { actor, bound } = await authenticate(c.env, key, Date.now(), (work) => c.executionCtx.waitUntil(work))
  countRequest(actor, Date.now())
  if (!actor.scopes.includes(scope))
    refuse('forbidden', `This key may not do that: it lacks the scope ${scope}`, {
      suggestion: 'maestro whoami',
      validValues: actor.scopes,
    })
  c.set('actor', actor)
  c.set('bound', bound)
}

/** Settles which project a request is about: by its path, its key, `Maestro-Project` or `?project=`. */
export const settleProject: MiddlewareHandler<App> = async (c, next) => {
  const { bound } = c.var
  const named = c.req.param('project') ?? c.req.header('Maestro-Project') ?? c.req.query('project') ?? bound
  const parsed = ProjectId.safeParse(named)
  if (!named)
    refuse('invalid_input', 'Which project? Name it in the path, in Maestro-Project or in ?project=', {
      field: 'project',
    })
  // A project of others and one that does not exist look the same from outside.
  if (!parsed.success || (bound && bound !== parsed.data) || !(await exists(c.env, parsed.data))) notFound(named)
  c.set('project', parsed.data)
  await next()
}

function notFound(project: string): never {
  refuse('project_not_found', `There is no project ${JSON.stringify(project)}`, {
    field: 'project',
    suggestion: 'maestro project list',
  })
}

const existing = new Set<string>()

async function exists(env: Env, id: ProjectId): Promise<boolean> {
  if (existing.has(id)) return true
  const found = await new Projects(env.DB).find(id).catch((error: unknown) => {
    console.error(
      JSON.stringify({ level: 'error', message: 'the directory of projects does not answer', error: faultOf(error) }),
    )
    return refuse('unavailable', 'The directory of projects does not answer')
  })
  if (found) existing.add(id)
  return found !== undefined
}

/** The request for an upgrade as its object may see it: without credentials, with what they were found to mean. */
export async function admitUpgrade(c: Context<App>): Promise<Request> {
  const offered = (c.req.header('Sec-WebSocket-Protocol') ?? '').split(',').map((word) => word.trim())
  const ticket = offered.find((word) => word.startsWith(TICKET_PREFIX))?.slice(TICKET_PREFIX.length)
  if (!ticket || !offered.includes(SUBPROTOCOL)) {
    refuse('unauthenticated', `A ticket is needed: offer the subprotocols ${SUBPROTOCOL} and ${TICKET_PREFIX}<ticket>`)
  }
  const upgrade = await readTicket(c.env, ticket, Date.now())
  if (upgrade.project !== c.req.param('project') || upgrade.session !== (c.req.param('session') ?? null)) {
    refuse('forbidden', 'This ticket is for another connection')
  }
  if (await hasEnded(c.env, upgrade.actor.key)) refuse('unauthenticated', 'The key that made this ticket has ended')
  if (c.req.header('Upgrade')?.toLowerCase() !== 'websocket')
    refuse('invalid_input', 'This is a WebSocket: ask for an upgrade')
  const headers = new Headers({ Upgrade: 'websocket', [UPGRADE_HEADER]: JSON.stringify(upgrade) })
  return new Request(c.req.url, { headers })
}
