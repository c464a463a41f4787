import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { app } from '../../cli/app.ts'
import { Context } from '../../cli/context.ts'
import { everyCommand } from '../../cli/usage.ts'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'
import type { Edge } from '../edge/edge.ts'
import { startEdge } from '../edge/edge.ts'
import { emptyFolder, envelope, say } from './cli.ts'
import { startFlakyProxy } from './parts/flaky-proxy.ts'

const root = join(import.meta.dirname, '../..')
let edge: Edge
let env: Record<string, string>
let project: ProjectId
const [task, other] = [newId('task'), newId('task')]
let session: SessionId

beforeAll(async () => {
  const build = promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), 'programs'])
  ;[edge] = await Promise.all([startEdge(), build])
  const anyone = new Client({ url: edge.url, key: edge.ownerKey })
  project = (await anyone.ask('project.new', { project: newId('proj'), name: 'Date library' })).project
  const owner = anyone.with({ project })
  const sub = newId('sub')
  await owner.execute('task.create', {
    task,
    title: 'Fix the\u001b[31m parser: now',
    labels: ['bug'],
    subtasks: [{ subtask: sub, title: 'Test it' }],
  })
  await owner.execute('task.create', { task: other, title: 'Over' })
  await owner.execute('task.complete', { task: other })
  session = newId('sess')
  await owner.execute('session.spawn', { session, tasks: [task], name: 'ann', profile: 'demo' })
  env = { MAESTRO_HOME: edge.home.root }
}, 120_000)
afterAll(() => edge?.stop())

/** What a shell would be answered: values and what they are. */
async function answered(words: string[], more: Record<string, string> = {}) {
  const { code, out, err } = await say(['complete', '--', ...words], { env: { ...env, ...more } })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t') as [string, string?])
}
const values = async (words: string[], more?: Record<string, string>) =>
  (await answered(words, more)).map(([value]) => value)

describe('completing', () => {
  test('a command: every one that help shows, by its own tree', async () => {
    const nowhere = {
      ...{ out: () => undefined, err: () => undefined, stdin: async () => '', env: {}, cwd: '/', columns: undefined },
      ...{ terminal: { out: false, err: false }, now: Date.now, takeInterrupts: () => undefined },
    }
    for (const command of everyCommand(app(new Context(nowhere)))) {
      if (!command.commands.length) continue
      const path: string[] = []
      for (let at = command; at.parent; at = at.parent) path.unshift(at.name())
      expect(await values([...path, ''])).toEqual(command.commands.map((each) => each.name()))
    }
    expect(await answered(['tas'])).toEqual([['task', 'What is to be done']])
    expect(await values(['task', 'comp'])).toEqual(['complete'])
    expect(await values(['nonsense', ''])).toEqual([])
  })

  test('an option: those of the command and of all, but none twice that may be given once', async () => {
    expect(await answered(['task', 'create', '--prio'])).toEqual([
      ['--priority', 'How soon it matters (default: medium)'],
    ])
    expect(await values(['task', 'create', '--'])).toEqual(
      expect.arrayContaining(['--priority', '--label', '--json', '--help']),
    )
    const again = await values(['task', 'create', '--priority', 'high', '--label', 'x', '--'])
    expect(again).not.toContain('--priority')
    expect(again).toContain('--label')
    expect(await values(['task', 'create', '--', '--'])).toEqual([])
  })

  test('a choice, in either way of writing it', async () => {
    expect(await values(['task', 'list', '--status', 'in'])).toEqual(['in_progress', 'in_review'])
    expect(await values(['task', 'list', '--status=in'])).toEqual(['--status=in_progress', '--status=in_review'])
    // As bash cuts it.
    expect(await values(['task', 'list', '--status', '=', 'in'])).toEqual(['in_progress', 'in_review'])
    expect(await values(['task', 'list', '--status', '='])).toContain('todo')
    expect(await values(['completion', ''])).toEqual(['bash', 'zsh', 'fish'])
    expect(await values(['config', 'get', 're'])).toEqual(['retries', 'retryDelay'])
  })

  test('an id, from the server, with what it is called; what is over comes last', async () => {
    expect(await answered(['task', 'show', ''])).toEqual([
      [task, 'Fix the␛[31m parser: now'],
      [other, 'Over'],
    ])
    expect(await values(['task', 'show', task.slice(0, 9)])).toEqual([task])
    expect(await values(['task', 'show', task.slice(5, 9)])).toEqual([task])
    expect(await answered(['session', 'show', ''])).toEqual([[session, 'ann, spawning']])
    expect(await values(['session', 'attach', ''])).toEqual([session])
    expect(await values(['wait', session, ''])).toEqual([session, task, other])
    expect(await values(['session', 'logs', session, '--before', ''])).toEqual([])
    expect(await values(['--project', ''])).toEqual([project])
    expect(await answered(['project', 'use', 'proj'])).toEqual([[project, 'Date library']])
    expect(await values(['subtask', 'complete', task, ''])).toEqual([expect.stringMatching(/^sub_/)])
    expect(await values(['task', 'list', '--label', ''])).toEqual(['bug'])
    expect(await values(['task', 'create', 'x', '--needs', `${other},`])).toEqual([
      `${other},${task}`,
      `${other},${other}`,
    ])
    expect(await values(['task', 'show', task, ''])).toEqual([])
    expect(await values(['session', 'spawn', other, 'task'])).toEqual([task, other])
    expect(await values(['prime', '--role', 'w'])).toEqual(['worker'])
    expect(await values(['key', 'revoke', ''])).toEqual(expect.arrayContaining([expect.stringMatching(/^key_/)]))
  })

  test('asks the project that the line is about', async () => {
    expect(await values(['--project', 'date library', 'task', 'show', ''])).toEqual([task, other])
    expect(await values(['task', 'show', '--project=nowhere', ''])).toEqual([])
  })

  test('leaves files and folders to the shell', async () => {
    expect(await values(['task', 'create', 'x', '--body-file', ''])).toEqual([':files'])
    expect(await values(['spawner', 'workspace', 'add', ''])).toEqual([':folders'])
  })

  test('is silent when anything is wrong, and does not wait for a server that is slow', async () => {
    expect(await answered(['task', 'show', ''], { MAESTRO_API_URL: 'http://127.0.0.1:2' })).toEqual([])
    expect(await answered(['task', 'show', ''], { MAESTRO_API_URL: 'nowhere' })).toEqual([])
    expect(await answered(['task', 'show', ''], { MAESTRO_API_KEY: 'wrong' })).toEqual([])
    const home = emptyFolder()
    writeFileSync(join(home, 'config.json'), '{')
    expect(await answered(['task', 'show', ''], { MAESTRO_HOME: home })).toEqual([])
    const proxy = await startFlakyProxy(edge.url)
    proxy.plan('silence', 'silence', 'silence')
    const began = performance.now()
    expect(await answered(['task', 'show', ''], { MAESTRO_API_URL: proxy.url })).toEqual([])
    expect(performance.now() - began).toBeLessThan(2_000)
    proxy.stop()
  })
})

test('`maestro completion` refuses a shell that it does not know', async () => {
  expect(envelope(await say(['completion', 'bsh', '--json']))).toMatchObject({
    error: 'invalid_input',
    message: 'shell cannot be bsh; did you mean bash?',
    validValues: ['bash', 'zsh', 'fish'],
    suggestion: 'maestro completion bash --json',
  })
})

const where = (shell: string) =>
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, shell))
    .find((path) => existsSync(path))

/** A shell in a terminal with the completion switched on; `shows` resolves when its screen has the text. */
async function shellWith(shell: 'bash' | 'zsh') {
  const folder = emptyFolder()
  const { out } = await say(['completion', shell])
  writeFileSync(join(folder, 'script'), out)
  mkdirSync(join(folder, 'plans'))
  writeFileSync(join(folder, 'plan.md'), '')
  const start = { bash: ['--norc', '--noprofile', '-i'], zsh: ['-f', '-i'] }[shell]
  const pty = spawn(where(shell)!, start, {
    cwd: folder,
    cols: 200,
    rows: 50,
    env: { PATH: process.env.PATH!, HOME: folder, TERM: 'dumb', PS1: 'READY> ', INPUTRC: '/dev/null', ...env },
  })
  let screen = ''
  const waits: (() => void)[] = []
  pty.onData((data) => {
    screen += data
    for (const look of [...waits]) look()
  })
  const shows = (text: string | RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        const plain = screen.replaceAll(/\u001b\[[\d;?]*[a-zA-Z]|\u0008|\u0007/g, '')
        if (typeof text === 'string' ? plain.includes(text) : text.test(plain)) resolve()
      }
      waits.push(look)
      look()
    })
  const type = (text: string) => {
    screen = ''
    pty.write(text)
  }
  const clear = () => pty.write('\u0015')
  await shows('READY> ')
  type(`source ./script && echo SOUR''CED\r`)
  await shows('SOURCED')
  return { type, shows, clear, end: () => pty.kill('SIGKILL') }
}

describe.each(['bash', 'zsh'] as const)('in a real %s', (shell) => {
  const ready = where(shell) !== undefined
  test('words, options, choices, ids and files are completed at the prompt', async ({ skip }) => {
    if (!ready) return skip(`${shell} is not installed`)
    const { type, shows, clear, end } = await shellWith(shell)
    for (const [typed, shown] of [
      ['maestro task compl\t', 'maestro task complete '],
      ['maestro task list --status in_p\t', '--status in_progress'],
      ['maestro task list --status=blo\t', '--status=blocked'],
      [`maestro task show ${task.slice(0, 9)}\t`, `maestro task show ${task}`],
      ['maestro task create x --body-file plan.\t', '--body-file plan.md'],
      ['maestro --home pla\t', 'maestro --home plans/'],
      ['maestro task list --stat\t', 'maestro task list --status '],
    ] as const) {
      type(typed)
      await shows(shown)
      clear()
    }
    type('maestro session s\t\t')
    await shows(/spawn[\s\S]*stop/)
    end()
  })
})

test('in a real fish, words come with what they are', async ({ skip }) => {
  if (!where('fish')) return skip('fish is not installed')
  const folder = emptyFolder()
  writeFileSync(join(folder, 'script.fish'), (await say(['completion', 'fish'])).out)
  writeFileSync(join(folder, 'plan.md'), '')
  const asked = (line: string) =>
    execFileSync(where('fish')!, ['--no-config', '-c', `source script.fish; complete -C '${line}'`], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
      encoding: 'utf8',
    })
      .trimEnd()
      .split('\n')
  expect(asked('maestro task compl')).toEqual(['complete\tFinish a task; what waited for it becomes ready'])
  expect(asked('maestro task list --status=blo')).toEqual(['--status=blocked'])
  expect(asked('maestro task show ')).toEqual([`${task}\tFix the␛[31m parser: now`, `${other}\tOver`])
  expect(asked('maestro task create x --body-file pl')).toEqual(['plan.md'])
  expect(asked('maestro nonsense ')).toEqual([''])
})
