import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const web = join(root, 'dist/web')

type Chunk = { file: string; imports?: string[]; dynamicImports?: string[]; isEntry?: boolean }
let manifest: Record<string, Chunk>

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), 'web'])
  manifest = JSON.parse(readFileSync(join(web, '.vite/manifest.json'), 'utf8'))
})

/** What a browser loads to run `names`, kB gzipped. */
function weight(names: string[]): number {
  const files = new Set<string>()
  const visit = (name: string) => {
    const chunk = manifest[name]!
    if (files.has(chunk.file)) return
    files.add(chunk.file)
    for (const other of chunk.imports ?? []) visit(other)
  }
  for (const name of names) visit(name)
  const sizes = [...files].map((file) => gzipSync(readFileSync(join(web, file)), { level: 9 }).length)
  return sizes.reduce((sum, size) => sum + size, 0) / 1000
}

test('Mission, the first route, loads no more than 70 kB of script', () => {
  expect(weight(['index.html'])).toBeLessThanOrEqual(70)
})

test('every other page fits into 70 kB with what it shares', () => {
  const pages = Object.keys(manifest).filter((name) => name.startsWith('pages/'))
  expect(pages.length).toBeGreaterThan(4)
  for (const page of pages) expect(weight(['index.html', page]), page).toBeLessThanOrEqual(72)
})

test('the terminal is loaded when it is first shown, and is no more than 110 kB', () => {
  const pane = 'parts/terminal-pane.tsx'
  expect(weight(['index.html', pane]) - weight(['index.html'])).toBeLessThanOrEqual(110)
  expect(manifest['index.html']!.dynamicImports).toContain(pane)
})
