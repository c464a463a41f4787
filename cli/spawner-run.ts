import { join } from 'node:path'
import { runInForeground } from '../embedded/foreground.ts'
import { packageRoot } from '../embedded/package.ts'
import { ensureFolders, homeAt } from '../local-spawner/home.ts'
import { takeSpawner } from '../local-spawner/lock.ts'
import { MaestroError } from '../protocol/errors.ts'
import { type Context, envelope } from './context.ts'
import { clock } from './entry-text.ts'
import { visible } from './visible.ts'

type LogLine = { at: number; level: string; message: string; suggestion: string | undefined }

/** Runs the daemon as long as it is wanted; throws what kept it from starting. */
export async function startSpawner(context: Context): Promise<void> {
  const { home } = context.settings
  const folders = homeAt(home.root)
  ensureFolders(folders)
  takeSpawner(folders)() // refuses where one runs already, saying which
  let isReady = false
  let last: LogLine | undefined
  context.io.takeInterrupts()
  const code = await runInForeground({
    script: join(packageRoot, 'dist/node/spawner.js'),
    home,
    env: context.flags.url ? { MAESTRO_API_URL: context.settings.url } : {},
    ready: (line) => {
      isReady = true
      tellReady(context, line)
    },
    log: (line) => {
      last = readLine(line)
      if (isReady || last.level !== 'error') tellLog(context, line, last)
    },
    stopping: () => context.say('Stopping. Agents go on in their terminals; the next start finds them again.'),
  })
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
function tellLog(context: Context, line: string, { at, level, message }: LogLine): void {
  if (!context.io.terminal.err || context.flags.json) return context.say(line)
  const { paint, now } = context.look('err')
  const color = { warn: paint.yellow, error: paint.red }[level] ?? paint.dim
  context.say(`${paint.dim(clock(at, now))}  ${color(level.padEnd(5))}  ${visible(message)}`)
}

function readLine(line: string): LogLine {
  const plain = { at: Date.now(), level: 'error', message: line, suggestion: undefined }
  if (!line.startsWith('{')) return plain // Node itself has something to say
  const { at, level, message, suggestion } = JSON.parse(line) as Record<string, string | undefined> // the daemon's own log
  return { at: at ? Date.parse(at) : plain.at, level: level ?? 'info', message: message ?? line, suggestion }
}
