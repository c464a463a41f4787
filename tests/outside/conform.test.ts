import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, System } from '../e2e/system.ts'
import { say } from '../node/cli.ts'
import { conform, maestroAt } from './conform.ts'
import type { Maestro } from './parts/schema.ts'

let system: System
beforeAll(async () => {
  system = await new System().start()
})
afterAll(() => system?.remove())

test('the command line keeps what its schema promises, for every command, well and refused', async () => {
  const maestro = maestroAt(join(root, 'cli/maestro'), system.env)
  const wrong: string[] = []
  let held = 0
  const quick: Maestro = (argv, { env } = {}) => say(argv, { env: { ...system.env, ...env } })
  for await (const { what, complaints } of conform(maestro, quick)) {
    held++
    wrong.push(...complaints.map((complaint) => `${what}: ${complaint}`))
  }
  expect(wrong).toEqual([])
  expect(held).toBeGreaterThan(300)
})
