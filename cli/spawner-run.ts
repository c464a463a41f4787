import { appendFileSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { runInForeground } from '../embedded/foreground.ts'
import { openLog, spawnerLog } from '../embedded/log-file.ts'
import { packageRoot } from '../embedded/package.ts'
import { ensureFolders, homeAt } from '../local-spawner/home.ts'
import { takeSpawner } from '../local-spawner/lock.ts'
import { MaestroError } from '../protocol/errors.ts'
import { type Context, envelope } from './context.ts'
import { type LogLine, logText, readLogLine } from './daemon-log.ts'
import { visible } from './visible.ts'

/** Runs the daemon as long as it is wanted; throws what kept it from starting. */
export async function startSpawner(context: Context): Promise<void> {
  const { home } = context.settings
  const folders = homeAt(home.root)
  ensureFolders(folders)
  takeSpawner(folders)() // refuses where one runs already, saying which
  let isReady = false
  let last: LogLine | undefined
  context.io.takeInterrupts()
  const log = openLog(spawnerLog(home)) // also where `up` has its daemon's
  const code = await runInForeground({
    script: join(packageRoot, 'dist/node/spawner.js'),
    home,
    env: context.flags.url ? { MAESTRO_API_URL: context.settings.url } : {},
    ready: (line) => {
      isReady = true
      tellReady(context, line)
    },
    log: (line) => {
      appendFileSync(log, `${line}\n`)
      last = readLogLine(line)
      if (isReady || last.level !== 'error') tellLog(context, line, last)
    },
    stopping: () => context.say('Stopping. Agents go on in their terminals; the next start finds them again.'),
  })
  closeSync(log)
  if (code !== 0) {
    const { message = `it ended with exit code ${code}`, suggestion = 'maestro spawner status' } = last ?? {}
    throw new MaestroError('failed', `The spawner ${isReady ? 'ended' : 'did not start'}: ${message}`, { suggestion })
  }
}

function tellReady(context: Context, line: string): void {
  const ready = JSON.parse(line) as { pid: number; name: string } // the daemon's one line
  if (context.flags.json) return context.io.out(envelope(ready))
  const { paint } = context.look()
  context.io.out(
    `${paint.green('✓')} ${visible(ready.name)} is ready to run agents (process ${ready.pid}). Ctrl-C ends this; agents go on.\n`,
  )
}

/** People get sentences; a program, or a file, gets the log as it is. */
function tellLog(context: Context, line: string, read: LogLine): void {
  if (!context.io.terminal.err || context.flags.json) return context.say(line)
  context.say(logText(read, context.look('err')))
}
