import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { EXIT, HOLDER, LAUNCH, type Launch, LOG, writeJson } from './holder-files.ts'

/** From the holder's start to its socket, in ms; it takes a tenth of a second. */
const START = 15_000
/** Keep a holder small: it lives as long as its program, and there is one for each. */
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=256', '--v8-pool-size=1']

/** Starts a holder that outlives this process, and waits until it listens. Rejects with the end of its log when it does not come up. */
export async function startHolder(dir: string, launch: Launch, holderEntry: string) {
  for (const stale of [HOLDER, EXIT]) rmSync(join(dir, stale), { force: true })
  writeJson(join(dir, LAUNCH), launch)
  const path = join(dir, LOG)
  const log = openSync(path, 'a', 0o600)
  const before = statSync(path).size
  const stdio = ['ignore', log, log] as const
  const child = spawn(process.execPath, [...FLAGS, holderEntry, dir], {
    cwd: dir,
    env: plainEnv(),
    detached: true,
    stdio: [...stdio],
  })
  closeSync(log)
  await ready(dir, child).catch((cause: unknown) => {
    child.kill()
    rmSync(join(dir, LAUNCH), { force: true }) // a key is in it
    const said = readFileSync(path).subarray(before).subarray(-2_000).toString().trim()
    throw new Error(`The terminal of session ${launch.session} could not be opened. ${said}`, { cause })
  })
  child.unref()
}

/** A holder needs no keys of ours, and NODE_OPTIONS meant for this process are not meant for it. */
function plainEnv(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** Until holder.json is there: a holder writes it when it listens. */
async function ready(dir: string, child: ChildProcess) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = () => existsSync(join(dir, HOLDER)) && resolve()
  const watcher = watch(dir, look)
  const timer = setTimeout(() => reject(new Error(`Not ready after ${START} ms`)), START)
  child.once('error', reject)
  child.once('exit', (code, signal) => (look() ? undefined : reject(new Error(`It ended with ${signal ?? code}`))))
  look()
  await promise.finally(() => {
    watcher.close()
    clearTimeout(timer)
  })
}
