import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/model.ts'
import { terminalKinds } from '../../protocol/terminal.ts'
import { type Mock, type Seen, startMockMessagesApi } from '../claude-code/mock-messages-api.mjs'
import { joinTerminal } from '../edge/scene.ts'
import { openChromium, signIn } from './browser.ts'
import { claudeProfile, findClaude, prepareClaude } from './claude.ts'
import { System } from './system.ts'

const claude = findClaude()
if ('missing' in claude) console.error(`\n!!! SKIPPED, the real Claude Code: ${claude.missing}\n`)

describe.skipIf('missing' in claude)('the real Claude Code', () => {
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
    await system.start(
      [
        claudeProfile('terminal', claude.program, set, ['--permission-mode', 'default'], false),
        claudeProfile('headless', claude.program, set, ['--allowedTools', 'Bash(maestro:*)', 'Read'], true),
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
  /** In control of the terminal, with its permission dialog on the screen. */
  async function takeTerminal(session: SessionId) {
    const { socket, frames, until: sees, send } = joinTerminal(shop, session)
    const shown = () => frames.map(({ bytes }) => new TextDecoder().decode(bytes)).join('')
    await sees(() => shown().includes('proceed'))
    send({ kind: terminalKinds.take })
    await sees(() => /"controller":\d/.test(shown()))
    return {
      socket,
      type: (keys: string) => send({ kind: terminalKinds.input, bytes: new TextEncoder().encode(keys) }),
    }
  }
  const eventsOf = async (session: SessionId) => (await shop.askProject('entry.list', { session, limit: 1000 })).entries

  test('does a task with two subtasks through the command line, and leaves the repository as it was', async () => {
    const [task, one, two, session] = [newId('task'), newId('sub'), newId('sub'), newId('sess')]
    const subtasks = [
      { subtask: one, title: 'Read the README' },
      { subtask: two, title: 'Say what it says' },
    ]
    await shop.execute('task.create', { task, title: 'Look around', subtasks })
    const bash = (command: string) => ({ tool: 'Bash', input: { command, description: 'Report' } })
    mock.push(
      'main',
      { tool: 'Read', input: { file_path: join(system.repository, 'README.md') } },
      bash(`maestro update "read the README"`),
      bash(`maestro subtask complete ${task} ${one}`),
      bash(`maestro subtask complete ${task} ${two}`),
      bash(`maestro task complete ${task} --summary "It is an app"`),
      'All done.',
    )
    await shop.execute('session.spawn', { session, tasks: [task], profile: 'headless', workspace: 'app' })
    await until(session, { status: 'ended', outcome: 'completed', exitCode: 0 })

    const done = await shop.query('task.show', { task })
    expect(done).toMatchObject({
      status: 'done',
      result: { summary: 'It is an app' },
      note: { text: 'read the README', by: session },
    })
    expect(done.subtasks.map(({ status, doneBy }) => [status, doneBy])).toEqual([
      ['done', session],
      ['done', session],
    ])
    expect(await sessionOf(session)).toMatchObject({
      tools: { Read: { calls: 1, failures: 0 }, Bash: { calls: 4, failures: 0 } },
    })
    const types = (await eventsOf(session)).map(({ type }) => type)
    for (const type of [
      'hook:session_start',
      'hook:prompt',
      'hook:tool_start',
      'hook:tool_use',
      'hook:stop',
      'hook:session_end',
    ])
      expect(types).toContain(type)
    expect(await system.gitStatus()).toBe('')
    // What it was told ends with the very command that completes its task.
    expect(String(mock.requests.find(({ lane }) => lane === 'main')?.lastUser)).toContain(
      `maestro task complete ${task} --summary`,
    )
  })

  test('asks for permission in its terminal: blocked at once, and back when it is answered', async () => {
    const [task, session] = [newId('task'), newId('sess')]
    await shop.execute('task.create', { task, title: 'Make a file' })
    mock.push(
      'main',
      { say: 'I will make a file.', tool: 'Bash', input: { command: 'touch made.txt', description: 'Make a file' } },
      'Made it.',
    )
    await shop.execute('session.spawn', { session, tasks: [task], profile: 'terminal', workspace: 'app' })
    await until(session, { status: 'waiting' })
    expect((await sessionOf(session)).needsYou).toMatchObject({
      kind: 'permission',
      message: expect.stringContaining('touch made.txt'),
    })

    const browser = await openChromium()
    const page = await browser.newPage()
    await signIn(page, system.ready.signIn)
    await page.goto(`${system.ready.url}/p/${shop.options.project}`)
    const card = page.getByRole('region', { name: /^Needs you 1/ }).getByRole('listitem')
    await card.getByText('Blocked').waitFor()
    await card.getByText('touch made.txt').waitFor()
    const terminal = await takeTerminal(session)
    terminal.type('1')
    await until(session, {
      status: 'idle',
      needsYou: null,
      tools: expect.objectContaining({ Bash: expect.objectContaining({ calls: 1 }) }),
    })
    await card.waitFor({ state: 'detached' })
    await page
      .getByRole('region', { name: /^Idle 1/ })
      .getByText('Make a file')
      .waitFor()
    await browser.close()
    expect(await system.gitStatus()).toBe('?? made.txt\n')

    await shop.execute('session.stop', { session })
    await until(session, { status: 'ended', outcome: 'stopped' })
    expect(await shop.query('task.show', { task })).toMatchObject({
      status: 'todo',
      assignee: null,
      attempts: [{ session, outcome: 'stopped' }],
    })
    terminal.socket.stop()
  })

  test('a "No" says nothing of itself, and still the card does not stay blocked', async () => {
    const session = newId('sess')
    mock.push('main', { tool: 'Bash', input: { command: 'touch denied.txt', description: 'Will be denied' } })
    await shop.execute('session.spawn', { session, profile: 'terminal', workspace: 'app', prompt: 'make another file' })
    await until(session, { status: 'waiting' })
    const terminal = await takeTerminal(session)
    terminal.type('\x1b')
    await until(session, { needsYou: null })
    expect((await sessionOf(session)).status).not.toBe('waiting')
    await shop.execute('session.stop', { session })
    await until(session, { status: 'ended' })
    terminal.socket.stop()
  })

  test('goes on with the conversation of a session that has ended, in a new one', async () => {
    const [first, second] = [newId('sess'), newId('sess')]
    mock.push('main', 'The word is heliotrope.')
    const asked = { profile: 'headless', workspace: 'app', prompt: 'Think of a word' }
    await shop.execute('session.spawn', { session: first, ...asked })
    await until(first, { status: 'ended', outcome: 'completed' })
    const { agentSession } = await sessionOf(first)

    const shown: Seen[] = []
    mock.push('main', (seen) => {
      shown.push(seen)
      return 'It was heliotrope.'
    })
    await shop.execute('session.resume', { session: first, into: second, prompt: 'Which word was it?' })
    await until(second, { status: 'ended', outcome: 'completed', resumes: first, agentSession })
    const [seen] = shown
    expect(seen).toMatchObject({
      firstUser: expect.stringContaining('Think of a word'),
      lastUser: expect.stringContaining('Which word was it?'),
    })
    expect(seen!.messageCount).toBeGreaterThanOrEqual(3)
  })
})
