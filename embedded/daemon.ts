import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { MaestroError } from '../protocol/errors.ts'
import type { Home } from './home.ts'
import { lastMessage, openLog, spawnerLog } from './log-file.ts'
import { markOf, type ProcessMark, partEnvironment } from './processes.ts'

export type DaemonOptions = {
  script: string
  home: Home
  env: Record<string, string>
  onStart: (mark: ProcessMark) => void
  say: (line: string) => void
}

export type Daemon = { stop: () => Promise<void> }

const readyWithin = 30_000
const goneWithin = 3_000
const longestPause = 10_000

/**
 * Runs the spawner in a process of its own and starts it again when it dies. It is in its own process group, because a
 * Ctrl-C here is for us to pass on: agents live in holders that outlive both.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const stopping = new AbortController()
  let child = launch(options)
  const first = await Promise.race([ready(child), pause(readyWithin, 'silent', { ref: false })])
  if (first !== 'ready') {
    await end(child)
    const log = spawnerLog(options.home)
    const said = lastMessage(log)
    const why = first === 'silent' ? `was not ready within ${readyWithin / 1000} s` : said.message || first
    const suggestion = (first !== 'silent' && said.suggestion) || `cat ${log}`
    throw new MaestroError('failed', `The spawner did not start: ${why}`, { suggestion })
  }
  const watch = async () => {
    let said = ''
    for (let failures = 0; ; failures++) {
      const began = Date.now()
      const code = await exited(child)
      if (stopping.signal.aborted) return
      if (Date.now() - began > longestPause) failures = 0
      // One that was killed had no time to say why, and one that is refused again and again says it once.
      const why = code.startsWith('code') ? `: ${lastMessage(spawnerLog(options.home)).message}` : ''
      const line = `The spawner ended (${code}); starting it again${why}`
      if (line !== said || failures === 0) options.say(line)
      said = line
      await pause(Math.min(100 * 2 ** failures, longestPause), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      )
      if (stopping.signal.aborted) return
      child = launch(options)
    }
  }
  const watched = watch()
  const atExit = () => child.kill('SIGKILL')
  process.on('exit', atExit)
  return {
    stop: async () => {
      stopping.abort()
      await end(child)
      await watched
      process.off('exit', atExit)
    },
  }
}

function launch({ script, home, env, onStart }: DaemonOptions): ChildProcess {
  const log = openLog(spawnerLog(home))
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', log],
    detached: true,
    env: { ...process.env, ...env, ...partEnvironment(home.root, 'spawner') },
  })
  closeSync(log)
  const mark = child.pid === undefined ? undefined : markOf(child.pid)
  if (mark) onStart(mark)
  return child
}

/** The daemon says on its standard output, in one line of JSON, when it is connected. Answers that, or how it ended. */
async function ready(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (isReady(line)) {
      child.stdout!.resume()
      return 'ready'
    }
  }
  return exited(child)
}

function isReady(line: string): boolean {
  try {
    return (JSON.parse(line) as { ready?: boolean }).ready === true
  } catch {
    return false // whatever else it prints is not the line
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  const gone = await Promise.race([exited(child), pause(goneWithin, 'late', { ref: false })])
  if (gone !== 'late') return
  child.kill('SIGKILL')
  await exited(child)
}

function exited(child: ChildProcess): Promise<string> {
  const how = () => child.signalCode ?? `code ${child.exitCode}`
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(how())
  return new Promise((resolve) => {
    child.once('exit', () => resolve(how()))
    child.once('error', (error) => resolve(error.message))
  })
}
