import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'
import solid from 'vite-plugin-solid'
import { undescribed } from './undescribed.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where `npm start` serves; MAESTRO_API_URL names another. */
const worker = process.env.MAESTRO_API_URL ?? 'http://127.0.0.1:4747'

// Whoever builds, tests included, builds what people get: Vite would take `NODE_ENV=test` for a wish for Solid's slow half.
if (process.argv.includes('build')) process.env.NODE_ENV = 'production'

export default defineConfig({
  root: here('.'),
  plugins: [solid(), tailwindcss(), undescribed],
  // The server parses; the browser only shows what it is told, so it goes without the 26 kB that would check it again.
  resolve: { alias: [{ find: /^zod$/, replacement: here('schemaless.ts') }] },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    manifest: true,
    modulePreload: { polyfill: false },
    // protocol/ does nothing by being there: what nobody uses of it, tables and schemas included, is left out.
    rolldownOptions: {
      treeshake: {
        manualPureFunctions: ['schemaless'], // what it makes nobody misses
        moduleSideEffects: (id) => !/\/(protocol\/[\w-]+|schemaless)\.ts$/.test(id),
      },
    },
  },
  server: {
    // The gate takes writes and sockets from its own origin only.
    proxy: { '/api': { target: worker, ws: true, changeOrigin: true, headers: { origin: worker } } },
  },
})
