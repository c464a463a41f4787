import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Who may import whom. A folder is a permission: what is not listed here is in the wrong folder. */
const table: Record<string, string[]> = {
  protocol: [],
  client: ['protocol'],
  db: ['protocol'],
  hooks: ['protocol'],
  skills: ['protocol'],
  embedded: ['protocol', 'client'],
  'durable-objects': ['protocol', 'db', 'hooks'],
  worker: ['protocol', 'db', 'durable-objects', 'hooks'],
  web: ['protocol', 'client'],
  'local-spawner': ['protocol', 'client', 'hooks', 'skills'],
  cli: ['protocol', 'client', 'hooks', 'skills', 'local-spawner', 'embedded'],
  scripts: [],
}
/** Tests and timings may look at everything. */
const anything = ['tests', 'bench']
/** Not code of ours. */
const elsewhere = ['design', 'dist', 'node_modules', 'coverage']

const root = join(import.meta.dirname, '../..')
const sources = Object.keys(table).flatMap((folder) => walk(join(root, folder)))
const files = new Map(sources.map((file) => [relative(root, file), readFileSync(file, 'utf8')]))
const imports = new Map([...files].map(([file, text]) => [file, importsOf(text)]))
const loaded = new Map(
  [...files].map(([file, text]) => [file, importsOf(text.replace(/^(im|ex)port type [^']*'[^']*'/gm, ''))]),
)

describe('the architecture', () => {
  test('every folder has its place in the table', () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const names = folders.map(({ name }) => name).filter((name) => !name.startsWith('.'))
    expect(names.filter((name) => ![...Object.keys(table), ...anything, ...elsewhere].includes(name))).toEqual([])
  })

  test('no import breaks the table', () => {
    const broken = [...imports].flatMap(([file, names]) =>
      names.filter((name) => !mayImport(file, name)).map((name) => `${file} imports ${name}`),
    )
    expect(broken).toEqual([])
  })

  // A type from the file that uses one is gone at run time, and ties nothing.
  test('no imports in a circle', () => {
    expect(circles()).toEqual([])
  })

  test('no source file over 300 lines', () => {
    const long = [...files].map(([file, text]) => [file, text.split('\n').length - 1] as const)
    expect(long.filter(([, lines]) => lines > 300)).toEqual([])
  })

  test('no clock, no chance and no world in protocol/', () => {
    const world =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bcrypto\.|\bset(Timeout|Interval)\b|\bfetch\(/
    expect(
      inFolder('protocol')
        .filter(([, text]) => world.test(withoutComments(text)))
        .map(([file]) => file),
    ).toEqual([])
  })

  test('protocol/ needs zod and nothing else', () => {
    const packages = inFolder('protocol').flatMap(([file]) =>
      imports.get(file)!.filter((name) => !name.startsWith('.')),
    )
    expect([...new Set(packages)]).toEqual(['zod'])
  })

  test('a name says what a thing is', () => {
    const empty = /^(utils?|helpers?|types?|common|shared|misc|lib)$|(^|[-.])(manager|service|handler|helper|utils?)$/i
    const parts = (file: string) => file.slice(0, -extname(file).length).split('/')
    expect([...files.keys()].filter((file) => parts(file).some((part) => empty.test(part)))).toEqual([])
  })

  test('a class is not a Manager, a Service or a Handler', () => {
    const hollow = /\bclass \w*(Manager|Service|Handler|Helper)\b/
    expect([...files].filter(([, text]) => hollow.test(text)).map(([file]) => file)).toEqual([])
  })

  test('an index file is an entry point', () => {
    const entries = ['worker/index.ts', 'web/index.tsx']
    const indexes = [...files.keys()].filter((file) => basename(file).startsWith('index.'))
    expect(indexes.filter((file) => !entries.includes(file))).toEqual([])
  })

  test('the version is said once', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(readFileSync(join(root, 'wrangler.toml'), 'utf8')).toContain(`MAESTRO_VERSION = "${version}"`)
  })
})

function walk(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const code = entries.filter((entry) => entry.isFile() && /\.(ts|tsx|js|mjs)$/.test(entry.name))
  return code.map((entry) => join(entry.parentPath, entry.name)).filter((file) => !file.includes('/node_modules/'))
}

function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, name]) => name!,
  )
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function inFolder(folder: string): [string, string][] {
  return [...files].filter(([file]) => file.startsWith(`${folder}/`))
}

function target(file: string, name: string): string {
  return join(dirname(file), name)
}

function mayImport(file: string, name: string): boolean {
  if (!name.startsWith('.')) return true
  const from = file.split('/')[0]!
  const to = target(file, name).split('/')[0]!
  return from === to || table[from]!.includes(to) || to === 'package.json'
}

function circles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '))
    else if (!done.has(file)) {
      for (const name of loaded.get(file) ?? []) if (name.startsWith('.')) visit(target(file, name), [...path, file])
      done.add(file)
    }
  }
  for (const file of files.keys()) visit(file, [])
  return found
}
