import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

// What is imported statically is loaded by every command: `maestro --version` has 80 ms, and a read 300.

const root = join(import.meta.dirname, '../..')

/** Modules that only some commands need, each of which costs milliseconds or megabytes. */
const heavy = [
  /^(miniflare|workerd|wrangler|esbuild|vite|yaml|smol-toml)$/,
  /^@(xterm|lydell|napi-rs)\//,
  /^local-spawner\//,
  /^skills\//,
  /^embedded\/(up|down|engine|parts|daemon|deployment|lock|migrations|processes|browser|package)\.ts$/,
  /^cli\/(checkup|answer-schemas|hook-settings|hidden-input|complete)\b/,
  /^cli\/(watch-log|wait-live|session-log|send|attach|attached|terminal-text|terminal-mirror|top-screen|spawner-run|machine-join)\.ts$/,
  /^client\/(live|socket|log-stream|terminal-view)\.ts$/,
]

/** Files and packages that are loaded with `entry`, without those that are asked for later. */
function loadedWith(entry: string): { files: Set<string>; packages: Set<string> } {
  const [files, packages] = [new Set<string>(), new Set<string>()]
  const visit = (file: string) => {
    if (files.has(file)) return
    files.add(file)
    if (!file.endsWith('.ts')) return
    for (const name of staticImports(readFileSync(join(root, file), 'utf8'))) {
      if (name.startsWith('.')) visit(relative(root, join(root, dirname(file), name)))
      else if (!name.startsWith('node:')) packages.add(name)
    }
  }
  visit(entry)
  return { files, packages }
}

/** Types are gone at run time; `import('…')` is not loaded until it is reached. */
function staticImports(text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'"();]*?\sfrom\s+)?'([^']+)'/gm)
  return [...found].map(([, name]) => name!)
}

test('an import is told from a type and from what is loaded later', () => {
  const text = `import a from 'a'\nimport type { B } from 'b'\nexport type { C } from 'c'\nimport 'd'\nexport * from 'e'
import {\n  type F,\n  g,\n} from 'f'\nconst h = await import('h')\nconst i = () => import('i')\nimport j, { type K } from 'j'\n`
  expect(staticImports(text)).toEqual(['a', 'd', 'e', 'f', 'j'])
})

test('`maestro --version` loads nothing but the version', () => {
  const { files, packages } = loadedWith('cli/bin.ts')
  expect([...files].sort()).toEqual(['cli/bin.ts', 'cli/version.ts', 'package.json'])
  expect([...packages]).toEqual([])
})

test('a command loads three packages, and what is heavy only when it is used', () => {
  const { files, packages } = loadedWith('cli/process.ts')
  expect([...packages].sort()).toEqual(['commander', 'picocolors', 'zod'])
  expect([...files, ...packages].filter((name) => heavy.some((one) => one.test(name)))).toEqual([])
  // It would find nothing wrong in nothing.
  for (const file of ['cli/task.ts', 'client/client.ts', 'protocol/task-commands.ts']) expect(files).toContain(file)
})
