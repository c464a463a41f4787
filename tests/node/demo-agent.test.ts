import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn as spawnPty } from '@lydell/node-pty'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readHook } from '../../hooks/read.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'maestro-demo-test-'))
  await mkdir(join(root, 'bin'))
  await mkdir(join(root, 'tmp'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** In a real terminal, as a holder starts it. */
function start(more: Record<string, string> = {}) {
  const env = {
    ...{ PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, TMPDIR: join(root, 'tmp'), TERM: 'xterm-256color' },
    ...{
      MAESTRO_HOME: root,
      MAESTRO_SPOOL: join(root, 'spool'),
      MAESTRO_SESSION_ID: 'sess_4hq1w8ze',
      MAESTRO_DEMO_SPEED: '50',
      ...more,
    },
  }
  const terminal = spawnPty(process.execPath, [path('local-spawner/demo-agent.ts')], {
    cols: 100,
    rows: 40,
    cwd: root,
    env,
  })
  const agent = { terminal, screen: '', code: undefined as number | undefined }
  terminal.onData((text) => (agent.screen += text))
  terminal.onExit(({ exitCode }) => (agent.code = exitCode))
  return agent
}
type Agent = ReturnType<typeof start>

const shows = (agent: Agent, text: string) => vi.waitUntil(() => agent.screen.includes(text), { timeout: 20_000 })
const end = (agent: Agent) => vi.waitUntil(() => agent.code !== undefined, { timeout: 20_000 })

/** What the hooks left, in order. */
async function heard() {
  const folder = join(root, 'spool/new')
  const names = await readdir(folder)
  const files = await Promise.all(
    names.map(async (name) => ({
      at: (await stat(join(folder, name), { bigint: true })).mtimeNs,
      text: await readFile(join(folder, name), 'utf8'),
    })),
  )
  files.sort((a, b) => (a.at < b.at ? -1 : 1))
  const stamp = { id: 'evt_019a0000000070008000000000000000', at: 0 } as const
  return files.map(({ text }) => readHook('demo', JSON.parse(text), stamp))
}

describe('the demo agent', () => {
  test('plays a whole session: reads, fails, mends, asks, has a subagent, and ends', async () => {
    const agent = start({ MAESTRO_DEMO_WAIT: '60' })
    await shows(agent, 'May I run this?')
    await shows(agent, 'waiting for you')
    agent.terminal.write('y')
    await end(agent)
    expect(agent.code).toBe(0)
    const events = await heard()
    expect(events.map(({ kind, tool }) => (tool ? `${kind} ${tool}` : kind))).toEqual([
      ...['session_start', 'prompt', 'tool_start Read', 'tool_use Read', 'tool_start Bash', 'tool_failure Bash'],
      ...['tool_start Edit', 'tool_use Edit', 'tool_start Bash', 'tool_use Bash'],
      ...['subagent_start', 'tool_start Read', 'tool_use Read', 'subagent_stop'],
      ...['tool_start Bash', 'permission Bash', 'tool_use Bash', 'stop', 'session_end'],
    ])
    expect(events.find(({ kind }) => kind === 'permission')?.needs).toEqual({
      kind: 'permission',
      message: 'Bash: node check.mjs > report.txt',
    })
    expect(events.map(({ summary }) => summary)).toContain('Edit days.mjs +1 −1')
    expect(new Set(events.map(({ agentSession }) => agentSession)).size).toBe(1)
  })

  test('leaves nothing behind, where it was started or elsewhere', async () => {
    const agent = start()
    await end(agent)
    expect((await readdir(root)).sort()).toEqual(['bin', 'spool', 'tmp'])
    expect(await readdir(join(root, 'tmp'))).toEqual([])
  })

  test('goes on by itself when nobody answers', async () => {
    const agent = start()
    await end(agent)
    expect(agent.screen).toContain('nobody answered')
    expect(agent.code).toBe(0)
  })

  test('takes a no: then the tool never ran', async () => {
    const agent = start({ MAESTRO_DEMO_WAIT: '60' })
    await shows(agent, 'waiting for you')
    agent.terminal.write('n')
    await end(agent)
    expect((await heard()).map(({ kind }) => kind).slice(-4)).toEqual([
      'tool_start',
      'permission',
      'stop',
      'session_end',
    ])
  })

  test('shows what Maestro refuses, goes on, and says at the end that it failed', async () => {
    await writeFile(join(root, 'bin/maestro'), `#!/bin/sh\nexec '${process.execPath}' '${path('cli/bin.ts')}' "$@"\n`)
    await chmod(join(root, 'bin/maestro'), 0o755)
    const nowhere = { MAESTRO_API_URL: 'http://127.0.0.1:9', MAESTRO_API_KEY: 'mst_session_x', MAESTRO_RETRIES: '0' }
    const agent = start({
      ...nowhere,
      MAESTRO_PROJECT_ID: 'proj_019a0000000070008000000000000000',
      MAESTRO_TASK_IDS: 'task_4hq1w8ze',
    })
    await end(agent)
    expect(agent.screen).toContain('127.0.0.1:9')
    expect(agent.code).toBe(1)
    expect((await heard()).at(-1)?.kind).toBe('session_end')
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ])('told to end by %s says so by its last hook', async (signal, code) => {
    const agent = start({ MAESTRO_DEMO_WAIT: '60' })
    await shows(agent, 'waiting for you')
    agent.terminal.kill(signal)
    await end(agent)
    expect(agent.code).toBe(code)
    expect((await heard()).at(-1)).toMatchObject({ kind: 'session_end', end: { reason: 'other' } })
    expect(await readdir(join(root, 'tmp'))).toEqual([])
  })

  test('ends on Ctrl-C', async () => {
    const agent = start({ MAESTRO_DEMO_WAIT: '60' })
    await shows(agent, 'waiting for you')
    agent.terminal.write('\x03')
    await end(agent)
    expect(agent.code).toBe(130)
  })
})
