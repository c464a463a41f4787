import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// What a stalled machine fails once is tried once more, and the report says so; the rules have no such excuse, nor has
// what must hold whoever is killed. That comes last, to have the machine for itself.
const project = (name: string, testTimeout = 5_000) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.{ts,tsx}`],
    environment: 'node' as const,
    testTimeout,
    hookTimeout: 120_000,
    retry: name === 'pure' || name === 'faults' ? 0 : 1,
    sequence: { groupOrder: name === 'faults' ? 1 : 0 },
  },
})

/** Inside workerd, beside the objects themselves: to evict one, or to run its clock. */
const object = {
  plugins: [
    cloudflareTest({
      main: './worker/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-01',
        durableObjects: {
          PROJECTS: { className: 'ProjectObject', useSQLite: true },
          TERMINALS: { className: 'TerminalObject', useSQLite: true },
        },
        d1Databases: ['DB'],
        bindings: {
          MAESTRO_SECRET: 'for tests',
          MAESTRO_MODE: 'embedded',
          MAESTRO_RUNS: process.env.MAESTRO_RUNS ?? '',
          MAESTRO_SEED: process.env.MAESTRO_SEED ?? '',
          MIGRATIONS: await readD1Migrations('db/migrations'),
        },
      },
    }),
  ],
  test: { name: 'object', include: ['tests/object/**/*.test.ts'], testTimeout: 20_000 },
}

/** One project per runtime: the rules need none, the Worker needs workerd, the daemon needs PTYs, e2e and faults need it all. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    // Most of what takes time here waits for processes of its own; one file at a time would leave a core idle.
    maxWorkers: 2,
    projects: [
      project('pure', 30_000),
      object,
      project('edge', 20_000),
      project('node', 30_000),
      project('web', 30_000),
      project('outside', 300_000),
      project('e2e', 120_000),
      project('faults', 120_000),
    ],
  },
})
