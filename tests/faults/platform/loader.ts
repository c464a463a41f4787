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

const sizes = /\{ volume: [\d_]+, tail: [\d_]+ \}/

/** The log's volumes are so small from here on that they come and go within a story. */
export function withSmallVolumes(volume: number, tail: number): void {
  registerHooks({
    load: (url, context, next) => {
      if (!url.endsWith('/durable-objects/log.ts')) return next(url, context)
      const text = readFileSync(fileURLToPath(url), 'utf8')
      if (!sizes.test(text)) throw new Error('durable-objects/log.ts says the sizes of volumes in another way now')
      const source = text.replace(sizes, `{ volume: ${volume}, tail: ${tail} }`)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}
