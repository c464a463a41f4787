import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { environmentFor, secretsIn } from '../../local-spawner/environment.ts'
import { ensureFolders, type Home, homeAt } from '../../local-spawner/home.ts'
import { readPolicy } from '../../local-spawner/policy.ts'
import { addWorkspace, ensurePolicy } from '../../local-spawner/policy-file.ts'

let home: Home
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'maestro-policy-')))
  ensureFolders(home)
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

function write(text: string, mode = 0o600): void {
  writeFileSync(home.policy, text)
  chmodSync(home.policy, mode)
}
const read = () => readPolicy(home.policy)

describe('the first policy', () => {
  test('allows the demo agent, Claude Code and the scratch repository, and is for its owner only', async () => {
    await ensurePolicy(home)
    const { capacity, typing, profile, workspace } = read()
    const scratch = { path: home.scratch, worktree: 'auto' }
    expect({ capacity, typing, profiles: Object.keys(profile), workspace }).toEqual({
      ...{ capacity: 12, typing: true, profiles: ['demo', 'claude'], workspace: { scratch } },
    })
    expect(readFileSync(join(home.scratch, '.git/HEAD'), 'utf8')).toBe('ref: refs/heads/main\n')
    expect(readFileSync(join(home.scratch, '.git/refs/heads/main'), 'utf8')).toMatch(/^[0-9a-f]{40}/)
  })

  test('is written once: what a person made of it stays', async () => {
    await ensurePolicy(home)
    write('capacity = 1\n')
    await ensurePolicy(home)
    expect(read().capacity).toBe(1)
  })
})

describe('a policy is refused', () => {
  test.each([
    ['0666', 0o666],
    ['0620', 0o620],
    ['0644', 0o644],
  ])('with mode %s, saying how to close it', (shown, mode) => {
    write('', mode)
    expect(read).toThrow(
      `${home.policy} has mode ${shown}: others may read or change it. Close it with: chmod 600 ${home.policy}`,
    )
  })

  test('in a folder where others may replace it', () => {
    write('')
    chmodSync(home.root, 0o777)
    expect(read).toThrow(`chmod 700 ${home.root}`)
  })

  test('inside a workspace, where agents could change it, by whatever path', () => {
    const link = join(home.scratch, 'link')
    symlinkSync(home.root, link)
    for (const path of [home.root, tmpdir(), link, '/']) {
      write(`[workspace.all]\npath = ${JSON.stringify(path)}\n`)
      expect(read).toThrow('lies inside the workspace all')
    }
  })

  test('with a key that nobody knows, saying which there are', () => {
    write('[profile.claude]\nagent = "claude-code"\ncommand = "sh"\n')
    expect(read).toThrow('[profile.claude] has an unknown key "command". Remove it, or use one of: agent, exec, args')
    write('capasity = 3\n')
    expect(read).toThrow('there is an unknown key "capasity". Remove it, or use one of: capacity, typing')
  })

  test.each([
    [
      '[profile.x]\nagent = "cursor"\n',
      'profile.x.agent must be one of: claude-code, codex, gemini, opencode, shell, demo',
    ],
    ['[profile.x]\nagent = "demo"\nexec = "sh"\n', 'profile.x.exec: must be an absolute path'],
    ['[profile.x]\nagent = "demo"\nenv = ["MAESTRO_API_KEY"]\n', 'may not be one of MAESTRO_*'],
    ['[profile.x]\nagent = "demo"\nset = { MAESTRO_HOME = "/" }\n', 'may not be one of MAESTRO_*'],
    ['capacity = = 3\n', 'line 1'],
    ['[workspace.x]\npath = "/x"\nworktree = "yes"\n', 'workspace.x.worktree must be one of: auto, always, never'],
    [
      '[workspace.x]\npath = "/x"\nworktre = "auto"\n',
      'unknown key "worktre". Remove it, or use one of: path, worktree',
    ],
  ])('with %j', (text, sentence) => {
    write(text)
    expect(read).toThrow(sentence)
  })
})

describe('adding a workspace', () => {
  const folder = () => mkdtempSync(join(home.root, 'shop-'))

  test('leaves the rest of the file as it is, comments included', async () => {
    await ensurePolicy(home)
    const before = readFileSync(home.policy, 'utf8')
    const path = folder()
    addWorkspace(home, 'shop', path)
    addWorkspace(home, 'shop', path)
    addWorkspace(home, 'shop.web', path)
    expect(readFileSync(home.policy, 'utf8').startsWith(before)).toBe(true)
    expect(Object.keys(read().workspace)).toEqual(['scratch', 'shop', 'shop.web'])
  })

  test('is refused for what is no folder, a name that is taken, and a folder with the policy in it', async () => {
    await ensurePolicy(home)
    expect(() => addWorkspace(home, 'shop', 'src')).toThrow('src is not the absolute path of a folder')
    expect(() => addWorkspace(home, 'a b', folder())).toThrow('cannot be the name of a workspace')
    expect(() => addWorkspace(home, 'scratch', folder())).toThrow(`The workspace scratch is ${home.scratch}`)
    expect(() => addWorkspace(home, 'all', home.root)).toThrow('where agents could change it')
    mkdirSync(join(home.scratch, 'deeper'))
    addWorkspace(home, 'deeper', join(home.scratch, 'deeper'))
  })
})

describe('the environment of an agent', () => {
  const own = {
    HOME: '/home/me',
    PATH: '/bin',
    LC_ALL: 'C',
    SECRET: 'x',
    MAESTRO_API_KEY: 'mst',
    AWS_SECRET_ACCESS_KEY: 'abcdefgh1',
  }
  const profile = { agent: 'demo' as const, args: [], headless: false, sandbox_writable: [] }

  test('has what is usual and what the policy names, and nothing else', () => {
    const env = environmentFor({ ...profile, env: ['AWS_SECRET_ACCESS_KEY', 'MISSING'], set: { MODE: 'test' } }, own)
    expect(env).toEqual({
      ...{ HOME: '/home/me', PATH: '/bin', LC_ALL: 'C', AWS_SECRET_ACCESS_KEY: 'abcdefgh1' },
      ...{ TERM: 'xterm-256color', COLORTERM: 'truecolor', MODE: 'test' },
    })
    expect(secretsIn(env)).toEqual(['abcdefgh1'])
  })
})
