import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { ensureFolders, type Home, homeAt } from '../../local-spawner/home.ts'
import { type Place, writeJournal } from '../../local-spawner/journal.ts'
import { placeFor } from '../../local-spawner/place.ts'
import { parsePolicy } from '../../local-spawner/policy.ts'
import { sweepWorktrees, tidyWorktree } from '../../local-spawner/worktree.ts'
import { readRecord, writeRecord } from '../../local-spawner/worktree-record.ts'
import { listWorktrees } from '../../local-spawner/worktrees.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { newSession } from '../../protocol/session-rules.ts'
import { commit, git, put, repository } from './parts/repository.ts'

let home: Home
let shop: string
const project = newId('proj')
beforeEach(() => {
  home = homeAt(realpathSync(mkdtempSync(join(tmpdir(), 'maestro-place-'))))
  ensureFolders(home)
  shop = join(home.root, 'src/shop')
})
afterEach(() => rmSync(home.root, { recursive: true, force: true }))

type Wish = {
  path?: string
  rule?: 'auto' | 'always' | 'never'
  worktree?: boolean
  name?: string
  session?: SessionId
  resumes?: SessionId
}
/** Where sessions work, as the daemon remembers it. */
let taken: Place[] = []
beforeEach(() => {
  taken = []
})

function place({ path = shop, rule = 'auto', worktree, name = 'Retry failed payments', ...more }: Wish = {}) {
  const policy = parsePolicy(`[workspace.shop]\npath = ${JSON.stringify(path)}\nworktree = "${rule}"\n`, 'spawner.toml')
  const given = { profile: 'demo', workspace: 'shop', role: 'worker', prompt: '', skills: [], spawner: null } as const
  const id = more.session ?? newId('sess')
  const session: Session = newSession({ ...given, session: id, name, skills: [], worktree }, [], null, 'person:ann', 1)
  if (more.resumes) session.resumes = more.resumes
  const isTaken = (root: string) => taken.some((one) => one.root === root)
  const neighbours = { isTaken, take: (place: Place) => taken.push(place) }
  return placeFor(home, policy, { brief: { session, tasks: [] }, project, neighbours })
}
const own = () => place({ worktree: true })

describe('where a session works', () => {
  test('the first has the folder itself, the next a worktree on a branch named after its task', async () => {
    repository(shop)
    const session = newId('sess')
    const [first, second] = [await place(), await place({ session, name: 'Réessayer: “payments”, again & again!' })]
    expect(first).toMatchObject({ cwd: shop, worktree: null, told: { worktree: false, branch: 'main', note: null } })
    const name = `reessayer-payments-again-again-${session.slice(5)}`
    expect(second.told).toEqual({ worktree: true, branch: `maestro/${name}`, note: null })
    expect(second.cwd).toBe(join(home.worktrees, 'shop', name))
    expect(git(second.cwd, 'branch', '--show-current').trim()).toBe(`maestro/${name}`)
    expect(readFileSync(join(second.cwd, 'README.md'), 'utf8')).toBe('# Shop\n')
    expect(git(shop, 'status', '--porcelain')).toBe('')
  })

  test('of several that start at once, only one has the folder', async () => {
    repository(shop)
    const places = await Promise.all([place(), place(), place(), place()])
    expect(places.filter(({ worktree }) => !worktree)).toHaveLength(1)
    expect(new Set(places.map(({ root }) => root)).size).toBe(4)
  })

  test('is the folder itself for all who ask for that, or whose machine has it so', async () => {
    repository(shop)
    for (const wish of [{ worktree: false }, { worktree: false }, { rule: 'never' }, { rule: 'never' }] as const) {
      expect(await place(wish)).toMatchObject({ cwd: shop, told: { worktree: false } })
    }
  })

  test('is where a session worked that it goes on with, for there the conversation lies', async () => {
    repository(shop)
    const ended = async (wish: Wish) => {
      const session = newId('sess')
      const at = await place({ ...wish, session })
      mkdirSync(home.session(session), { recursive: true })
      const about = { at: 1, project, session, profile: 'demo' }
      writeJournal(home.session(session), { state: 'over', ...about, place: at })
      taken = taken.filter((one) => one !== at)
      return { session, at }
    }
    const [folder, tree] = [await ended({ worktree: false }), await ended({ worktree: true })]
    await place() // has the folder now
    expect(await place({ resumes: folder.session })).toEqual(folder.at)
    const [goesOn, late] = [newId('sess'), newId('sess')]
    expect(await place({ resumes: tree.session, session: goesOn })).toEqual(tree.at)
    expect(readRecord(tree.at.root)).toMatchObject({ session: goesOn })
    await expect(place({ resumes: tree.session, session: late })).rejects.toThrow('still at work')
    taken = []
    await tidyWorktree(tree.at.root)
    expect(existsSync(tree.at.root)).toBe(false)
    expect(await place({ resumes: tree.session, session: late })).toEqual(tree.at)
    expect(existsSync(join(tree.at.root, 'README.md'))).toBe(true)
  })

  test('is never against the policy of the machine', async () => {
    repository(shop)
    await expect(place({ rule: 'never', worktree: true })).rejects.toThrow(
      '(worktree = "never"): start it with --no-worktree',
    )
    await expect(place({ rule: 'always', worktree: false })).rejects.toThrow(
      '(worktree = "always"): start it with --worktree',
    )
    expect((await place({ rule: 'always' })).worktree).not.toBeNull()
  })

  test('begins at what is checked out, without what is in no commit, and with no hook of the repository run', async () => {
    repository(shop)
    git(shop, 'checkout', '--quiet', '-b', 'next')
    commit(shop, 'More', { 'more.txt': 'more' })
    put(shop, { 'draft.txt': 'draft', '.git/hooks/post-checkout': '#!/bin/sh\ntouch "$HOME/hooked" ./hooked\n' })
    chmodSync(join(shop, '.git/hooks/post-checkout'), 0o755)
    const { cwd } = await own()
    expect(['more.txt', 'draft.txt', 'hooked'].map((name) => existsSync(join(cwd, name)))).toEqual([true, false, false])
    expect(readFileSync(join(shop, '.git/config'), 'utf8')).not.toContain('maestro')
  })

  test('is the same part of the repository where the workspace is a part of one', async () => {
    repository(shop, { 'apps/web/page.html': 'hello', 'README.md': '' })
    const web = join(shop, 'apps/web')
    const [first, second] = [await place({ path: web }), await place({ path: shop })]
    expect(first.cwd).toBe(web)
    expect(second.worktree).not.toBeNull() // the other works in the same files
    const third = await place({ path: web })
    expect(third.cwd).toBe(join(third.worktree!, 'apps/web'))
    expect(existsSync(join(third.cwd, 'page.html'))).toBe(true)
  })

  test('may be a worktree of a bare repository, of a submodule, and of another worktree', async () => {
    repository(shop)
    git(shop, 'clone', '--quiet', '--bare', '.', '../bare')
    git(shop, 'worktree', 'add', '--quiet', '../other')
    const outer = repository(join(home.root, 'src/outer'))
    git(outer, 'submodule', '--quiet', 'add', shop, 'part')
    for (const path of [join(shop, '../bare'), join(outer, 'part'), join(shop, '../other')]) {
      const { cwd } = await place({ path, ...(!path.endsWith('bare') && { worktree: true }) })
      expect(git(cwd, 'log', '--format=%s')).toBe('Begin\n')
      expect(git(cwd, 'status', '--porcelain')).toBe('')
      expect(git(path, 'log', '--format=%s')).toBe('Begin\n')
    }
  })

  test('does not mind that somebody is in the middle of a commit', async () => {
    repository(shop)
    writeFileSync(join(shop, '.git/index.lock'), '')
    expect(existsSync(join((await own()).cwd, 'README.md'))).toBe(true)
  })
})

describe('where no worktree can be made', () => {
  const broken = (folder: string) => put(folder, { '.git/HEAD': 'nonsense' })
  const cases: [string, string, () => void][] = [
    ['a plain folder', 'it is no git repository', () => mkdirSync(shop, { recursive: true })],
    ['a broken repository', 'not a git repository', () => broken(shop)],
    [
      'nothing committed',
      'nothing is committed there yet',
      () => {
        mkdirSync(shop, { recursive: true })
        git(shop, 'init', '--quiet')
      },
    ],
  ]
  test.each(cases)('(%s) a session that needs one fails and says why', async (_, why, make) => {
    make()
    await expect(own()).rejects.toThrow(why)
    await expect(own()).rejects.toMatchObject({ help: { suggestion: expect.stringContaining('--no-worktree') } })
    expect(await listWorktrees(home)).toEqual([])
  })

  test.each(cases)('(%s) others share the folder, and that is said', async (_, why, make) => {
    make()
    const [first, second] = [await place(), await place()]
    expect([first.cwd, second.cwd]).toEqual([shop, shop])
    expect(second.told).toMatchObject({ worktree: false, note: expect.stringContaining(why) })
  })

  test('because the folder is not in the commit, or git refuses, it says so and leaves nothing', async () => {
    repository(shop)
    put(shop, { 'new/x': '' })
    await expect(place({ path: join(shop, 'new'), worktree: true })).rejects.toThrow(
      'new is not in the commit that is checked out',
    )
    git(shop, 'branch', 'maestro')
    await expect(own()).rejects.toThrow(/No worktree can be made of the workspace shop: .*refs\/heads\/maestro/)
    expect(await listWorktrees(home)).toEqual([])
    expect(git(shop, 'worktree', 'list').trim().split('\n')).toHaveLength(1)
  })
})

describe('a daemon that dies while it makes a worktree', () => {
  const session = newId('sess')
  test('has it made once, whatever git had done by then', async () => {
    repository(shop)
    const { worktree } = await place({ session, worktree: true })
    const record = readRecord(worktree!)!
    const half: (() => void)[] = [
      () => rmSync(worktree!, { recursive: true }), // the branch is there, and git's own notes
      () => git(shop, 'worktree', 'remove', worktree!), // the branch alone
      () => put(worktree!, { 'README.md': 'half' }),
      () => put(shop, { [`.git/worktrees/${basename(worktree!)}/locked`]: 'initializing' }),
    ]
    for (const die of half) {
      die()
      writeRecord(worktree!, { ...record, state: 'making' })
      const again = await place({ session })
      expect(again.worktree).toBe(worktree)
      expect(git(worktree!, 'status', '--porcelain', '--branch')).toBe(`## ${record.branch}\n`)
      expect(git(shop, 'worktree', 'list').trim().split('\n')).toHaveLength(2)
    }
  })

  test('finds what was made before as it is', async () => {
    repository(shop)
    const { worktree } = await place({ session, worktree: true })
    put(worktree!, { mark: '' })
    expect((await place({ session })).worktree).toBe(worktree)
    expect(existsSync(join(worktree!, 'mark'))).toBe(true)
  })

  test('and whose session never comes back leaves none behind', async () => {
    repository(shop)
    const { worktree } = await own()
    await sweepWorktrees(home)
    expect(existsSync(worktree!)).toBe(true) // a living process is about to start something in it
    writeRecord(worktree!, { ...readRecord(worktree!)!, by: { pid: process.pid, start: 'another' } })
    await sweepWorktrees(home)
    expect(existsSync(worktree!)).toBe(false)
    expect(git(shop, 'branch', '--list').trim()).toBe('* main')
  })
})

describe('a worktree whose session has ended', () => {
  /** Does something in a new worktree, has its session end, and looks what there is. */
  async function afterwards(work: (cwd: string, branch: string) => void) {
    repository(shop, { 'README.md': '', '.gitignore': 'built\n' })
    const { worktree, told } = await own()
    work(worktree!, told!.branch!)
    await tidyWorktree(worktree!)
    const [found] = await listWorktrees(home)
    const branch = git(shop, 'branch', '--list', told!.branch!).trim()
    if (!found) expect({ branch, folder: existsSync(worktree!) }).toEqual({ branch: '', folder: false })
    return (
      found && {
        commits: found.commits.map((line) => line.slice(8)),
        changed: found.changed,
        untracked: found.untracked,
      }
    )
  }
  const none = { commits: [], changed: [], untracked: [] }

  test.each<[string, (cwd: string, branch: string) => void]>([
    ['nothing', () => undefined],
    ['ignored files only', (cwd) => put(cwd, { 'built/x': '' })],
    [
      'commits that are on another branch too',
      (cwd) => {
        commit(cwd, 'Mine', { 'a.txt': '' })
        git(cwd, 'branch', 'kept-elsewhere')
      },
    ],
    [
      'a branch that the agent named anew',
      (cwd, branch) => {
        commit(cwd, 'Mine', { 'a.txt': '' })
        git(cwd, 'branch', '-m', branch, 'better-name')
      },
    ],
  ])('goes with its branch when it holds %s', async (_, work) => {
    expect(await afterwards(work)).toBeUndefined()
  })

  test.each<[string, (cwd: string) => void, object]>([
    ['a changed file', (cwd) => put(cwd, { 'README.md': 'new' }), { ...none, changed: ['README.md'] }],
    [
      'a file that is staged only',
      (cwd) => {
        put(cwd, { 'a b.txt': '' })
        git(cwd, 'add', '.')
      },
      { ...none, changed: ['a b.txt'] },
    ],
    ['a new file', (cwd) => put(cwd, { 'deep/é\n.txt': '' }), { ...none, untracked: ['deep/é\n.txt'] }],
    ['a commit', (cwd) => commit(cwd, 'Mine', { 'a.txt': '' }), { ...none, commits: ['Mine'] }],
    [
      'a commit on no branch',
      (cwd) => {
        git(cwd, 'checkout', '--quiet', '--detach')
        commit(cwd, 'Adrift', { 'a.txt': '' })
      },
      { ...none, commits: ['Adrift'] },
    ],
  ])('is kept when it holds %s', async (_, work, holds) => {
    expect(await afterwards(work)).toEqual(holds)
  })

  test('is kept when git does not know it any more', async () => {
    await afterwards((cwd) => rmSync(join(cwd, '.git')))
    const [found] = await listWorktrees(home)
    expect(found).toMatchObject({ isThere: true, problem: expect.stringContaining('not a git repository') })
  })
})
