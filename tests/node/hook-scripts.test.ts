import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { commandFor, type HookScript, hookedEvents, isOurs, settingsFor } from '../../hooks/claude-code/settings.ts'
import { readSpoolName } from '../../hooks/spool.ts'

const scripts = fileURLToPath(new URL('../../hooks/claude-code', import.meta.url))
const all = ['session-start.sh', 'log-tool-use.sh', 'notify-permission.sh', 'session-end.sh', 'log-event.sh'] as const
const payload = await readFile(new URL('../claude-code/fixtures/PostToolUse-Edit.json', import.meta.url))

let root: string
let spool: string
let env: Record<string, string>
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'maestro hooks '))
  spool = join(root, 'spool')
  env = { PATH: process.env.PATH ?? '', HOME: root, MAESTRO_SPOOL: spool, MAESTRO_SESSION_ID: 'sess_4hq1w8ze' }
})
afterEach(() => rm(root, { recursive: true, force: true }))

type Input = Buffer | string | 'closed' | 'open'

/** Runs a command as Claude Code runs a hook. */
function start(command: string, given = env, stdin: 'pipe' | 'ignore' = 'pipe') {
  const child = spawn('/bin/sh', ['-c', command], {
    env: given,
    stdio: [stdin, 'pipe', 'pipe'],
    cwd: root,
    detached: true,
  })
  const said: Buffer[] = []
  child.stdout?.on('data', (chunk) => said.push(chunk))
  child.stderr?.on('data', (chunk) => said.push(chunk))
  child.stdin?.on('error', () => {}) // a hook may end before it has read all: that is its right
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, said: Buffer.concat(said).toString() }))
  return { child, ended }
}

async function run(script: HookScript, stdin: Input = payload, given = env) {
  const { child, ended } = start(commandFor(scripts, script), given, stdin === 'closed' ? 'ignore' : 'pipe')
  if (stdin !== 'closed') child.stdin?.end(stdin)
  return ended
}

const silent = { code: 0, signal: null, said: '' }
const names = async (folder: string) => await readdir(folder).catch(() => [])
const arrived = () => names(join(spool, 'new'))
const dropped = () => readFile(join(spool, 'dropped'), 'utf8')
const only = async () => {
  const [name] = await vi.waitUntil(async () => {
    const found = await arrived()
    return found.length > 0 && found
  })
  return join(spool, 'new', name ?? '')
}

describe('a payload', () => {
  test.each(all)('given to %s is in the spool, whole and private, and nothing was said', async (script) => {
    const before = Date.now()
    expect(await run(script)).toEqual(silent)
    const file = await only()
    expect(await readFile(file)).toEqual(payload)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(spool)).mode & 0o777).toBe(0o700)
    const { mtimeMs } = await stat(file)
    expect(mtimeMs).toBeGreaterThan(before - 20) // the clock of files is coarser than ours
    expect(readSpoolName(file.split('/').at(-1) ?? '', mtimeMs)).toMatchObject({
      session: 'sess_4hq1w8ze',
      agent: 'claude-code',
    })
    expect(await names(join(spool, 'tmp'))).toEqual([])
  })

  test('of a script that is run by its path is there as well', async () => {
    const { child, ended } = start(`'${scripts}/log-event.sh'`)
    child.stdin?.end(payload)
    expect(await ended).toEqual(silent)
    expect(await readFile(await only())).toEqual(payload)
  })

  test('of several megabytes, or not even text, arrives byte for byte', async () => {
    const odd = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0xc3, 0x28]), Buffer.alloc(4_000_000, 'ä\n')])
    expect(await run('log-event.sh', odd)).toEqual(silent)
    expect((await readFile(await only())).equals(odd)).toBe(true)
  })

  test('is never half there: fifty at once are fifty whole files', async () => {
    await Promise.all(Array.from({ length: 50 }, () => run('log-tool-use.sh')))
    await vi.waitUntil(async () => (await arrived()).length === 50)
    for (const name of await arrived()) expect(await readFile(join(spool, 'new', name))).toEqual(payload)
  })

  test('whose session is no id of ours does not choose where it is written', async () => {
    expect(await run('log-event.sh', payload, { ...env, MAESTRO_SESSION_ID: '../../../x' })).toEqual(silent)
    expect((await only()).startsWith(join(spool, 'new', '-.claude-code.'))).toBe(true)
  })
})

describe('outside a Maestro session', () => {
  const outside = () => ({ ...env, MAESTRO_SESSION_ID: '' })
  test.each(all)('%s does nothing', async (script) => {
    expect(await run(script, payload, outside())).toEqual(silent)
    expect(await names(root)).toEqual([])
  })
  test('a hook that was installed for all reports without a session', async () => {
    expect(await run('log-event.sh', payload, { ...outside(), MAESTRO_HOOK_ALL: '1' })).toEqual(silent)
    expect(await only()).toContain('/-.claude-code.')
  })
})

describe('whatever is wrong, the agent is not told and not stopped', () => {
  test.each(all)('%s with no stdin', async (script) => {
    expect(await run(script, 'closed')).toEqual(silent)
    const { child, ended } = start(`exec <&-; ${commandFor(scripts, script)}`)
    child.stdin?.end()
    expect(await ended).toEqual(silent)
    expect(await arrived()).toEqual([])
  })

  test.each(all)('%s without a home', async (script) => {
    const { HOME: _, MAESTRO_SPOOL: __, ...homeless } = env
    expect(await run(script, payload, homeless)).toEqual(silent)
  })

  test('the spool is under the home unless it is said where', async () => {
    const { MAESTRO_SPOOL: _, ...rest } = env
    expect(await run('log-event.sh', payload, rest)).toEqual(silent)
    expect(await names(join(root, '.maestro/spool/new'))).toHaveLength(1)
  })

  test('a spool at a relative path would be in the repository: it is not made', async () => {
    expect(await run('log-event.sh', payload, { ...env, MAESTRO_SPOOL: 'spool' })).toEqual(silent)
    expect(await names(root)).toEqual([])
  })

  test.each(all)('%s, and the spool is a file', async (script) => {
    await writeFile(spool, '')
    expect(await run(script)).toEqual(silent)
  })

  test.each(all)('%s, and nothing can be written', async (script) => {
    expect(await run(script, payload, { ...env, MAESTRO_SPOOL: '/proc/1/nowhere' })).toEqual(silent)
  })

  test.each(all)('%s, and the disk is full: what was begun is gone, the loss is counted', async (script) => {
    // A limit on the size of files fails a write exactly as a full disk does, to everybody but root too.
    const { child, ended } = start(`ulimit -f 1; ${commandFor(scripts, script)}`)
    child.stdin?.end(Buffer.alloc(100_000, 'x'))
    expect(await ended).toEqual(silent)
    expect([await arrived(), await names(join(spool, 'tmp'))]).toEqual([[], []])
    expect(await dropped()).toBe('sess_4hq1w8ze.claude-code unwritten\n')
  })

  test('a payload over 8 MB is dropped and counted', async () => {
    expect(await run('log-event.sh', Buffer.alloc(9_000_000, 'x'))).toEqual(silent)
    expect([await arrived(), await names(join(spool, 'tmp'))]).toEqual([[], []])
    expect(await dropped()).toBe('sess_4hq1w8ze.claude-code unwritten\n')
  })

  test.each([
    ['of so many KB', { MAESTRO_SPOOL_KB: '100' }],
    ['of so many files', { MAESTRO_SPOOL_FILES: '1' }],
  ])('a spool %s takes nothing more, counts it, and takes again when it was emptied', async (_, limit) => {
    await mkdir(join(spool, 'new'), { recursive: true })
    await mkdir(join(spool, 'tmp'))
    await writeFile(join(spool, 'near-full'), '')
    await writeFile(join(spool, 'new/old'), Buffer.alloc(200_000, 'x'))
    const small = { ...env, ...limit }
    expect(await run('log-event.sh', payload, small)).toEqual(silent)
    expect(await run('log-event.sh', payload, { ...small, MAESTRO_SESSION_ID: '', MAESTRO_HOOK_ALL: '1' })).toEqual(
      silent,
    )
    expect(await arrived()).toEqual(['old'])
    expect(await dropped()).toBe('sess_4hq1w8ze.claude-code full\n-.claude-code full\n')
    await rm(join(spool, 'new/old'))
    expect(await run('log-event.sh', payload, { ...env, MAESTRO_SPOOL_KB: '1000' })).toEqual(silent)
    expect(await arrived()).toHaveLength(1)
    expect(await names(spool)).not.toContain('near-full')
  })

  test('a spool that is nearly full is filled to its last place, and no further', async () => {
    await mkdir(join(spool, 'new'), { recursive: true })
    await writeFile(join(spool, 'near-full'), '')
    for (let n = 0; n < 8; n++) await writeFile(join(spool, 'new', `${n}`), '')
    for (let n = 0; n < 5; n++) await run('log-event.sh', payload, { ...env, MAESTRO_SPOOL_FILES: '10' })
    expect(await arrived()).toHaveLength(10)
    expect((await dropped()).trim().split('\n')).toHaveLength(3)
  })

  // A file system of its own, really full. Only root may make one.
  test.runIf(process.getuid?.() === 0)(
    'a disk without room for a byte still counts what it could not take',
    async () => {
      const disk = join(root, 'disk')
      await mkdir(disk)
      const mounted = spawnSync('/bin/sh', ['-c', `mount -t tmpfs -o size=64k tmpfs '${disk}'`])
      if (mounted.status !== 0) return // not even root may, in some containers
      try {
        for (const name of ['spool', 'spool/new', 'spool/tmp']) await mkdir(join(disk, name))
        const there = { ...env, MAESTRO_SPOOL: join(disk, 'spool') }
        await writeFile(join(disk, 'filler'), Buffer.alloc(65_536, 'x')).catch(() => undefined) // as much as there is room for
        expect(await run('log-event.sh', payload, there)).toEqual(silent)
        const counted = (await names(join(disk, 'spool'))).filter((name) => name.startsWith('dropped'))
        expect(counted).toContainEqual(expect.stringMatching(/^dropped\.sess_4hq1w8ze\.claude-code\./))
        expect(await names(join(disk, 'spool/tmp'))).toEqual([])
        await rm(join(disk, 'filler'))
        expect(await run('log-event.sh', payload, there)).toEqual(silent)
        expect(await names(join(disk, 'spool/new'))).toHaveLength(1)
      } finally {
        spawnSync('/bin/sh', ['-c', `umount '${disk}'`])
      }
    },
  )

  test.each([
    ['many files', { MAESTRO_SPOOL_FILES: '1' }, 'full'],
    ['large a payload', {}, 'unwritten'],
  ])('too %s, and still all of it is read: nobody writes into a closed pipe', async (_, limit, why) => {
    await mkdir(join(spool, 'new'), { recursive: true })
    await writeFile(join(spool, 'near-full'), '')
    await writeFile(join(spool, 'new/old'), '')
    const { child, ended } = start(commandFor(scripts, 'log-event.sh'), { ...env, ...limit })
    const troubles: Error[] = []
    child.stdin?.on('error', (error) => troubles.push(error)).end(Buffer.alloc(20_000_000, 'x'))
    expect([await ended, troubles]).toEqual([silent, []])
    expect(await dropped()).toBe(`sess_4hq1w8ze.claude-code ${why}\n`)
  })

  /** A hook that has read so much, and waits for more. */
  async function reading(script: HookScript, text: string | Buffer, shell = '/bin/sh') {
    const command = `exec ${shell} '${join(scripts, script)}'`
    const { child, ended } = start(command)
    child.stdin?.write(text)
    const draft = await vi.waitUntil(async () => (await names(join(spool, 'tmp')))[0])
    await vi.waitUntil(async () => (await stat(join(spool, 'tmp', draft))).size === text.length)
    return { child, ended, pid: child.pid ?? 0, draft }
  }
  const signals = (['SIGTERM', 'SIGHUP', 'SIGINT'] as const).flatMap((signal) =>
    all.map((name) => [name, signal] as const),
  )
  test.each(signals)(
    '%s is ended by %s while it reads: what came stays for who empties the spool',
    async (...given) => {
      const [script, signal] = given
      const { pid, ended, draft } = await reading(script, payload)
      process.kill(-pid, signal)
      expect(await ended).toEqual(silent)
      expect([await arrived(), await names(join(spool, 'tmp'))]).toEqual([[], [draft]])
      expect(await readFile(join(spool, 'tmp', draft))).toEqual(payload)
    },
  )
  test.each(['sh', 'bash'])('%s alone is told to end, and the rest of the payload comes: it is kept', async (shell) => {
    const { child, pid, ended } = await reading('log-event.sh', payload.subarray(0, 50), shell)
    process.kill(pid, 'SIGTERM')
    child.stdin?.end(payload.subarray(50))
    expect(await ended).toEqual(silent)
    expect(await readFile(await only())).toEqual(payload)
    expect(await names(join(spool, 'tmp'))).toEqual([])
  })

  test.each(all)('%s is gone, because Maestro was removed', async (script) => {
    const { child, ended } = start(commandFor(join(root, 'gone'), script))
    child.stdin?.end(payload)
    expect(await ended).toEqual(silent)
  })

  test('half of the scripts are gone', async () => {
    await copyFile(join(scripts, 'log-tool-use.sh'), join(root, 'log-tool-use.sh'))
    const { child, ended } = start(commandFor(root, 'log-tool-use.sh'))
    child.stdin?.end(payload)
    expect(await ended).toEqual(silent)
  })
})

describe('SessionStart', () => {
  const answer = '{"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"Your task"}}\n'
  test('answers with what the spawner prepared, and is reported', async () => {
    await writeFile(join(root, 'context.json'), answer)
    expect(await run('session-start.sh', payload, { ...env, MAESTRO_SESSION_DIR: root })).toEqual({
      ...silent,
      said: answer,
    })
    expect(await readFile(await only())).toEqual(payload)
  })
  test('answers even where nothing can be reported', async () => {
    await writeFile(join(root, 'context.json'), answer)
    await writeFile(spool, '')
    expect(await run('session-start.sh', payload, { ...env, MAESTRO_SESSION_DIR: root })).toEqual({
      ...silent,
      said: answer,
    })
  })
  test('says nothing where nothing was prepared', async () => {
    expect(await run('session-start.sh', payload, { ...env, MAESTRO_SESSION_DIR: join(root, 'none') })).toEqual(silent)
  })
  test('finds out whether tool hooks may leave their last step to an orphan', async () => {
    await run('session-start.sh', payload, { ...env, MAESTRO_SESSION_DIR: root })
    const orphan = Number(await readFile(join(root, 'orphan'), 'utf8'))
    expect(orphan).toBeGreaterThan(1)
  })
})

describe('a tool hook', () => {
  test('where orphans end does not make the agent wait for the last step, which is done all the same', async () => {
    const { pid } = spawnSync('true') // ended, and waited for: as an orphan is that somebody buried
    await writeFile(join(root, 'orphan'), `${pid}\n`)
    expect(await run('log-tool-use.sh', payload, { ...env, MAESTRO_SESSION_DIR: root })).toEqual(silent)
    expect(await readFile(await only())).toEqual(payload)
  })
  test('where they stay leaves none', async () => {
    await writeFile(join(root, 'orphan'), `${process.pid}\n`)
    expect(await run('log-tool-use.sh', payload, { ...env, MAESTRO_SESSION_DIR: root })).toEqual(silent)
    expect(await arrived()).toHaveLength(1) // at once: the hook waited
  })
})

describe('where nobody empties the spool, the hook posts', () => {
  type Request = { headers: NodeJS.Dict<string | string[]>; body: string; path: string | undefined }
  async function listen(status: number) {
    const requests: Request[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        requests.push({ headers: request.headers, body, path: request.url })
        response.writeHead(status).end('{}')
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo // it listens on a port
    return { requests, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() }
  }
  const key = 'mst_session_0123456789ABCDEFGHIJKLMNOPQRSTUVabcdef'
  const direct = (url: string) => ({ ...env, MAESTRO_HOOK_DIRECT: '1', MAESTRO_API_URL: url, MAESTRO_API_KEY: key })

  test('the payload with its key, session and id, and keeps nothing', async () => {
    using server = await listen(200)
    expect(await run('log-tool-use.sh', payload, direct(server.url))).toEqual(silent)
    expect(server.requests).toHaveLength(1)
    const [request] = server.requests
    expect(request).toMatchObject({ path: '/api/webhooks/hook-event', body: payload.toString() })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'maestro-agent': 'claude-code',
      'maestro-session': 'sess_4hq1w8ze',
    })
    expect(request?.headers['maestro-event-id']).toMatch(/^evt_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect([await arrived(), await names(join(spool, 'tmp'))]).toEqual([[], []])
  })

  test.each([
    ['the server is not well', 503],
    ['the key is wrong', 401],
    ['it is too large', 413],
    ['too much comes at once', 429],
  ])('and keeps it under the same id when it was not taken, as %s', async (_, status) => {
    using server = await listen(status)
    expect(await run('log-event.sh', payload, direct(server.url))).toEqual(silent)
    const file = await only()
    expect(await readFile(file)).toEqual(payload)
    const sent = server.requests[0]?.headers['maestro-event-id']
    expect(readSpoolName(file.split('/').at(-1) ?? '', Date.now())?.id).toBe(sent)
  })

  test.each(['http://127.0.0.1:9', 'ftp://example.com', ''])(
    'and keeps it when there is nobody at "%s"',
    async (url) => {
      expect(await run('log-event.sh', payload, direct(url))).toEqual(silent)
      expect(await arrived()).toHaveLength(1)
    },
  )

  test('the key is in no argument', async () => {
    const bin = join(root, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'curl'), `#!/bin/sh\nprintf '%s\\n' "$@" >"${root}/arguments"\ncat >"${root}/config"\n`)
    await chmod(join(bin, 'curl'), 0o755)
    await run('log-event.sh', payload, { ...direct('http://127.0.0.1:9'), PATH: `${bin}:${env.PATH}` })
    expect(await readFile(join(root, 'arguments'), 'utf8')).not.toContain('mst_')
    expect(await readFile(join(root, 'config'), 'utf8')).toContain(`Bearer ${key}`)
  })
})

describe('settings for Claude Code', () => {
  const settings = settingsFor({ scripts: "/opt/my $(tools)/o'clock", mode: 'inject', env: { A: '1' } })
  test('name a script for every event, with a time it may take at most', () => {
    expect(Object.keys(settings.hooks).sort()).toEqual([...hookedEvents].sort())
    for (const [matcher] of Object.values(settings.hooks)) {
      expect(matcher?.hooks).toHaveLength(1)
      expect(matcher?.hooks[0]?.timeout).toBeLessThanOrEqual(10)
      expect(all.some((script) => matcher?.hooks[0]?.command.includes(script))).toBe(true)
    }
    expect(settings.hooks.SessionEnd[0]?.hooks[0]?.timeout).toBe(10)
  })
  test('never hook what an observer would break', () =>
    expect(Object.keys(settings.hooks)).not.toEqual(expect.arrayContaining(['WorktreeCreate'])))
  test('lift a project’s ban on hooks for one process, and leave the user’s own settings as they are', () => {
    expect(settings).toMatchObject({ disableAllHooks: false, env: { A: '1' } })
    expect(Object.keys(settingsFor({ scripts: '/x', mode: 'install' }))).toEqual(['hooks'])
  })
  test('survive any folder', async () => {
    const folder = join(root, "it's a $(touch oops) folder")
    await mkdir(folder)
    for (const name of await readdir(scripts))
      if (name.endsWith('.sh')) await copyFile(join(scripts, name), join(folder, name))
    const [matcher] = settingsFor({ scripts: folder, mode: 'install' }).hooks.Stop
    const { child, ended } = start(matcher?.hooks[0]?.command ?? '')
    child.stdin?.end(payload)
    expect(await ended).toEqual(silent)
    expect(await arrived()).toHaveLength(1)
    expect(await names(root)).not.toContain('oops')
    expect(isOurs(matcher?.hooks[0]?.command ?? '')).toBe(true)
  })
  test('want an absolute folder', () =>
    expect(() => settingsFor({ scripts: 'hooks', mode: 'install' })).toThrow('absolute'))
})
