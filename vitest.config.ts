import { defineConfig } from 'vitest/config'

const project = (name: string, testTimeout = 5_000) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.{ts,tsx}`],
    environment: 'node' as const,
    testTimeout,
    hookTimeout: 120_000,
  },
})

/** One project per runtime: the rules need none, the Worker needs workerd, the daemon needs PTYs, e2e needs it all. */
export default defineConfig({
  test: {
    reporters: ['default', './scripts/tally-reporter.ts'],
    projects: [
      project('pure'),
      project('edge', 20_000),
      project('node', 30_000),
      project('web', 30_000),
      project('e2e', 120_000),
    ],
  },
})
