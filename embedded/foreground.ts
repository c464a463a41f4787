import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Home } from './home.ts'
import { listenForInterruption } from './signals.ts'

export type Foreground = {
  script: string
  home: Home
  env: Record<string, string>
  /** Told with the line that the daemon says when it is connected. */
  ready: (line: string) => void
  /** Told of each line of its log. */
  log: (line: string) => void
  /** It was asked to stop, and is about to. */
  stopping: () => void
}

/** Runs the daemon as long as this process; the first signal asks it to stop. Answers its exit code. */
export async function runInForeground({ script, home, env, ready, log, stopping }: Foreground): Promise<number> {
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C is passed on by us: it would get it twice otherwise.
    detached: true,
    env: { ...process.env, ...env, MAESTRO_HOME: home.root },
  })
  const atExit = () => child.kill('SIGKILL')
  process.on('exit', atExit)
  const interruption = listenForInterruption(() => {
    stopping()
    child.kill('SIGTERM')
  })
  try {
    await Promise.all([each(child.stdout!, ready), each(child.stderr!, log), ended(child)])
    return child.exitCode ?? 1
  } finally {
    interruption.forget()
    process.off('exit', atExit)
  }
}

async function each(stream: NodeJS.ReadableStream, tell: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) tell(line)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
