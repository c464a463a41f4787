import { registerHooks } from 'node:module'

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
