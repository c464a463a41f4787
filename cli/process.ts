import { text } from 'node:stream/consumers'
import type { Io } from './context.ts'
import { main } from './main.ts'

const INTERRUPTED = 130

/** The CLI as a process: the one place that touches `process`. Answers the exit code. */
export function run(argv: string[]): Promise<number> {
  const interrupted = () => process.exit(INTERRUPTED)
  process.on('SIGINT', interrupted)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', readerGone)
  return main(
    argv,
    ioOf(() => process.off('SIGINT', interrupted)),
  )
}

function ioOf(takeInterrupts: Io['takeInterrupts']): Io {
  const { stdout, stderr, stdin, env } = process
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    stdin: () => text(stdin),
    ...(stdin.isTTY && stderr.isTTY && { ask: (question) => ask(question, (shown) => void stderr.write(shown)) }),
    env,
    cwd: process.cwd(),
    columns: stdout.isTTY ? stdout.columns : undefined,
    terminal: { out: stdout.isTTY === true, err: stderr.isTTY === true },
    now: Date.now,
    began: performance.timeOrigin,
    takeInterrupts,
  }
}

async function ask(question: string, say: (text: string) => void): Promise<string> {
  const { readHidden } = await import('./hidden-input.ts')
  return (await readHidden(process.stdin, say, question)) ?? process.exit(INTERRUPTED)
}

/** `maestro task list | head -1`: the reader has what it wanted. */
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}
