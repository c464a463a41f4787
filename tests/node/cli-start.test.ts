import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, run } from './cli.ts'

const root = join(import.meta.dirname, '../..')
const built = join(root, 'dist/node')

beforeAll(() => promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), 'programs']))

const imports = (file: string, pattern: RegExp) =>
  [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, name]) => name!)
const staticOf = (file: string) => imports(file, /^(?:import|export)\s*(?:[^'"();]*?from\s*)?["']([^"']+)["']/gm)
const laterOf = (file: string) => imports(file, /\bimport\(["']([^"']+)["']\)/g)

/** A built file with all that is loaded before it runs. */
function closure(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known
  known.add(file)
  for (const name of staticOf(file)) if (name.startsWith('.')) closure(join(dirname(file), name), known)
  return known
}
const bytes = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + statSync(file).size, 0)
const next = (file: string) => join(dirname(file), laterOf(file)[0]!)

describe('the built program', () => {
  const entry = join(built, 'maestro.js')

  test('is small until it knows that it is asked for more than its version', () => {
    expect(bytes(closure(entry))).toBeLessThan(1_000)
    expect(bytes(closure(next(entry)))).toBeLessThan(10_000)
  })

  test('loads 0.75 MB in few files for a command, and no package but those that Node has', () => {
    const command = closure(next(next(entry)))
    expect(bytes(command)).toBeLessThan(770_000)
    expect(command.size).toBeLessThan(6)
    const packages = [...command].flatMap(staticOf).filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    expect(packages).toEqual([])
  })

  test.each([
    ['reading', ['task', 'list', '--url', 'http://127.0.0.1:2']],
    ['help', ['task', 'create', '--help']],
    ['signing out', ['logout']],
  ])('loads nothing more for %s', async (_, argv) => {
    const coverage = emptyFolder()
    await run(argv, { env: { NODE_V8_COVERAGE: coverage, MAESTRO_HOME: emptyFolder(), MAESTRO_RETRIES: '0' } })
    const loaded = loadedIn(coverage)
    const allowed = [...closure(entry), ...closure(next(entry)), ...closure(next(next(entry)))]
    expect(loaded.length).toBeGreaterThan(2)
    expect(loaded.filter((file) => !allowed.includes(file)).map((file) => relative(root, file))).toEqual([])
  })
})

function loadedIn(coverage: string): string[] {
  const files = readdirSync(coverage).map((file) => JSON.parse(readFileSync(join(coverage, file), 'utf8')))
  const urls = files.flatMap(({ result }) => (result as { url: string }[]).map(({ url }) => url)) // as V8 writes it
  return urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
}
