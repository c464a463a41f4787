import { text } from 'node:stream/consumers'
import type { Io, Tty } from './context.ts'
import { ENTER, LEAVE } from './full-screen.ts'
import { INTERRUPTED } from './interrupt.ts'
import { main } from './main.ts'

/** Signals that end a process without a word, and the exit code that a shell knows each by. */
const ENDS = [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

/** The CLI as a process: the one place that touches `process`. Answers the exit code. */
export function run(argv: string[]): Promise<number> {
  process.on('SIGINT', interrupted)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', readerGone)
  return main(argv, ioOf())
}

const interrupted = () => process.exit(INTERRUPTED)

function ioOf(): Io {
  const { stdout, stderr, stdin, env } = process
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    stdin: () => text(stdin),
    ...(stdin.isTTY &&
      stderr.isTTY && { ask: (question) => ask(question, (shown) => void stderr.write(shown)), confirm }),
    env,
    cwd: folder(),
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined
    },
    terminal: { out: stdout.isTTY === true, err: stderr.isTTY === true },
    now: Date.now,
    began: performance.timeOrigin,
    takeInterrupts,
    ...(stdin.isTTY && stdout.isTTY && { tty: { size, take } }),
  }
}

/** An agent's worktree may be removed while what it has started goes on. */
function folder(): string | undefined {
  try {
    return process.cwd()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // a system error has one
    return undefined
  }
}

async function ask(question: string, say: (text: string) => void): Promise<string> {
  const { readHidden } = await import('./hidden-input.ts')
  return (await readHidden(process.stdin, say, question)) ?? process.exit(INTERRUPTED)
}

async function confirm(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  lines.on('SIGINT', interrupted)
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

function takeInterrupts(answer?: () => void): () => void {
  process.off('SIGINT', interrupted)
  const once = () => {
    process.on('SIGINT', interrupted)
    answer?.()
  }
  if (answer) process.once('SIGINT', once)
  return () => {
    process.off('SIGINT', once).off('SIGINT', interrupted).on('SIGINT', interrupted)
  }
}

/** A terminal may not know its size. */
const size: Tty['size'] = () => ({ cols: process.stdout.columns || 80, rows: process.stdout.rows || 24 })

const take: Tty['take'] = ({ keys, resized }) => {
  const { stdin, stdout } = process
  const leave = () => {
    stdin.off('data', keys).setRawMode(false).pause()
    stdout.off('resize', resized).write(LEAVE)
    process.off('exit', leave)
    for (const [signal, end] of ends) process.off(signal, end)
  }
  const ends = ENDS.map(([signal, code]) => [signal, () => process.exit(code)] as const)
  process.on('exit', leave)
  for (const [signal, end] of ends) process.on(signal, end)
  stdin.setRawMode(true).on('data', keys).resume()
  stdout.on('resize', resized).write(ENTER)
  return leave
}

/** `maestro task list | head -1`: the reader has what it wanted; or the terminal is gone. */
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  process.exit(0)
}
