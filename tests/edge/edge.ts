import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readDeployment } from '../../embedded/deployment.ts'
import type { Engine } from '../../embedded/engine.ts'
import { ensureHome, type Home, homeAt } from '../../embedded/home.ts'
import { ensureKeys } from '../../embedded/keys.ts'
import { type Lock, takeHome } from '../../embedded/lock.ts'
import { prepareDatabase, startServer } from '../../embedded/parts.ts'

export type Edge = {
  url: string
  /** May do everything a person may, in every project. */
  ownerKey: string
  /** The key of this home's spawner. */
  spawnerKey: string
  home: Home
  /** The database itself, past the Worker. */
  sql: Engine['sql']
  /** Stops the server, and once `meanwhile` is over starts it again, with the same data at the same address. */
  restart: (meanwhile?: () => Promise<void>) => Promise<void>
  stop: () => Promise<void>
}

type Options = { dir?: string; web?: boolean; programs?: boolean; vars?: Record<string, string> }

/** The real Worker with its Durable Objects and D1, on a port and with a home of its own. `web` serves the web UI too, `programs` has what runs here built. */
export async function startEdge({ dir, web = false, programs = false, vars }: Options = {}): Promise<Edge> {
  await build(['worker', ...(web ? ['web'] : []), ...(programs ? ['programs'] : [])])
  const read = readDeployment()
  const deployment = { ...read, vars: { ...read.vars, ...vars } }
  const home = homeAt(dir ?? mkdtempSync(join(tmpdir(), 'maestro-edge-')))
  ensureHome(home)
  const keys = ensureKeys(home)
  let running = await start(0)

  async function start(port: number): Promise<{ lock: Lock; engine: Engine }> {
    const lock = await takeHome(home)
    const engine = await startServer(home, deployment, keys, port, lock)
    await prepareDatabase(engine, deployment, keys)
    return { lock, engine }
  }
  async function halt(): Promise<void> {
    await running.engine.stop()
    running.lock.release()
  }
  const { url } = running.engine
  return {
    url,
    ownerKey: keys.owner,
    spawnerKey: keys.spawner,
    home,
    sql: (statements) => running.engine.sql(statements),
    restart: async (meanwhile) => {
      await halt()
      await meanwhile?.()
      running = await start(Number(new URL(url).port))
    },
    stop: async () => {
      await halt()
      if (!dir) rmSync(home.root, { recursive: true, force: true })
    },
  }
}

/** What is up to date costs a moment; several test files may ask at once. */
async function build(products: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../scripts/build.ts'), ...products])
}
