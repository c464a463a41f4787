import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '../../client/ids.ts'
import { Live } from '../../client/live.ts'
import { plainKeeper, Replica } from '../../client/replica.ts'
import type { SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { makeScene } from '../edge/scene.ts'
import { envelope, say } from './cli.ts'
import { sit } from './parts/person.ts'

let edge: Edge
let scene: Awaited<ReturnType<typeof makeScene>>
let machine: Live
let env: Record<string, string>

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
})
beforeEach(async () => {
  scene = await makeScene(edge)
  machine = new Live(scene.spawner, new Replica(plainKeeper()), {})
  machine.start()
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_PROJECT_ID: scene.project }
})
afterEach(() => machine.stop())
afterAll(() => edge?.stop())

const hear = (session: SessionId, kind: string, more: object) =>
  scene.spawner.report([
    {
      ...{ id: newId('evt'), at: Date.now(), session, agent: 'demo', kind, name: kind, summary: '', payload: null },
      ...more,
    },
  ])
const starts = (session: SessionId, summary: string) =>
  hear(session, 'tool_start', { tool: 'Bash', toolUse: summary, summary })
const asks = (session: SessionId, message: string) =>
  hear(session, 'permission', { needs: { kind: 'permission', message } })
const lineWith = (text: string, what: string) => text.split('\n').findIndex((line) => line.includes(what))

test('shows who needs somebody, who works and what could start, as it changes, and leaves no trace', async () => {
  const [one, two] = [await scene.run(), await scene.run()]
  await scene.owner.execute('task.create', { task: newId('task'), title: 'Sow the beans' })
  const person = sit(['top'], env)
  await person.until(
    (text) => text.includes(one.session) && text.includes(two.session) && text.includes('Sow the beans'),
  )
  expect(person.text()).toMatch(/^shop {2}live .* ● 2 working {2}○ 1 ready/)
  expect(person.text()).toContain('Needs you  nothing')
  await starts(two.session, 'Bash npm test')
  await person.until((text) => text.includes('Bash npm test'))
  await asks(one.session, 'Allow rm -rf dist?')
  await person.until((text) => text.includes('▲ 1 needs you'))
  expect(lineWith(person.text(), 'Allow rm -rf dist?')).toBeLessThan(lineWith(person.text(), 'Working 1'))
  person.press('q')
  expect(await person.ended).toBe(0)
  expect(person.screen.buffer.active.type).toBe('normal')
  expect(person.text().trim()).toBe('')
})

test('sends only the lines that have changed', async () => {
  const [one, two] = [await scene.run(), await scene.run()]
  const person = sit(['top'], env, { cols: 100, rows: 30 })
  await person.until((text) => text.includes(one.session) && text.includes(two.session))
  const before = person.raw().length
  await starts(two.session, 'Bash npm test')
  await person.until((text) => text.includes('Bash npm test'))
  const sent = person.raw().slice(before)
  expect(sent).toContain('npm test')
  expect(sent).not.toContain('Working')
  expect(sent).not.toContain('\x1b[2J')
  person.press('q')
  await person.ended
})

test('tells more about one, and stops it only when that is confirmed', async () => {
  const { session, task } = await scene.run()
  await scene.owner.execute('task.note', { task, text: 'Mind the hinge' })
  await scene.owner.execute('session.progress', { session, text: 'The hinge is oiled' })
  const person = sit(['top'], env, { cols: 100, rows: 30 })
  await person.until((text) => text.includes('› '))
  person.press('\r')
  await person.until((text) => text.includes('worker demo in scratch on studio') && text.includes('The hinge is oiled'))
  await starts(session, 'Bash npm test')
  await person.until((text) => /Bash {7}npm test {2}…/.test(text))
  person.press('s')
  await person.until((text) => text.includes(`Stop Task of ${session} (${session})? y/n`))
  person.press('n')
  await person.until((text) => !text.includes('y/n'))
  expect((await scene.owner.query('session.show', { session })).stopping).toBeNull()
  person.press('s')
  await person.until((text) => text.includes('y/n'))
  person.press('y')
  await person.until((text) => text.includes(`${session} is told to stop`))
  expect((await scene.owner.query('session.show', { session })).stopping).toMatchObject({ by: 'person:owner' })
  person.press('\x1bq')
  await person.ended
})

test('keeps to the line that is selected, wherever it goes', async () => {
  const [one, two] = [await scene.run(), await scene.run()]
  const person = sit(['top'], env)
  const selected = (session: SessionId) => (text: string) =>
    text.split('\n').some((line) => line.startsWith('› ') && line.includes(session))
  await person.until(selected(one.session))
  person.press('j')
  await person.until(selected(two.session))
  await asks(two.session, 'Which zone?')
  await person.until((text) => text.includes('▲ 1 needs you'))
  expect(selected(two.session)(person.text())).toBe(true)
  person.press('\x1b[B')
  await person.until(selected(one.session))
  person.press('q')
  await person.ended
})

test('says that it is not connected while the server is away, and goes on when it is back', async () => {
  const { session } = await scene.run()
  const person = sit(['top'], env)
  await person.until((text) => text.includes(session))
  const back = edge.restart()
  await person.until((text) => text.includes('not connected'))
  await back
  await person.until((text) => /^shop {2}live/.test(text))
  await asks(session, 'Which zone?')
  await person.until((text) => text.includes('▲ 1 needs you'))
  person.press('\x03')
  expect(await person.ended).toBe(130)
  expect(person.text()).toContain('Agents go on without this.\n→ maestro top')
})

test('fits into forty columns and ten lines, without colours where those are not wanted', async () => {
  const { session } = await scene.run()
  const person = sit(['top'], { ...env, NO_COLOR: '1' }, { cols: 100, rows: 30 })
  await person.until((text) => text.includes(session))
  person.resize(40, 10)
  await person.until((text) => text.includes('Enter a s o ? q'))
  expect(person.text()).toContain('● Task of')
  expect(person.raw()).not.toMatch(/\x1b\[3\dm/)
  person.press('q')
  await person.ended
})

test('is refused where there is no terminal, with what to do instead', async () => {
  const at = async (...argv: string[]) => envelope(await say(argv, { env }))
  expect(await at('top', '--json')).toMatchObject({ error: 'invalid_input', suggestion: 'maestro watch --json' })
  expect((await say(['top'], { env })).err).toContain('→ maestro status')
})
