import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Home } from '../../../embedded/home.ts'
import { readJournal } from '../../../local-spawner/journal.ts'

const entry = join(import.meta.dirname, '../../../local-spawner/bin.ts')
const shipped = join(import.meta.dirname, '../../../dist/node/spawner.js')
const agent = join(import.meta.dirname, 'scripted-agent.ts')

export type Daemon = {
  pid: number
  /** What it said when it was ready. */
  ready: { ready: boolean; pid: number; name: string; ms: number }
  /** Everything it has logged so far. */
  log: () => string
  end: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** The policy of a machine whose demo agent does what its prompt says. */
export function allowScriptedAgent(
  home: Home,
  { profile = '', more = '', typing = true, labels = [] as string[] } = {},
): void {
  const text = `capacity = 12
typing = ${typing}
labels = ${JSON.stringify(labels)}
[profile.demo]
agent = "demo"
exec = ${JSON.stringify(process.execPath)}
args = [${JSON.stringify(agent)}]
${profile}
[workspace.scratch]
path = ${JSON.stringify(home.scratch)}
${more}`
  writeFileSync(home.policy, text, { mode: 0o600 })
}

/** `within` are the words of a command that becomes the daemon; `built` is as it is shipped, rather than from source. */
type How = { within?: string[] | undefined; built?: boolean }

/** The real daemon, as a process of its own. */
export async function startDaemon(home: Home, env: Record<string, string> = {}, how: How = {}): Promise<Daemon> {
  const child = launch(home, env, how)
  let log = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    log += chunk
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    return { pid: child.pid!, ready: JSON.parse(line), log: () => log, end: (signal) => end(child, signal) }
  }
  throw new Error(`The daemon ended before it was ready:\n${log}`)
}

/** One whose parent is gone before it is ready: what it says then leads nowhere. Answers its process, and its log so far. */
export function startOrphan(home: Home): { child: ChildProcess; log: () => string } {
  const child = launch(home, {})
  let log = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    log += chunk
  })
  child.stdout!.destroy()
  return { child, log: () => log }
}

function launch(home: Home, env: Record<string, string>, { within = [], built = false }: How = {}): ChildProcess {
  const [file = '', ...args] = [...within, process.execPath, built ? shipped : entry]
  return spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, MAESTRO_HOME: home.root },
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  return child.exitCode
}

/** Resolves when the daemon has put away every session that has ended, holders included. */
export async function putAway(home: Home, sessions: string[]): Promise<void> {
  const isOver = (session: string) => [undefined, 'over'].includes(readJournal(join(home.sessions, session))?.state)
  while (!sessions.every(isOver)) await new Promise((resolve) => setTimeout(resolve, 20))
}
