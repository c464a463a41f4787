import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import type { Entry } from '../../protocol/project.ts'
import { addModels, type Models, type ModelUsage, totalOf } from '../../protocol/usage.ts'
import { type Mock, startMockMessagesApi, type Turn } from '../claude-code/mock-messages-api.mjs'
import { claudeProfile, findClaude, prepareClaude } from './claude.ts'
import { System } from './system.ts'

const claude = findClaude()
if ('missing' in claude) console.error(`\n!!! SKIPPED, the real Claude Code: ${claude.missing}\n`)

describe.skipIf('missing' in claude)('what the real Claude Code did', () => {
  let system: System
  let mock: Mock
  let shop: Client

  beforeAll(async () => {
    if ('missing' in claude) return
    mock = await startMockMessagesApi({ script: { fallback: 'All done.' } })
    system = new System()
    const own = join(system.home, '../claude')
    mkdirSync(own, { recursive: true })
    const set = prepareClaude(realpathSync(own), system.repository, mock.url)
    const tools = ['--allowedTools', 'Read', 'Write', 'Edit', 'Bash', 'Agent']
    await system.start(
      [
        claudeProfile('headless', claude.program, set, tools, true),
        claudeProfile('terminal', claude.program, set, tools, false),
      ].join('\n'),
    )
    shop = await system.project('shop')
  })
  afterAll(async () => {
    await system?.remove()
    await mock?.close()
  })

  const sessionOf = (session: SessionId) => shop.query('session.show', { session })
  const until = (session: SessionId, wanted: Partial<Session>, timeout = 60_000) =>
    expect.poll(() => sessionOf(session), { timeout, interval: 100 }).toMatchObject(wanted)

  /** The entries about a session, all of them, in order. */
  async function entriesOf(session: SessionId): Promise<Entry[]> {
    const { entries, more } = await shop.askProject('entry.list', { session, limit: 1000 })
    expect(more).toBe(false)
    return entries as Entry[] // the log's own
  }

  type Answered = { id: string; model: string; usage: Record<string, number> }
  /** What the API has answered since `from`, to the agent and its subagents, added up by its own account. */
  function answeredSince(from: number): Models {
    const sum: Models = {}
    const told = mock.requests.slice(from).filter(({ lane }) => /^(main|agent)/.test(String(lane)))
    const each = new Map(
      told.flatMap(({ answered }) => (answered ? [answered as Answered] : [])).map((one) => [one.id, one]),
    )
    for (const { model, usage } of each.values())
      addModels(sum, {
        [model]: {
          ...{ input: usage.input_tokens!, output: usage.output_tokens!, cacheRead: usage.cache_read_input_tokens! },
          ...{ cacheWrite5m: usage.cache_creation_input_tokens!, cacheWrite1h: 0, messages: 1 },
        },
      })
    return sum
  }

  test('in forty tool calls is in the log: each once, in order, by name, with its failures and its times', async () => {
    const file = (name: string) => join(system.repository, name)
    type Call = { tool: string; input: object; id: string; fails?: true }
    let made = 0
    const call = (tool: string, input: object, fails?: true): Call => ({
      ...{ tool, input, id: `toolu_${String(++made).padStart(24, '0')}` },
      ...(fails && { fails }),
    })
    const bash = (command: string, fails?: true) => call('Bash', { command, description: 'Run it' }, fails)
    const read = (name: string, fails?: true) => call('Read', { file_path: file(name) }, fails)
    const round = (name: string): Call[][] => [
      [call('Write', { file_path: file(name), content: 'one\ntwo\n' })],
      [read(name), read('README.md'), read(name), read('README.md')],
      [bash(`cat ${name}`)],
      [bash(`echo no >&2; exit 3`, true)],
      [call('Edit', { file_path: file(name), old_string: 'two', new_string: 'three' })],
      [read(`missing-${name}`, true)],
      [bash(`wc -l ${name}`), bash(`grep -c three ${name}`)],
    ]
    const batches = [
      ...['a.txt', 'b.txt', 'c.txt'].flatMap(round),
      ['a.txt', 'b.txt', 'c.txt', 'README.md', 'a.txt', 'b.txt', 'c.txt'].map((name) => read(name)),
    ]
    const calls = batches.flat()
    expect(calls).toHaveLength(40)
    const turns: Turn[] = batches.map((batch) => ({ tools: batch.map(({ fails: _, ...one }) => one) }))
    mock.push('main', ...turns, 'That was all.')
    const session = newId('sess')
    await shop.execute('session.spawn', { session, profile: 'headless', workspace: 'app', prompt: 'do forty things' })
    await until(session, { status: 'ended', outcome: 'completed', exitCode: 0 })
    expect(mock.unused()).toEqual({})

    const entries = await entriesOf(session)
    const heard = entries.flatMap((entry) =>
      entry.type.startsWith('hook:tool_') ? [entry as Extract<Entry, { type: 'hook:tool_use' }>] : [],
    )
    const began = heard.filter(({ type }) => (type as string) === 'hook:tool_start')
    const ended = heard.filter(({ type }) => (type as string) !== 'hook:tool_start')
    // What is asked for at once may begin and end in any order; nothing of it before the batch before has ended.
    const inBatches = (some: typeof heard) => {
      const uses = some.map(({ data }) => data.toolUse)
      return batches.map((batch) => uses.splice(0, batch.length).sort())
    }
    expect(inBatches(began)).toEqual(batches.map((batch) => batch.map(({ id }) => id)))
    expect(inBatches(ended)).toEqual(batches.map((batch) => batch.map(({ id }) => id)))
    expect([began.length, ended.length]).toEqual([40, 40])
    for (const { id, tool, fails } of calls) {
      const [start, end] = heard.filter(({ data }) => data.toolUse === id)
      expect([start?.type, end?.type]).toEqual(['hook:tool_start', fails ? 'hook:tool_failure' : 'hook:tool_use'])
      expect([start?.data.tool, end?.data.tool]).toEqual([tool, tool])
      expect(end?.data.ms).toEqual(expect.any(Number))
      expect(end?.data.summary).toMatch(new RegExp(`^${tool} `))
    }
    const counted = (tool: string) => {
      const mine = calls.filter((one) => one.tool === tool)
      return { calls: mine.length, failures: mine.filter(({ fails }) => fails).length }
    }
    const { tools, tool, calls: open } = await sessionOf(session)
    expect(tools).toMatchObject({
      Read: counted('Read'),
      Bash: counted('Bash'),
      Write: counted('Write'),
      Edit: counted('Edit'),
    })
    expect(Object.values(tools).reduce((sum, one) => sum + one.calls, 0)).toBe(40)
    for (const [name, use] of Object.entries(tools)) {
      const times = ended.filter(({ data }) => data.tool === name).map(({ data }) => data.ms ?? 0)
      expect(use.ms).toBe(times.reduce((sum, ms) => sum + ms, 0))
    }
    expect([tool, open]).toEqual([null, []])
    // The same, as people read it.
    const { out } = await system.cli('session', 'logs', session, '--project', shop.options.project!)
    expect(out.match(/^.* {2}(Write|Edit|Bash|Read) {2}.*$/gm)).toHaveLength(80)
  })

  test('cost what the API says that it has answered, its subagent included', async () => {
    const from = mock.requests.length
    const usage = (n: number) => ({
      usage: { input_tokens: n, output_tokens: 7 * n, cache_read_input_tokens: 100 * n },
    })
    mock.push(
      'main',
      { tool: 'Read', input: { file_path: join(system.repository, 'README.md') }, say: 'I will look.', ...usage(1) },
      {
        ...{ tool: 'Agent', say: 'Now somebody else.', ...usage(2) },
        input: { description: 'Look', prompt: '[[agent:look]] Read the README.', subagent_type: 'general-purpose' },
      },
      { text: 'All done.', ...usage(3) },
    )
    mock.push(
      'agent:look',
      { tool: 'Read', input: { file_path: join(system.repository, 'README.md') }, ...usage(10) },
      { text: 'It is an app.', ...usage(20) },
    )
    const [task, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task, title: 'Look around' })
    await shop.execute('session.spawn', { session, tasks: [task], profile: 'headless', workspace: 'app' })
    await until(session, { status: 'ended', outcome: 'completed' })
    expect(mock.unused()).toEqual({})
    // A subagent in the background is answered once more: the agent is told when it is done.
    const models = answeredSince(from)
    const total = totalOf(models)
    expect(total.messages).toBeGreaterThanOrEqual(5)
    await until(session, { usage: expect.objectContaining({ models }) })

    const report = await system.json<{ total: { tokens: ModelUsage; cost: number } }>(
      'usage',
      '--task',
      task,
      '--project',
      shop.options.project!,
    )
    expect(report.total.tokens).toEqual(total)
    expect(total.output).toBeGreaterThanOrEqual(7 * 36)
    expect(report.total.cost).toBeGreaterThan(0)
    const { out } = await system.cli('session', 'show', session, '--project', shop.options.project!)
    expect(out).toMatch(new RegExp(`tokens\\s+[\\d.]+k? tokens in, ${total.output} out, est\\. `))
  })

  test('in a terminal costs the same by our count and the API’s, over two prompts and a /clear', async () => {
    const from = mock.requests.length
    mock.push(
      'main',
      { text: 'One.', usage: { output_tokens: 11 } },
      { text: 'Two.', usage: { output_tokens: 13 } },
      { text: 'Three.', usage: { output_tokens: 17 } },
    )
    const session = newId('sess')
    await shop.execute('session.spawn', { session, profile: 'terminal', workspace: 'app', prompt: 'say one' })
    const answers = (count: number) => {
      const models = answeredSince(from)
      expect(Object.values(models).reduce((sum, one) => sum + one.messages, 0)).toBe(count)
      return expect.objectContaining({ models })
    }
    const rests = (output: number) =>
      until(session, { status: 'idle', usage: expect.objectContaining({ outputTokens: output }) })
    await rests(11)
    expect((await sessionOf(session)).usage).toEqual(answers(1))

    const say = async (text: string) =>
      expect(await system.cli('session', 'send', session, text, '--project', shop.options.project!)).toMatchObject({
        code: 0,
      })
    await say('say two')
    await rests(24)
    const { agentSession } = await sessionOf(session)
    await say('/clear')
    await expect.poll(async () => (await sessionOf(session)).agentSession, { timeout: 20_000 }).not.toBe(agentSession)
    await say('say three')
    await rests(41)
    expect((await sessionOf(session)).usage).toEqual(answers(3))
    await shop.execute('session.stop', { session })
    await until(session, { status: 'ended' })
  })
})
