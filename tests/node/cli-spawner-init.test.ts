import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPolicy } from '../../local-spawner/policy.ts'
import { emptyFolder, envelope, run } from './cli.ts'

/** A machine with these programs on its PATH, each a script. */
function machine(programs: Record<string, string>) {
  const folder = emptyFolder()
  const at = (name: string) => join(folder, name)
  for (const name of ['home', 'bin', 'app', 'notes']) mkdirSync(at(name), { mode: 0o700 })
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${script}\n`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  execFileSync('git', ['init', '-q', at('app')])
  const env = { MAESTRO_HOME: at('home'), PATH: `${at('bin')}:/usr/bin:/bin` }
  const init = async (...words: string[]) => envelope(await run(['spawner', 'init', ...words, '--json'], { env }))
  return { at, init, policy: at('home/spawner.toml') }
}

test('`spawner init` writes what it finds: agents with their versions, and the folders that are named', async () => {
  const { at, init, policy } = machine({ claude: 'echo "2.1.330 (Claude Code)"', codex: 'echo no >&2; exit 1' })
  const { data } = await init('--workspace', at('app'), '--workspace', at('notes'))
  expect(data).toMatchObject({
    ...{ policy, kept: null, typing: false },
    agents: [
      { profile: 'claude', path: at('bin/claude'), version: '2.1.330 (Claude Code)' },
      { profile: 'codex', path: at('bin/codex'), version: null },
      { profile: 'gemini', path: null, version: null },
      { profile: 'opencode', path: null, version: null },
    ],
    workspaces: [
      { name: 'app', path: at('app'), repository: true },
      { name: 'notes', path: at('notes'), repository: false },
    ],
  })
  const { profile, workspace } = readPolicy(policy)
  expect(Object.keys(profile)).toEqual(['demo', 'claude', 'codex'])
  expect(Object.keys(workspace)).toEqual(['scratch', 'app', 'notes'])
  expect(readFileSync(policy, 'utf8')).toContain(`exec = "${at('bin/claude')}"   # 2.1.330 (Claude Code)\n`)
})

test('a policy that is there stays, until it is to be replaced, and is kept then', async () => {
  const { init, policy } = machine({})
  await init()
  writeFileSync(policy, '# mine\n')
  expect(await init()).toMatchObject({ error: 'conflict', suggestion: 'maestro spawner init --replace' })
  expect(readFileSync(policy, 'utf8')).toBe('# mine\n')
  const { kept } = (await init('--replace')).data as unknown as { kept: string } // of this command alone
  expect(readFileSync(kept, 'utf8')).toBe('# mine\n')
  expect(Object.keys(readPolicy(policy).profile)).toEqual(['demo', 'claude'])
})

test.each([
  ['a folder that is not there', 'gone', 'invalid_input'],
  ['the folder that the policy itself is in', 'home', 'forbidden'],
])('nothing is written for %s', async (_, folder, error) => {
  const { at, init, policy } = machine({})
  expect(await init('--workspace', at(folder))).toMatchObject({ success: false, error })
  expect(() => readPolicy(policy)).toThrow('ENOENT')
})

test('a version cannot bring lines of its own into the policy', async () => {
  const { init, policy } = machine({ claude: `printf '1.0\\r[profile.evil]\\nagent = "shell"\\n'` })
  await init()
  expect(Object.keys(readPolicy(policy).profile)).toEqual(['demo', 'claude'])
})
