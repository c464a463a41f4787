import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'
import solid from 'vite-plugin-solid'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where `npm start` serves; MAESTRO_API_URL names another. */
const worker = process.env.MAESTRO_API_URL ?? 'http://127.0.0.1:4747'

// Whoever builds, tests included, builds what people get: Vite would take `NODE_ENV=test` for a wish for Solid's slow half.
if (process.argv.includes('build')) process.env.NODE_ENV = 'production'

const described = /\.describe\(\s*(['"])(?:(?!\1)[^\\\n]|\\.)*\1,?\s*\)/g
const summarised = /\bsummary: (['"])(?:(?!\1)[^\\\n]|\\.)*\1,/g
/** Of a schema that checks nothing it is the same with and without these. */
const loosened = /\.(?:nullable|optional|partial|int)\(\)/g
const scoped = /\bscope: (['"])[\w:]+\1,/g

/** What a request may say is checked by whoever is asked: nothing in the browser reads a table's `input`. */
function withoutInputs(code: string): string {
  for (let at = code.search(taken); at >= 0; at = code.search(taken)) {
    let end = code.indexOf('(', at)
    for (let depth = 0; end < code.length; end++) {
      if (code[end] === '(') depth++
      if (code[end] === ')' && --depth === 0) break
    }
    code = `${code.slice(0, at)}${code.slice(end + 1)}`
  }
  return code
}
const taken = /\binput: z\.(object|looseObject)\(/

/** What a schema or a command says of itself is for the command line and OpenAPI; its scope and input are for the server. */
const undescribed: Plugin = {
  name: 'undescribed',
  transform: {
    filter: { id: /\/protocol\/[\w-]+\.ts$/ },
    handler: (code) =>
      withoutInputs(
        code
          .replace(described, '')
          .replace(summarised, '')
          .replace(scoped, '')
          .replace(loosened, '')
          .replace(/\binput: newTask\b,?/, ''),
      ),
  },
}

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
        // Only by these names: a function called so that does something would be lost.
        manualPureFunctions: [
          'z',
          'looseObject',
          'templateLiteral',
          'literal',
          'object',
          'array',
          'string',
          'number',
          'boolean',
          'record',
          'union',
        ],
        moduleSideEffects: (id) => !/\/(protocol\/[\w-]+|schemaless)\.ts$/.test(id),
      },
    },
  },
  server: {
    // The gate takes writes and sockets from its own origin only.
    proxy: { '/api': { target: worker, ws: true, changeOrigin: true, headers: { origin: worker } } },
  },
})
