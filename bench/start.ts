/** From `maestro up` to ready, with a new home and with one that is known, beside the least that Node and workerd need. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './load.ts'

const rounds = 5
const root = join(import.meta.dirname, '..')
const up = ['up', '--no-open', '--json']
const floor = `
const { Miniflare } = await import('miniflare')
const module = { type: 'esm', contents: 'export default { fetch() { return new Response() } }' }
const config = { name: 'a', compatibilityDate: '2026-11-01', manifest: { mainModule: 'a.js', modulesRoot: '/', modules: { 'a.js': module } } }
const miniflare = new Miniflare({ cf: false, enableDevRegistry: false, workers: [{ config }] })
await miniflare.ready
console.log('{"ready":true}')
await miniflare.dispose()`

const times: Record<string, number[]> = {
  'Miniflare, one empty Worker': [],
  'maestro up, new home': [],
  'maestro up, known home': [],
}
for (let round = 0; round < rounds; round++) {
  const home = mkdtempSync(join(tmpdir(), 'maestro-bench-'))
  times['Miniflare, one empty Worker']!.push(
    await timeToReady(process.execPath, ['--input-type=module', '--eval', floor], home),
  )
  for (const state of ['new', 'known'])
    times[`maestro up, ${state} home`]!.push(await timeToReady(join(root, 'cli/maestro'), up, home))
  rmSync(home, { recursive: true, force: true })
}
console.table(
  Object.fromEntries(Object.entries(times).map(([name, all]) => [name, { 'ms to ready': Math.round(median(all)) }])),
)
mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
const result = JSON.stringify({ at: new Date().toISOString(), rounds, times }, null, 2)
writeFileSync(join(import.meta.dirname, 'results/start.json'), result)

/** Milliseconds until the program's first line on standard output; then it is asked to end. */
async function timeToReady(program: string, args: string[], home: string): Promise<number> {
  const began = performance.now()
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, MAESTRO_HOME: home },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const isReady = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)))
  if (!(await Promise.race([isReady, ended.then(() => false)]))) throw new Error(`${program} ended before it was ready`)
  const took = performance.now() - began
  child.kill('SIGINT')
  await ended
  return took
}
