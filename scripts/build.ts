import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlePrograms, bundleWorker, fingerprint } from './bundle.ts'

type Product = { inputs: string[]; output: string; ready: () => boolean; make: () => Promise<void> }

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stampFile = join(dist, '.stamp')
const always = ['package-lock.json', 'scripts/build.ts', 'scripts/bundle.ts']

const programs: Record<string, string> = {
  maestro: 'cli/bin.ts',
  spawner: 'local-spawner/bin.ts',
  holder: 'local-spawner/holder.ts',
  'demo-agent': 'local-spawner/demo-agent.ts',
}

const products: Record<string, Product> = {
  worker: {
    inputs: ['worker', 'durable-objects', 'db', 'protocol', 'hooks'],
    output: 'dist/worker/index.js',
    ready: () => exists('worker/index.ts'),
    make: () => bundleWorker(join(root, 'worker/index.ts'), join(dist, 'worker')),
  },
  programs: {
    inputs: ['cli', 'local-spawner', 'embedded', 'client', 'protocol', 'hooks', 'skills', 'db'],
    output: 'dist/node/maestro.js',
    ready: () => Object.values(programs).some(exists),
    make: () => bundlePrograms(present(programs), join(dist, 'node'), root),
  },
  web: {
    inputs: ['web', 'client', 'protocol'],
    output: 'dist/web/index.html',
    ready: () => exists('web/vite.config.ts'),
    make: buildWeb,
  },
}

/** Makes what is out of date, all of it at once. `--force` makes everything. */
async function main(): Promise<void> {
  const began = new Date()
  mkdirSync(dist, { recursive: true })
  const known = process.argv.includes('--force') ? {} : readStamp()
  const stamp: Record<string, string> = {}
  const work = Object.entries(products).map(async ([name, product]) => {
    if (!product.ready()) return
    const print = fingerprint(root, [...product.inputs, ...always])
    if (known[name] !== print || !exists(product.output)) await timed(name, product.make)
    stamp[name] = print
  })
  const failed = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected')
  writeFileSync(stampFile, JSON.stringify(stamp))
  // setup.sh looks for files newer than the stamp: those changed while we built count.
  utimesSync(stampFile, began, began)
  for (const { reason } of failed) console.error(reason instanceof Error ? reason.message : reason)
  if (failed.length > 0) process.exitCode = 1
}

async function buildWeb(): Promise<void> {
  const draft = join(dist, `web-${process.pid}`)
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const args = [
    vite,
    'build',
    '--config',
    'web/vite.config.ts',
    '--outDir',
    draft,
    '--emptyOutDir',
    '--logLevel',
    'warn',
  ]
  await promisify(execFile)(process.execPath, args, { cwd: root }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`vite build failed\n${error.stdout}${error.stderr}`)
    },
  )
  rmSync(join(dist, 'web'), { recursive: true, force: true })
  renameSync(draft, join(dist, 'web'))
}

async function timed(name: string, make: () => Promise<void>): Promise<void> {
  const began = performance.now()
  await make()
  console.error(`built ${name.padEnd(8)} ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

function readStamp(): Record<string, string> {
  return existsSync(stampFile) ? (JSON.parse(readFileSync(stampFile, 'utf8')) as Record<string, string>) : {}
}

function present(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, source]) => exists(source)))
}

function exists(path: string): boolean {
  return existsSync(join(root, path))
}

await main()
