import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pty from '@lydell/node-pty'
import { onTestFinished } from 'vitest'
import { type Terminal, viewer } from './terminals.ts'

const bundle = join(import.meta.dirname, '../../../dist/node/maestro.js')

/** A person at a terminal, with the CLI running in it. */
export type Person = {
  screen: Terminal
  /** What is on the screen now. */
  text: () => string
  /** Everything that the CLI has sent to the terminal. */
  raw: () => string
  press: (keys: string) => void
  resize: (cols: number, rows: number) => void
  /** Resolves when `look` finds what it wants. */
  until: (look: (text: string) => unknown) => Promise<void>
  kill: (signal: string) => void
  ended: Promise<number>
}

export function sit(argv: string[], env: Record<string, string>, { cols = 80, rows = 24 } = {}): Person {
  const child = pty.spawn(process.execPath, [bundle, ...argv], {
    ...{ cols, rows, cwd: tmpdir(), name: 'xterm-256color' },
    env: { HOME: tmpdir(), TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
  })
  const screen = viewer(cols, rows)
  const checks = new Set<() => void>()
  let raw = ''
  child.onData((data) => {
    raw += data
    screen.write(data, () => {
      for (const check of checks) check()
    })
  })
  const ended = new Promise<number>((resolve) =>
    child.onExit(({ exitCode }) => screen.write('', () => resolve(exitCode))),
  )
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  onTestFinished(() => {
    if (!isOver) child.kill('SIGKILL')
  })
  const text = () => {
    const buffer = screen.buffer.active
    const line = (_: unknown, y: number) => buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? ''
    return Array.from({ length: screen.rows }, line).join('\n')
  }
  return {
    ...{ screen, text, ended },
    raw: () => raw,
    press: (keys) => child.write(keys),
    resize: (cols, rows) => {
      screen.resize(cols, rows)
      child.resize(cols, rows)
    },
    until: (look) =>
      new Promise((resolve) => {
        const check = () => {
          if (!look(text())) return
          checks.delete(check)
          resolve()
        }
        checks.add(check)
        check()
      }),
    kill: (signal) => child.kill(signal),
  }
}
