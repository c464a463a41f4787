import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlePrograms, bundleWorker, fingerprint } from './bundle.ts'

type Product = { inputs: string[]; output: string; ready: () => boolean; make: () => Promise<void> }

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stampFile = join(dist, '.stamp')
const prints = join(dist, '.prints')
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

/** Makes what is out of date, all at once: everything, or only the products named. `--force` makes them in any case. */
async function main(args: string[]): Promise<void> {
  const began = new Date()
  const force = args.includes('--force')
  const named = args.filter((arg) => !arg.startsWith('--'))
  mkdirSync(prints, { recursive: true })
  const wanted = Object.entries(products).filter(([name]) => named.length === 0 || named.includes(name))
  const results = await Promise.allSettled(wanted.map(([name, product]) => refresh(name, product, force)))
  const failed = results.filter((result) => result.status === 'rejected')
  for (const { reason } of failed) console.error((reason as Error).message)
  if (failed.length > 0) process.exitCode = 1
  else if (named.length === 0) {
    // setup.sh looks for sources newer than this file: one changed while we built counts as newer.
    writeFileSync(stampFile, '')
    utimesSync(stampFile, began, began)
  }
}

async function refresh(name: string, product: Product, force: boolean): Promise<void> {
  if (!product.ready()) return
  const printFile = join(prints, name)
  const print = fingerprint(root, [...product.inputs, ...always])
  // `maestro doctor` reads from it what was built of what, and sees by its time whether anything is newer.
  const known = JSON.stringify({ print, inputs: product.inputs, output: product.output })
  const before = existsSync(printFile) && readFileSync(printFile, 'utf8')
  if (!force && before === known && exists(product.output)) return
  await timed(name, product.make)
  writeFileSync(printFile, known)
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

function present(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([, source]) => exists(source)))
}

function exists(path: string): boolean {
  return existsSync(join(root, path))
}

await main(process.argv.slice(2))
