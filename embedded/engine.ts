import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MiniflareOptions } from 'miniflare'
import { type Deployment, readDeployment } from './deployment.ts'
import { doorScript, type Statement } from './door.ts'
import { partEnvironment } from './processes.ts'
import { keepAlive } from './revive.ts'

export type EngineOptions = {
  /** Where Durable Objects and D1 keep their files. One process only: see lock.ts. */
  data: string
  port: number
  /** Marks the runtime's process, so that the next start finds it if this one is killed. */
  home: string
  /** Variables and secrets beyond those in wrangler.toml. */
  vars?: Record<string, string>
  deployment?: Deployment
  log?: (line: string) => void
}

/** A running Worker with its Durable Objects, D1 and assets, on workerd, on this machine's loopback address. */
export type Engine = {
  url: string
  /** Runs the statements in D1 as one transaction, with no Worker of ours in between; rows of each. */
  sql: (statements: Statement[]) => Promise<Record<string, unknown>[][]>
  stop: () => Promise<void>
}

/** The port was taken between looking and starting. */
export class PortTaken extends Error {}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const deployment = options.deployment ?? readDeployment()
  const secret = randomBytes(32).toString('hex')
  const { Miniflare } = await import('miniflare')
  const all = miniflareOptions(options, deployment, secret)
  const miniflare = keepSignals(() => new Miniflare(all))
  await miniflare.ready.catch(async (error: unknown) => {
    await miniflare.dispose().catch(() => undefined) // the reason it never became ready is the one to tell
    throw isPortTaken(error) ? new PortTaken(`Port ${options.port} is taken`) : error
  })
  const rest = keepAlive({
    look: () => miniflare.ready,
    start: () => miniflare.setOptions(all),
    log: (error) =>
      options.log?.(JSON.stringify({ level: 'warn', message: 'the engine starts again', error: String(error) })),
  })
  return {
    url: `http://127.0.0.1:${options.port}`,
    sql: async (statements) => askDoor(await miniflare.ready, secret, statements), // where it is may change with a new start
    stop: () => {
      rest()
      return miniflare.dispose()
    },
  }
}

/**
 * Two Workers. Miniflare's own entry socket leads to the first, `door`, which only runs our SQL and only for who knows
 * the secret. People and agents reach `maestro` by its own socket: 25,000 requests/s instead of the 2,000 which are left
 * by Miniflare's entry and asset routers. That socket is declared on `door`, because on a Worker with assets Miniflare
 * would put its router in front again.
 */
function miniflareOptions(options: EngineOptions, deployment: Deployment, secret: string): MiniflareOptions {
  const { name, compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = deployment
  const [database] = deployment.d1_databases
  const classes = deployment.migrations.flatMap((migration) => migration.new_sqlite_classes)
  const assets = join(deployment.root, deployment.assets.directory)
  return {
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    resourcePersistencePath: options.data,
    unsafeRuntimeEnv: partEnvironment(options.home, 'engine'),
    handleStructuredLogs: ({ message }) => options.log?.(message),
    workers: [
      {
        config: {
          name: 'door',
          compatibilityDate,
          manifest: manifest(deployment.root, 'door.js', doorScript),
          env: { DB: { type: 'd1', id: database!.database_name }, SECRET: { type: 'text', value: secret } },
        },
        dev: { cacheAPI: false, unsafeDirectSockets: [{ host: '127.0.0.1', port: options.port, serviceName: name }] },
      },
      {
        config: {
          name,
          compatibilityDate,
          // On one's own machine bytes are cheap: packing each frame for each viewer, and unpacking it, takes longer than sending it.
          compatibilityFlags: [...(compatibilityFlags ?? []), 'no_web_socket_compression'],
          manifest: manifest(deployment.root, 'index.js', readFileSync(join(deployment.root, deployment.main), 'utf8')),
          env: bindings(
            deployment,
            { ...deployment.vars, MAESTRO_MODE: 'embedded', ...options.vars },
            existsSync(assets),
          ),
          exports: Object.fromEntries(classes.map((name) => [name, { type: 'durable-object', storage: 'sqlite' }])),
          ...(existsSync(assets) && {
            assets: { directory: assets, hasUserWorker: true, notFoundHandling: deployment.assets.not_found_handling },
          }),
        },
        dev: { cacheAPI: false },
      },
    ],
  }
}

type Bindings = NonNullable<MiniflareOptions['workers'][number]['config']['env']>

function bindings(deployment: Deployment, vars: Record<string, unknown>, withAssets: boolean): Bindings {
  const texts = Object.entries(vars).map(([name, value]) => [name, { type: 'text', value: String(value) }])
  const objects = deployment.durable_objects.bindings.map(({ name, class_name }) => [
    name,
    { type: 'durable-object', worker: deployment.name, exportName: class_name },
  ])
  const databases = deployment.d1_databases.map(({ binding, database_name }) => [
    binding,
    { type: 'd1', id: database_name },
  ])
  const limits = deployment.ratelimits.map(({ name, namespace_id, simple }) => [
    name,
    { type: 'rate-limit', namespace: namespace_id, simple },
  ])
  const assets = withAssets ? [[deployment.assets.binding, { type: 'assets' }]] : []
  return Object.fromEntries([...texts, ...objects, ...databases, ...limits, ...assets])
}

function manifest(root: string, name: string, contents: string) {
  return { mainModule: name, modulesRoot: root, modules: { [name]: { type: 'esm' as const, contents } } }
}

async function askDoor(door: URL, secret: string, statements: Statement[]): Promise<Record<string, unknown>[][]> {
  const answer = await fetch(door, {
    method: 'POST',
    headers: { authorization: secret },
    body: JSON.stringify(statements),
  })
  const body = (await answer.json()) as { rows?: Record<string, unknown>[][]; error?: string } // door.ts answers so
  if (!body.rows) throw new Error(`The database refused: ${body.error}`)
  return body.rows
}

/** Miniflare would end the whole process at the first signal. When to stop, and in what order, is for whoever runs it. */
function keepSignals<T>(make: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const before = signals.map((signal) => new Set(process.listeners(signal)))
  const made = make()
  for (const [i, signal] of signals.entries())
    for (const listener of process.listeners(signal)) if (!before[i]!.has(listener)) process.off(signal, listener)
  return made
}

function isPortTaken(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_ADDRESS_IN_USE'
}
