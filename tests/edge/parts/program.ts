import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Deployment } from '../../../embedded/deployment.ts'

const source = `
import { up } from ${JSON.stringify(new URL('../../../embedded/up.ts', import.meta.url))}
up(JSON.parse(process.argv[1])).catch((error) => {
  console.error(error.message)
  process.exitCode = 5
})`

export type Ready = { ready: true; url: string; signIn: string; pid: number; ms: number }

export type Program = {
  child: ChildProcess
  /** Everything on standard output so far, and on standard error. */
  out: string[]
  err: string[]
  ready: Promise<Ready>
  ended: Promise<number | NodeJS.Signals>
}

/** `maestro up --json` as a process of its own, in its own process group; `port` null: none is asked for. */
export function startProgram(home: string, deployment: Deployment, port: number | null = 0): Program {
  const options = { home, deployment, ...(port !== null && { port }), json: true, open: false }
  const args = ['--input-type=module', '--eval', source, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const out: string[] = []
  const err: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => err.push(line))
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal!)) // one of the two is always there
  })
  const ready = new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      out.push(line)
      resolve(JSON.parse(line) as Ready)
    })
    ended.then(() => reject(new Error(`ended before it was ready:\n${err.join('\n')}`)))
  })
  ready.catch(() => undefined) // who waits for it sees the failure; who does not, does not mind
  return { child, out, err, ready, ended }
}
