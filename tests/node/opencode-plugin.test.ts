import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readHook } from '../../hooks/read.ts'
import { readSpoolName } from '../../hooks/spool.ts'

const plugin = join(import.meta.dirname, '../../hooks/opencode/plugin.js')
const session = 'sess_4hq1w8ze'
let root: string
let spool: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro-plugin-'))
  spool = join(root, 'spool')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

type Step = [hook: string, ...given: unknown[]]

/** Loads the plugin as opencode does, in a process of its own, and has it hear all of this. `remove` takes a file away meanwhile. */
async function hear(steps: Step[], env: Record<string, string> = {}) {
  const program = `
    const { Maestro } = await import(${JSON.stringify(`file://${plugin}`)})
    const { rmSync } = await import('node:fs')
    const hooks = await Maestro({ directory: '/w/app' })
    const steps = { ...hooks, remove: (file) => rmSync(file) }
    for (const [name, ...given] of JSON.parse(process.argv[1])) await steps[name]?.(...given)
    console.log(Object.keys(hooks).length)`
  const given = { HOME: root, MAESTRO_SESSION_ID: session, MAESTRO_SPOOL: spool, ...env }
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify(steps)],
    { env: given, cwd: root },
  )
  return { hooks: Number(stdout), stderr }
}

/** What is in the spool, in the order in which the daemon takes it. */
function spooled() {
  const folder = join(spool, 'new')
  const files = readdirSync(folder).map((name) => {
    const { mtimeNs, mode } = statSync(join(folder, name), { bigint: true })
    return { name, mtimeNs, mode: Number(mode) & 0o777, text: readFileSync(join(folder, name), 'utf8') }
  })
  return files
    .sort((a, b) => (a.mtimeNs < b.mtimeNs ? -1 : 1))
    .map((file) => ({ ...file, payload: JSON.parse(file.text) }))
}
const names = () => spooled().map(({ payload }) => payload.hook_event_name)

const event = (type: string, properties: object): Step => ['event', { event: { type, properties } }]
const created = (id: string, parentID?: string) =>
  event('session.created', { info: { id, parentID, agent: 'explore' } })
const called = (callID: string, args: object = {}, sessionID = 'ses_1'): Step => [
  ...(['tool.execute.before', { tool: 'bash', sessionID, callID }, { args }] as const),
]
const answered = (id: string, completed?: number) =>
  event('message.updated', {
    info: {
      ...{ id, role: 'assistant', sessionID: 'ses_1', modelID: 'm', time: { created: 1, completed } },
      tokens: { input: 100, output: 10, reasoning: 5, cache: { read: 40, write: 3 } },
    },
  })
const failed = (callID: string) =>
  event('message.part.updated', {
    part: {
      type: 'tool',
      tool: 'read',
      callID,
      sessionID: 'ses_1',
      state: { status: 'error', input: {}, error: 'no' },
    },
  })

describe('opencode’s plugin', () => {
  test('leaves each event as a hook does: whole, private, and named after its session', async () => {
    await hear([created('ses_1'), called('c1', { command: 'ls' }), ['dispose'], ['dispose']])
    expect(names()).toEqual(['session.created', 'tool.execute.before', 'dispose'])
    for (const { name, mode } of spooled()) {
      expect(mode).toBe(0o600)
      expect(readSpoolName(name, Date.now())).toMatchObject({ session, agent: 'opencode' })
    }
    expect(statSync(join(spool, 'new')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(spool, 'tmp'))).toEqual([])
    const [, tool] = spooled()
    expect(readHook('opencode', tool!.payload, { id: 'evt_019a0000000070008000000000000000', at: 1 }).summary).toBe(
      'Bash ls',
    )
  })

  test('keeps the order of what comes within one tick of the clock', async () => {
    const calls = Array.from({ length: 300 }, (_, n) => called(`c${n}`))
    await hear(calls)
    expect(spooled().map(({ payload }) => payload.tool_use_id)).toEqual(calls.map((_, n) => `c${n}`))
  })

  test('counts an answer once, however often it is updated, and tells it with the next event', async () => {
    const done = [answered('m1'), answered('m1', 9), answered('m1', 9), answered('m2', 9)]
    await hear([...done, called('c1'), answered('m1', 9), called('c2')])
    const usage = { input: 200, output: 30, cacheRead: 80, cacheWrite5m: 6, cacheWrite1h: 0, messages: 2 }
    expect(spooled().map(({ payload }) => payload.usage)).toEqual([{ of: 'event', models: { m: usage } }, undefined])
  })

  test('tells a call that failed once, with how long it took', async () => {
    await hear([called('c1'), failed('c1'), failed('c1'), failed('unknown')])
    expect(names()).toEqual(['tool.execute.before', 'tool.error'])
    expect(spooled()[1]?.payload).toMatchObject({ tool_use_id: 'c1', error: 'no', duration_ms: expect.any(Number) })
  })

  test('reports a subagent as part of the session that started it', async () => {
    await hear([created('ses_1'), created('ses_2', 'ses_1'), created('ses_3', 'ses_2'), called('c1', {}, 'ses_3')])
    expect(spooled().map(({ payload: { session_id, agent_id } }) => [session_id, agent_id])).toEqual([
      ['ses_1', undefined],
      ['ses_1', 'ses_2'],
      ['ses_1', 'ses_3'],
      ['ses_1', 'ses_3'],
    ])
  })

  test('writes down nothing that came out of a tool', async () => {
    const out = {
      title: 'x',
      output: 'the content',
      metadata: { exit: 0, output: 'the content', preview: 'the content' },
    }
    await hear([
      called('c1'),
      ['tool.execute.after', { tool: 'bash', sessionID: 'ses_1', callID: 'c1', args: {} }, out],
    ])
    expect(names()).toEqual(['tool.execute.before', 'tool.execute.after'])
    expect(JSON.stringify(spooled().map(({ text }) => text))).not.toContain('the content')
  })

  test('counts what it drops when the spool is full', async () => {
    mkdirSync(join(spool, 'new'), { recursive: true })
    for (let n = 0; n < 3; n++) writeFileSync(join(spool, 'new', `${n}`), '')
    await hear([called('c1'), called('c2')], { MAESTRO_SPOOL_FILES: '3' })
    expect(readdirSync(join(spool, 'new'))).toHaveLength(3)
    expect(readFileSync(join(spool, 'dropped'), 'utf8')).toBe(`${session}.opencode full\n`.repeat(2))
  })

  test('tells the tokens of an event that it had to drop with the next', async () => {
    const inTheWay = join(spool, 'new/0')
    mkdirSync(join(spool, 'new'), { recursive: true })
    writeFileSync(inTheWay, '')
    const steps = [answered('m1', 9), called('c1'), ['remove', inTheWay] as Step, answered('m2', 9), called('c2')]
    await hear(steps, { MAESTRO_SPOOL_FILES: '1' })
    expect(readFileSync(join(spool, 'dropped'), 'utf8')).toBe(`${session}.opencode full\n`)
    expect(spooled().map(({ payload }) => [payload.tool_use_id, payload.usage.models.m])).toMatchObject([
      ['c2', { input: 200, messages: 2 }],
    ])
  })

  test('counts what it could not write, in a file’s name where not even a line can be written', async () => {
    mkdirSync(spool)
    writeFileSync(join(spool, 'tmp'), 'a file in the way')
    const steps = [answered('m1', 9), called('c1'), ['remove', join(spool, 'tmp')] as Step, called('c2')]
    await hear(steps)
    expect(readFileSync(join(spool, 'dropped'), 'utf8')).toBe(`${session}.opencode unwritten\n`)
    expect(spooled().map(({ payload }) => payload.usage.models.m.input)).toEqual([100])
    for (const name of ['tmp', 'dropped']) rmSync(join(spool, name), { recursive: true })
    writeFileSync(join(spool, 'tmp'), 'a file in the way')
    mkdirSync(join(spool, 'dropped'))
    await hear([called('c3'), called('c4')])
    const counted = readdirSync(spool).filter((name) => name.startsWith(`dropped.${session}.opencode.`))
    expect(counted).toHaveLength(2)
  })

  test.each([
    ['outside a session', { MAESTRO_SESSION_ID: '' }],
    ['where the spool has no place of its own', { MAESTRO_SPOOL: 'spool' }],
  ])('does nothing %s', async (_, env) => {
    expect(await hear([created('ses_1')], env)).toEqual({ hooks: 0, stderr: '' })
    expect(readdirSync(root)).toEqual([])
  })

  test('never fails, whatever it hears, and wherever it may not write', async () => {
    const odd: Step[] = [
      ...(['session.created', 'session.error', 'message.updated', 'message.part.updated'] as const).map((type) =>
        event(type, {}),
      ),
      ...[event('permission.asked', {}), event('toString', {}), ['tool.execute.before', {}, {}] as Step],
      ...([
        ['tool.execute.after', {}, {}],
        ['chat.message', {}, {}],
        ['event', {}],
      ] as Step[]),
    ]
    expect((await hear(odd)).stderr).toBe('')
    rmSync(spool, { recursive: true })
    writeFileSync(spool, 'a file in the way')
    expect((await hear([created('ses_1')])).stderr).toBe('')
    chmodSync(spool, 0o600)
  })
})
