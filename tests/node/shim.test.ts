import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../embedded/package.ts'

const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
const shim = join(packageRoot, 'cli/maestro')
const elsewhere = mkdtempSync(join(tmpdir(), 'maestro shim '))
// A PATH without any node: the shim must find the project's own.
const run = (program: string, cwd = elsewhere) =>
  execFileSync(program, ['--version'], {
    cwd,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: elsewhere },
  }).trim()

test('the CLI runs from any folder', () => {
  expect(run(shim)).toBe(version)
  expect(run('./maestro', join(packageRoot, 'cli'))).toBe(version)
})

test('the CLI runs through symbolic links, one relative, in folders with spaces', () => {
  const bin = join(elsewhere, 'my bin')
  mkdirSync(bin)
  symlinkSync(shim, join(elsewhere, 'to-maestro'))
  symlinkSync('../to-maestro', join(bin, 'maestro'))
  expect(run(join(bin, 'maestro'))).toBe(version)
})
