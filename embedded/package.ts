import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the package itself, whether this runs from source or from `dist/node`. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(from: string): string {
  if (existsSync(join(from, 'wrangler.toml'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('Maestro cannot find its own package folder: wrangler.toml is missing')
  return findRoot(parent)
}
