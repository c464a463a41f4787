import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, 'model/main.ts')

// `npm run faults:model` tells thousands, here and in the object's own runtime.
test('forty stories of an object, its faults and those who look on end as the rules say', { timeout: 120_000 }, () => {
  const env = { ...process.env, MAESTRO_RUNS: '40', MAESTRO_SEED: '1' }
  const { stdout, stderr } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' })
  expect(stderr).toBe('')
  const figures = JSON.parse(stdout) as Record<string, number> // the last line of it
  expect(figures).toMatchObject({ stories: 42 })
  for (const what of ['absorbed', 'evict', 'fail', 'D1', 'join', 'drop', 'read', 'flood'])
    expect(figures[what]).toBeGreaterThan(0)
})
