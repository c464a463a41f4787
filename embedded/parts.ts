import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { MaestroError } from '../protocol/errors.ts'
import { type Daemon, startDaemon } from './daemon.ts'
import type { Deployment } from './deployment.ts'
import { type Engine, PortTaken, startEngine } from './engine.ts'
import { type Home, readJson, writeJson } from './home.ts'
import { type Keys, registerKeys } from './keys.ts'
import type { Lock } from './lock.ts'
import { openLog } from './log-file.ts'
import { migrate } from './migrations.ts'
import { freePort } from './ports.ts'

/** Starts the Worker on `wanted` or the next port that is free, and lets everyone with this home know where it is. */
export async function startServer(
  home: Home,
  deployment: Deployment,
  keys: Keys,
  wanted: number,
  lock: Lock,
): Promise<Engine> {
  const log = logTo(join(home.run, 'server.log'))
  const config = readJson<object>(home.config) // before anything runs: it may be a file that cannot be read
  for (;;) {
    const port = await freePort(wanted)
    const vars = { MAESTRO_SECRET: keys.secret, MAESTRO_ALLOWED_HOSTS: `127.0.0.1:${port},localhost:${port}` }
    try {
      const engine = await startEngine({ home: home.root, data: home.data, port, deployment, vars, log })
      lock.note({ url: engine.url })
      writeJson(home.config, { ...config, url: engine.url })
      return engine
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error // somebody took it since we looked: look again
    }
  }
}

/** Brings the database up to date; answers what was new. */
export async function prepareDatabase(engine: Engine, deployment: Deployment, keys: Keys): Promise<string> {
  const applied = await migrate(engine, join(deployment.root, deployment.d1_databases[0]!.migrations_dir))
  await engine.sql(registerKeys(keys, Date.now()))
  return applied.length === 0 ? 'up to date' : `${applied.length} migration${applied.length === 1 ? '' : 's'} applied`
}

/** The page as a browser gets it, through the Worker. */
export async function checkWeb(engine: Engine): Promise<string> {
  const page = await fetch(engine.url, { headers: { accept: 'text/html' } })
  if (!page.ok) throw new MaestroError('failed', `The web UI answers ${page.status}`, { suggestion: 'npm run build' })
  return `${Math.ceil((await page.text()).length / 1000)} kB page`
}

export function startSpawner(
  home: Home,
  deployment: Deployment,
  engine: Engine,
  lock: Lock,
  say: (line: string) => void,
): Promise<Daemon> {
  const script = join(deployment.root, 'dist/node/spawner.js')
  const env = { MAESTRO_API_URL: engine.url }
  return startDaemon({ script, home, env, onStart: (child) => lock.note({ child }), say })
}

/** A link that signs one browser in, once. The token is in the fragment, which no server and no log ever sees. */
export async function signInLink(engine: Engine, keys: Keys): Promise<string> {
  const answer = await fetch(`${engine.url}/api/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.owner}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const body = (await answer.json()) as { data?: { token: string }; message?: string } // the envelope of every answer
  if (!body.data) throw new MaestroError('failed', `No sign-in link: ${body.message ?? answer.status}`)
  return `${engine.url}/sign-in#t=${body.data.token}`
}

function logTo(file: string): (line: string) => void {
  const stream = createWriteStream(file, { fd: openLog(file) })
  return (line) => stream.write(`${line}\n`)
}
