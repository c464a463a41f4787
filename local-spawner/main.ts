import { MaestroError } from '../protocol/errors.ts'
import { connectionOf } from './connection.ts'
import { ensureFolders, homeAt } from './home.ts'
import { takeSpawner } from './lock.ts'
import { logToStderr as log, sentenceOf } from './log.ts'
import { ensurePolicy } from './policy-file.ts'
import { Spawner } from './spawner.ts'
import { sweepWorktrees } from './worktree.ts'

/** A goodbye that takes longer is none: the server finds out by itself. */
const GOODBYE_MS = 1_500

/** Runs the daemon until it is told to stop. One line on standard output says when it is connected; the log goes to standard error. */
export async function main(): Promise<void> {
  try {
    await run()
  } catch (error) {
    const help = error instanceof MaestroError ? error.toJSON() : {}
    log('error', sentenceOf(error), { ...help })
    process.exit(1)
  }
}

async function run(): Promise<void> {
  const home = homeAt()
  ensureFolders(home)
  const release = takeSpawner(home)
  await ensurePolicy(home)
  const spawner = new Spawner(home, connectionOf(home), log)
  let isStopping = false
  const stop = async () => {
    if (isStopping) return
    isStopping = true
    setTimeout(() => process.exit(0), GOODBYE_MS).unref()
    await spawner.stop()
    release()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop())
  // Not SIGUSR1: that one opens Node's debugger.
  process.on('SIGUSR2', () => void spawner.look())
  // A mistake in one corner must not leave all agents unheard; it is said, and the rest goes on.
  process.on('unhandledRejection', (error) =>
    log('error', `unexpected: ${sentenceOf(error)}`, { stack: stackOf(error) }),
  )
  process.on('uncaughtException', (error) =>
    log('error', `unexpected: ${sentenceOf(error)}`, { stack: stackOf(error) }),
  )
  // Whoever started it may have died meanwhile; the daemon is there for the agents, not for its parent.
  process.stdout.on('error', (error) => log('warn', `nobody hears that it is ready: ${sentenceOf(error)}`))
  await spawner.start()
  const ready = { ready: true, pid: process.pid, name: spawner.name, ms: Math.round(performance.now()) }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  await sweepWorktrees(home).catch((error) => log('warn', `a worktree could not be looked at: ${sentenceOf(error)}`))
}

const stackOf = (error: unknown) => (error instanceof Error ? error.stack : undefined)
