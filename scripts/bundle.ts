import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type BuildOptions, build, type OutputFile, type Plugin } from 'esbuild'

const day = 86_400_000

/** zod brings sixty languages along by `export *`, 250 kB that no bundler may drop; we speak one. */
const oneLocale: Plugin = {
  name: 'one-locale',
  setup({ onResolve }) {
    onResolve({ filter: /locales\/index\.js$/ }, ({ resolveDir, path, importer }) =>
      importer.includes('/zod/')
        ? { path: join(resolveDir, dirname(path), 'en-only.js'), namespace: 'one-locale' }
        : null,
    )
  },
}
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /./, namespace: 'one-locale' }, ({ path }) => ({
      contents: `export { default as en } from './en.js'`,
      resolveDir: dirname(path),
    }))
  },
}

const common = {
  bundle: true,
  write: false,
  format: 'esm',
  sourcemap: true,
  sourcesContent: false,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'silent',
  plugins: [oneLocale, englishOnly],
} as const satisfies BuildOptions

/** The Worker as one module: the artefact that is deployed, and that the embedded mode runs. */
export async function bundleWorker(entry: string, outdir: string): Promise<void> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { index: entry },
    outdir,
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['cloudflare:*', 'node:*'],
    minifyWhitespace: true,
  })
  write(outputFiles)
}

/**
 * The programs that run on Node. Each starts by switching on Node's compile cache, before anything large is loaded: a
 * start costs a third less from the second time on. The command line starts most often, so it is bundled by itself, with
 * all that it always needs (`core`) in one piece; the others share chunks.
 */
export async function bundlePrograms(programs: Programs, outdir: string, root: string): Promise<void> {
  const { maestro, ...rest } = programs
  const core = join(root, 'cli/process.ts')
  const built = await Promise.all([
    ...(maestro ? [bundle({ maestro }, outdir, root, [withCore(core)])] : []),
    bundle(rest, outdir, root, []),
  ])
  const files = built.flat()
  write(files)
  sweep(join(outdir, 'chunks'), new Set(files.map(({ path }) => basename(path))))
}

type Programs = Record<string, string>

async function bundle(programs: Programs, outdir: string, root: string, plugins: Plugin[]): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: Object.fromEntries(Object.keys(programs).map((name) => [name, `program:${name}`])),
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node24',
    external: ['@lydell/node-pty', '@napi-rs/keyring', 'miniflare', 'workerd', 'esbuild', 'vite', 'wrangler'],
    // Packages that are CommonJS ask for Node's modules by require, which an ES module has not.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
    plugins: [...common.plugins, ...plugins, startsWithCompileCache(programs, root)],
  })
  return outputFiles
}

/**
 * A chunk is made for each set of entries that share modules, and what is imported late is an entry: with thirty such,
 * what every command needs lay in thirty files, and finding them took a third of a start. When each of these entries
 * needs `core` too, which is there by then in any case, all of `core` has one set of entries, and is one file.
 */
function withCore(core: string): Plugin {
  return {
    name: 'with-core',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir, namespace }) => {
        const file = join(resolveDir, path)
        return kind === 'dynamic-import' && namespace === 'file' && file.endsWith('.ts') && file !== core
          ? { path: file, namespace: 'late' }
          : undefined
      })
      onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
        contents: `import ${JSON.stringify(core)}\nexport * from ${JSON.stringify(path)}`,
        resolveDir: dirname(path),
      }))
    },
  }
}

function startsWithCompileCache(programs: Record<string, string>, root: string): Plugin {
  return {
    name: 'compile-cache',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^program:/ }, ({ path }) => ({ path: path.slice('program:'.length), namespace: 'program' }))
      onLoad({ filter: /./, namespace: 'program' }, ({ path }) => ({
        contents: `import { enableCompileCache } from 'node:module'\nenableCompileCache()\nawait import(${JSON.stringify(`./${programs[path]}`)})`,
        resolveDir: root,
      }))
    },
  }
}

/** Each file as a whole, and only when it differs: somebody may be running the old one. */
function write(files: OutputFile[]): void {
  for (const { path, contents } of files) {
    mkdirSync(dirname(path), { recursive: true })
    const draft = `${path}.${process.pid}.tmp`
    writeFileSync(draft, contents)
    renameSync(draft, path)
  }
}

/** A running program may still ask for a chunk of its own build, so old ones stay for a day. */
function sweep(folder: string, current: Set<string>): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (!current.has(name) && Date.now() - statSync(file).mtimeMs > day) rmSync(file)
  }
}

/** A short name for the state of files: their paths, sizes and times of change. */
export function fingerprint(root: string, inputs: string[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) addTo(hash, root, input)
  return hash.digest('hex').slice(0, 16)
}

function addTo(hash: ReturnType<typeof createHash>, root: string, path: string): void {
  const stat = statSync(join(root, path), { throwIfNoEntry: false })
  if (!stat) return
  if (!stat.isDirectory()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
  else for (const name of readdirSync(join(root, path)).sort()) addTo(hash, root, join(path, name))
}
