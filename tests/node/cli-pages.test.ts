import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wide } from '../../cli/look.ts'
import { newId } from '../../client/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { run, say } from './cli.ts'
import { onTerminal } from './parts/on-a-terminal.ts'

let edge: Edge
let env: Record<string, string>
const [first, second, third] = [newId('task'), newId('task'), newId('task')]
let working: string
const long = 'Fix the date parser so that it reads ISO weeks and time zones, and write a test for every one of them'
const text = 'With several sentences. They go on and on, so that one can see how a page is broken into lines that fit.'

beforeAll(async () => {
  const build = promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../scripts/build.ts'), 'programs'])
  ;[edge] = await Promise.all([startEdge(), build])
  env = { MAESTRO_HOME: edge.home.root }
  const scene = await makeScene(edge)
  const { owner } = scene
  const subtasks = [{ subtask: newId('sub'), title: long }]
  await owner.execute('task.create', {
    task: first,
    title: long,
    description: `${text}\n\n- ${text}\n\n    ${text}`,
    acceptance: text,
    labels: ['bug'],
    subtasks,
  })
  await owner.execute('task.create', {
    task: second,
    title: '日本語のタイトルを直すのは誰でしょうか、今日も明日も',
    needs: [first],
    priority: 'high',
  })
  await owner.execute('task.create', { task: third, title: 'Write the notes 🎉', priority: 'urgent' })
  await owner.execute('task.block', { task: third, reason: text })
  const { session, agent } = await scene.run()
  working = session
  await agent.execute('session.progress', { session, text })
  const other = await scene.run('orchestrator')
  await scene.spawner.execute('session.end', { session: other.session, outcome: 'failed', exitCode: 1, reason: text })
  await owner.execute('session.spawn', {
    session: newId('sess'),
    tasks: [first],
    profile: 'nothing',
    name: 'A long name for a session',
  })
  await owner.ask('key.create', { name: 'The build server in the cellar', kind: 'hook' })
  writeFileSync(edge.home.config, JSON.stringify({ url: edge.url, project: scene.project }), { mode: 0o600 })
})
afterAll(() => edge?.stop())

const pages = () => [
  ['status'],
  ['task', 'list'],
  ['task', 'show', first],
  ['task', 'show', third],
  ['subtask', 'list', first],
  ['session', 'list'],
  ['session', 'show', working],
  ['spawner', 'list'],
  ['project', 'list'],
  ['project', 'show'],
  ['key', 'list'],
  ['config', 'list'],
  ['config', 'list', '--origin'],
  ['skill', 'list'],
  ['whoami'],
  [],
  ['--help'],
]
const plain = (shown: string) => stripVTControlCharacters(shown).replaceAll('\r', '')

describe.each([60, 80, 120])('in a terminal of %i columns', (columns) => {
  test('no line of any page is wider', async () => {
    for (const argv of pages()) {
      const { out, code } = await say(argv, { env, columns, terminal: { out: true, err: true } })
      expect(code).toBe(0)
      const lines = plain(out).split('\n')
      // What looks like code is left as it was written.
      const wider = lines.filter((line) => wide(line) > columns && !/^ {4}With|^https?:/.test(line))
      expect(wider, argv.join(' ')).toEqual([])
    }
  })

  test('the same holds in a real one', async () => {
    for (const argv of [['status'], ['task', 'show', first], ['key', 'list']]) {
      const { code, shown } = await onTerminal(argv, { env, columns }).ended()
      expect(code).toBe(0)
      expect(shown).toContain('\u001b[')
      for (const line of plain(shown).split('\n'))
        if (!/^ {4}With/.test(line)) expect(wide(line), line).toBeLessThanOrEqual(columns)
    }
  })
})

test('with NO_COLOR a terminal gets the same words, and no colour', async () => {
  const coloured = await onTerminal(['task', 'list'], { env }).ended()
  const uncoloured = await onTerminal(['task', 'list'], { env: { ...env, NO_COLOR: '1' } }).ended()
  expect(uncoloured.shown).not.toContain('\u001b')
  const times = /\d+ (s|min) ago/g
  expect(uncoloured.shown.replaceAll(times, '')).toBe(stripVTControlCharacters(coloured.shown).replaceAll(times, ''))
})

test('a pipe gets whole lines without colour, and what to do next beside them', async () => {
  for (const argv of pages()) {
    const { out } = await say(argv, { env })
    expect(out).not.toContain('\u001b')
    // Help writes … for the verbs of a noun, and a key is never said in full.
    if (argv[0] !== '--help') expect(out.replaceAll('mst_person_…', ''), argv.join(' ')).not.toContain('…  ')
  }
  const { out, err } = await run(['task', 'list', '--limit', '1'], { env })
  expect(out).toContain(long)
  expect(err).toMatch(/^→ maestro task list --limit 1 --cursor task_/)
  expect((await run(['task', 'list'], { env: { ...env, FORCE_COLOR: '1' } })).out).toContain('\u001b[')
})
