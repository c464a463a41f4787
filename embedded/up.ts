import { hasDesktop, openBrowser } from './browser.ts'
import { type Deployment, readDeployment } from './deployment.ts'
import type { Engine } from './engine.ts'
import { ensureHome, type Home, homeAt, readJson } from './home.ts'
import { ensureKeys, type Keys } from './keys.ts'
import { type Lock, takeHome } from './lock.ts'
import { checkWeb, prepareDatabase, signInLink, startServer, startSpawner } from './parts.ts'
import { defaultPort } from './ports.ts'
import { duration, type Progress, progressOn } from './progress.ts'
import { Interrupted, listenForInterruption } from './signals.ts'

export type UpOptions = {
  /** Where to listen, the last time's by default; when it is taken, the next free one. */
  port?: number
  /** Show the browser, where there is a desktop. */
  open?: boolean
  /** One line of JSON on standard output when ready; all else on standard error. */
  json?: boolean
  /** Default: `MAESTRO_HOME`, or `~/.maestro`. */
  home?: string
  /** Whether agents are to run on this machine. */
  spawner?: boolean
  deployment?: Deployment
}

type Running = { engine: Engine; keys: Keys; lock: Lock }

/** Brings everything up, one line per part, and stays until it is interrupted. Throws what kept it from starting. */
export async function up(options: UpOptions = {}): Promise<void> {
  const progress = progressOn(options.json ? process.stderr : process.stdout)
  const stops = new AsyncDisposableStack()
  const interruption = listenForInterruption(() =>
    progress.say('Stopping. Agents go on in their terminals; the next start finds them again.'),
  )
  try {
    const running = await bringUp(options, progress, stops, interruption.signal)
    await announce(options, progress, running)
    await interruption.happened
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    await stops.disposeAsync()
    interruption.forget()
  }
}

async function bringUp(
  options: UpOptions,
  { part, done, say }: Progress,
  stops: AsyncDisposableStack,
  interrupted: AbortSignal,
): Promise<Running> {
  const { deployment = readDeployment() } = options
  const home = homeAt(options.home)
  const port = options.port ?? portBefore(home) ?? defaultPort
  done('node', `${process.version}, dependencies in place`, performance.now())
  const lock = await part(
    'data',
    async () => {
      ensureHome(home)
      return takeHome(home)
    },
    () => home.root,
  )
  stops.defer(lock.release)
  const keys = ensureKeys(home)
  interrupted.throwIfAborted()

  const engine = await part(
    'server',
    () => startServer(home, deployment, keys, port, lock),
    ({ url }) => (port === 0 || url.endsWith(`:${port}`) ? url : `${url} (port ${port} was taken)`),
  )
  stops.defer(engine.stop)
  interrupted.throwIfAborted()

  await part('database', () => prepareDatabase(engine, deployment, keys), String)
  await part('web UI', () => checkWeb(engine), String)
  interrupted.throwIfAborted()

  if (options.spawner !== false) {
    const start = () => startSpawner(home, deployment, engine, lock, say)
    const daemon = await part('spawner', start, () => 'this machine is ready to run agents')
    stops.defer(daemon.stop)
  }
  interrupted.throwIfAborted()
  return { engine, keys, lock }
}

/** Where it was the last time: browsers are signed in to that address, and agents that lived on know no other. */
function portBefore(home: Home): number | undefined {
  const { url } = readJson<{ url?: string }>(home.config) ?? {}
  return url ? Number(new URL(url).port) || undefined : undefined
}

async function announce({ open = true, json = false }: UpOptions, { say }: Progress, { engine, keys }: Running) {
  const signIn = await signInLink(engine, keys)
  const ms = Math.round(performance.now())
  say('')
  say(`Ready in ${duration(ms)}. This link signs a browser in, once:`)
  say(`→ ${signIn}`)
  if (json) console.log(JSON.stringify({ ready: true, url: engine.url, signIn, pid: process.pid, ms }))
  if (open && !json && hasDesktop()) openBrowser(signIn)
}
