import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'

const bundle = join(import.meta.dirname, '../../../dist/node/maestro.js')

export type OnTerminal = { env?: Record<string, string>; columns?: number; cwd?: string }

/** The built CLI in a real terminal: what it shows, what is typed, and how it ends. */
export function onTerminal(argv: string[], { env = {}, columns = 80, cwd = tmpdir() }: OnTerminal = {}) {
  const all = { HOME: tmpdir(), TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env }
  const pty = spawn(process.execPath, [bundle, ...argv], { cols: columns, rows: 40, cwd, env: all })
  let shown = ''
  const waits: (() => void)[] = []
  pty.onData((data) => {
    shown += data
    for (const look of [...waits]) look()
  })
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)))
  return {
    type: (text: string) => pty.write(text),
    shown: () => shown,
    until: (text: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (shown.includes(text)) resolve()
        }
        waits.push(look)
        look()
      }),
    ended: async () => ({ code: await ended, shown }),
  }
}
