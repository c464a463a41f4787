import { type Context, Hono } from 'hono'
import { routePath } from 'hono/route'
import type { Spec, Table } from '../protocol/declare.ts'
import { directory, projectRoutes } from '../protocol/directory.ts'
import { refuse } from '../protocol/errors.ts'
import { longId } from '../protocol/ids.ts'
import { commands, internalCommands, parseCommand } from '../protocol/project.ts'
import { type Query, queries } from '../protocol/queries.ts'
import { askedId } from './asked-id.ts'
import { assets } from './assets.ts'
import { readJson } from './body.ts'
import { answers } from './directory.ts'
import type { App } from './env.ts'
import { answerError, failed } from './errors.ts'
import { admit, admitUpgrade, checkOrigin, settleProject } from './gate.ts'
import { pastSession } from './history.ts'
import { checkMayEnd, endKeys } from './machines.ts'
import { metrics } from './metrics.ts'
import { projectAnswers } from './project.ts'
import { hear } from './webhooks.ts'

export const api = new Hono<App>()

api.use(async (c, next) => {
  c.set('requestId', crypto.randomUUID())
  await next()
  c.header('X-Request-Id', c.var.requestId)
})
api.use(checkOrigin)
api.onError(answerError)

api.get('/health', (c) => c.json({ success: true, data: { status: 'ok' } }))
api.get('/metrics', admit('read'), metrics)

for (const [name, spec] of entriesOf(directory)) {
  api.on(spec.method, `/api${spec.path}`, admit(spec.scope), async (c) => {
    if (name === 'hook.event') return ok(c, await hear(c))
    if (name === 'metrics') return metrics(c)
    // The table ties each name to its input, and `answers` to the same names.
    return ok(c, await answers[name](c, spec.input.parse(await inputOf(c, spec)) as never))
  })
}

for (const [name, spec] of entriesOf(projectRoutes)) {
  if (name === 'live' || name === 'terminal') continue
  route(spec, async (c) => ok(c, await projectAnswers[name](c, spec.input.parse(await inputOf(c, spec)) as never))) // as above
}

// The ticket of an upgrade stands for a key that was admitted when it was made, for this project and this purpose.
api.get('/api/projects/:project/live', async (c) =>
  upgraded(await objectOf(c, c.req.param('project')).fetch(await admitUpgrade(c))),
)
api.get('/api/projects/:project/sessions/:session/terminal', async (c) => {
  const { project, session } = c.req.param()
  return upgraded(await c.env.TERMINALS.getByName(`${project}/${session}`).fetch(await admitUpgrade(c)))
})

/** The object's own answer to an upgrade, where that is one: its refusals are said like all others. */
function upgraded(answer: Response): Response {
  if (answer.status === 401) refuse('unauthenticated', 'This ticket was used already, or its session has ended')
  return answer
}

for (const [type, spec] of entriesOf(queries)) {
  route(spec, async (c) => {
    const query = { type, ...spec.input.parse(await inputOf(c, spec)) } as Query // of the type's own schema
    const outcome = await objectOf(c, c.var.project).query(c.var.actor, query)
    const found = outcome.ok ? outcome.value : await pastSession(c, query, outcome.error)
    if (!found && !outcome.ok) return failed(outcome.error, c.var.requestId)
    return c.body(`{"success":true,"data":${found}}`, 200, { 'Content-Type': 'application/json' })
  })
}

for (const [type, spec] of entriesOf(commands)) {
  if (internalCommands.has(type)) continue
  route(spec, async (c) => {
    const command = parseCommand(type, await inputOf(c, spec))
    await checkMayEnd(c, command)
    const outcome = await objectOf(c, c.var.project).execute(c.var.actor, command, idOf(c))
    if (outcome.ok) await endKeys(c, command)
    return outcome.ok ? ok(c, outcome.value) : failed(outcome.error, c.var.requestId)
  })
}

api.all('/api/*', () => refuse('route_not_found', 'There is no such route', { suggestion: 'GET /api/openapi.json' }))
api.get('*', assets)
api.all('*', () => refuse('route_not_found', 'There is no such route'))

/** A project's route, below the project's own path and, where key or header say which project, below `/api` too. */
function route(spec: Spec, handle: (c: Context<App>) => Promise<Response>): void {
  const paths = [`/api/projects/:project${spec.path}`, ...(spec.path ? [`/api${spec.path}`] : [])]
  api.on(spec.method, paths, admit(spec.scope), settleProject, handle)
}

/** What the caller says, in the path, the query or the body. The path wins: it was what the scope was asked for. */
async function inputOf(c: Context<App>, spec: Spec): Promise<Record<string, unknown>> {
  const said = spec.method === 'GET' ? c.req.query() : await readJson(c.req.raw, spec.bytes)
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    refuse('invalid_input', 'The body must be a JSON object')
  const { project: _, ...path } = c.req.param() as Record<string, string>
  const named = routePath(c).includes('/projects/:project') ? {} : { project: c.req.param('project') }
  return { ...named, ...said, ...path }
}

/** The id that makes asking twice asking once. */
function idOf(c: Context<App>): string {
  return askedId(c) ?? longId('evt', Date.now(), crypto.getRandomValues(new Uint8Array(10)))
}

function objectOf(c: Context<App>, project: string) {
  return c.env.PROJECTS.getByName(project)
}

function ok(c: Context<App>, data: unknown): Response {
  return c.json({ success: true, data })
}

function entriesOf<T extends Table>(table: T): [keyof T & string, T[keyof T & string]][] {
  return Object.entries(table) as [keyof T & string, T[keyof T & string]][] // a literal table has no other keys
}
