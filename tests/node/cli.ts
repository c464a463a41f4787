import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../../cli/context.ts'
import { main } from '../../cli/main.ts'
import type { ProjectId, SessionId, TaskId } from '../../protocol/ids.ts'

export type Said = { code: number; out: string; err: string }
/** What commands answer with, as far as tests look at it one by one. */
export type Data = {
  task: TaskId
  subtask: string
  session: SessionId
  project: ProjectId
  id: string
  key: string
  status: string
  cursor: string
  items: { id: string; title: string; needs: string[] }[]
  subtasks: unknown[]
  needsYou: unknown[]
  machines: unknown[]
  commands: { command: string }[]
  errors: object
}
type Envelope = {
  success: boolean
  data: Data
  error: string
  message: string
  suggestion?: string
  field?: string
  validValues?: string[]
  retryable: boolean
}
type World = Partial<Omit<Io, 'out' | 'err' | 'stdin'>> & { stdin?: string }

/** A place with nothing of the user's in it. */
export const emptyFolder = () => mkdtempSync(join(tmpdir(), 'maestro-cli-'))

/** The one line of JSON that must be all of standard output. */
export function envelope({ out }: Said): Envelope {
  const lines = out.split('\n')
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line: ${out}`)
  return JSON.parse(lines[0]!) as Envelope // every envelope is one
}

/** A world of its own without a terminal, of which nothing is heard: to look at a command line only. */
export const ioIn = (env: Record<string, string> = {}): Io => ({
  ...{ out: () => undefined, err: () => undefined, stdin: async () => '', env, cwd: '/', columns: undefined },
  ...{ terminal: { out: false, err: false }, now: Date.now, takeInterrupts: () => undefined },
})

/** Runs a command line in this process, in a world of its own without a terminal. */
export async function say(argv: string[], { stdin = '', ...world }: World = {}): Promise<Said> {
  const said = { out: '', err: '' }
  const write = (stream: 'out' | 'err') => (text: string) => {
    said[stream] += text
  }
  const io: Io = {
    out: write('out'),
    err: write('err'),
    stdin: async () => stdin,
    cwd: '/',
    columns: undefined,
    terminal: { out: false, err: false },
    now: Date.now,
    takeInterrupts: () => undefined,
    ...world,
    env: { MAESTRO_HOME: '/nonexistent', MAESTRO_RETRIES: '0', ...world.env },
  }
  const code = await main(argv, io)
  return { code, ...said }
}

const bundle = join(import.meta.dirname, '../../dist/node/maestro.js')

/** `isGone`: the folder, an empty one, is removed before. */
export type Run = { env?: Record<string, string>; cwd?: string; stdin?: string; isGone?: boolean }

/** Starts the built CLI as a user's shell would, knowing nothing but `env`. */
export function start(argv: string[], { env = {}, cwd = tmpdir(), stdin = '', isGone = false }: Run = {}) {
  const line = [process.execPath, bundle, ...argv]
  const script = `${isGone ? 'rmdir "$PWD" && ' : ''}exec "$0" "$@"`
  const child = spawn('/bin/sh', ['-c', script, ...line], { cwd, env: { HOME: tmpdir(), ...env } })
  const said = { out: '', err: '' }
  child.stdout.on('data', (bytes: Buffer) => {
    said.out += bytes
  })
  child.stderr.on('data', (bytes: Buffer) => {
    said.err += bytes
  })
  child.stdin.on('error', () => undefined) // it may end without reading
  child.stdin.end(stdin)
  const ended = new Promise<Said>((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, ...said })))
  return { child, ended }
}

export const run = (argv: string[], options?: Run) => start(argv, options).ended
