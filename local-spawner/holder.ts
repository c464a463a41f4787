/**
 * One program in a terminal, kept alive by a process of its own: `node holder.ts <session's folder>`.
 * The daemon may die, be upgraded and come back; the program notices nothing, and nothing it wrote is lost.
 */
import { accessSync, chmodSync, constants, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { HOLDER, LAUNCH, type Launch, socketPath, type Whereabouts, writeJson } from './holder-files.ts'
import { Holding } from './holding.ts'
import { startOf } from './process-list.ts'

const LINGER = 10 * 60_000
const GRACE = 5_000
/** How often to look whether anybody could still find this session. */
const LOOK = 30_000

try {
  await main(process.argv[2] ?? '')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function main(dir: string) {
  if (!isAbsolute(dir)) throw new Error('holder wants one argument: the absolute path of a session folder')
  const launch = takeLaunch(dir)
  process.title = `maestro-holder ${launch.session}`
  const holding = new Holding(launch, dir)
  const socket = socketPath(dir)
  const server = await listen(socket, holding)
  const childPid = await holding.start()
  const start = startOf(process.pid) ?? ''
  const { session } = launch
  const whereabouts: Whereabouts = { session, pid: process.pid, start, childPid, startedAt: holding.startedAt, socket }
  writeJson(join(dir, HOLDER), whereabouts)
  await stay(holding, dir, launch.lingerMs ?? LINGER)
  rmSync(join(dir, HOLDER), { force: true })
  server.close(() => process.exit(0)) // the socket goes at once; this is when the last client has gone
  holding.disconnect()
}

/** Read once and removed: the environment in it holds the session's key. */
function takeLaunch(dir: string): Launch {
  const path = join(dir, LAUNCH)
  const launch = JSON.parse(readFileSync(path, 'utf8')) as Launch // written by openHolder, for us alone to read
  rmSync(path)
  if (!isAbsolute(launch.file)) throw new Error(`The program must be an absolute path, not ${launch.file}`)
  accessSync(launch.file, constants.X_OK)
  if (!statSync(launch.cwd).isDirectory()) throw new Error(`${launch.cwd} is not a folder`)
  return launch
}

/** Nobody else may connect, from the first moment on; what the program creates is its own business. */
async function listen(path: string, holding: Holding): Promise<Server> {
  const umask = process.umask(0o177)
  rmSync(path, { force: true })
  const server = createServer((socket) => holding.connect(socket))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(path, resolve)
  await promise
  process.umask(umask)
  chmodSync(path, 0o600)
  return server
}

/** Until nobody needs the session any more. */
async function stay(holding: Holding, dir: string, linger: number) {
  const stopped = Promise.withResolvers<void>()
  const stop = (why: string) => {
    console.error(`${why}: the session ends`)
    holding.end(GRACE)
    stopped.resolve()
  }
  process.on('SIGHUP', () => console.error('SIGHUP: the session stays'))
  process.on('SIGINT', () => console.error('SIGINT: the session stays'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  // A mistake in one corner of a holder must not take a running program with it.
  process.on('uncaughtException', (error) => console.error(error))
  const isLost = () => !holding.hasClients && !existsSync(join(dir, HOLDER))
  const lost = setInterval(() => isLost() && stop('Nobody can find it, its folder is gone'), Math.min(LOOK, linger))
  await holding.over
  const timer = setTimeout(() => stopped.resolve(), linger)
  await Promise.race([holding.released, stopped.promise])
  clearTimeout(timer)
  clearInterval(lost)
}
