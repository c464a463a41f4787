import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** From here on, whoever of `folder` imports one of these names gets the file beside it instead. */
export function standIn(names: Record<string, string>, folder = ''): void {
  registerHooks({
    resolve: (name, context, next) => {
      const url = Object.hasOwn(names, name) && context.parentURL?.includes(folder) ? names[name] : undefined
      return url ? { url, shortCircuit: true } : next(name, context)
    },
  })
}

/** From here on the Worker and its objects may be loaded in Node, unchanged. */
export const standInForPlatform = (): void =>
  standIn({ 'cloudflare:workers': new URL('./workers.ts', import.meta.url).href })

const figures = {
  sizes: /\{ volume: [\d_]+, tail: [\d_]+ \}/,
  snapshots: /SNAPSHOT_EVERY = [\d_]+/,
}

/** From here on the log snapshots so often, and its volumes are so small, that they come and go within a story. */
export function withSmallLog({ volume, tail, snapshots }: { volume: number; tail: number; snapshots: number }): void {
  registerHooks({
    load: (url, context, next) => {
      if (!url.endsWith('/durable-objects/log.ts')) return next(url, context)
      const text = readFileSync(fileURLToPath(url), 'utf8')
      if (!figures.sizes.test(text) || !figures.snapshots.test(text))
        throw new Error('durable-objects/log.ts says its figures in another way now')
      const source = text
        .replace(figures.sizes, `{ volume: ${volume}, tail: ${tail} }`)
        .replace(figures.snapshots, `SNAPSHOT_EVERY = ${snapshots}`)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}
