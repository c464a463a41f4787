import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Client } from '../../client/client.ts'
import { newId } from '../../client/ids.ts'
import type { ProjectId, SessionId } from '../../protocol/ids.ts'
import { type Edge, startEdge } from '../edge/edge.ts'
import { envelope, say, start } from './cli.ts'
import { allowScriptedAgent, type Daemon, putAway, startDaemon } from './parts/daemon.ts'
import { type Follower, follow } from './parts/follow.ts'
import { sit } from './parts/person.ts'
import { TerminalViewer } from './parts/terminal-viewer.ts'

let edge: Edge
let daemon: Daemon
let client: Client
let project: ProjectId
let events: Follower
let env: Record<string, string>

beforeAll(async () => {
  const build = join(import.meta.dirname, '../../scripts/build.ts')
  ;[edge] = await Promise.all([startEdge(), promisify(execFile)(process.execPath, [build, 'programs'])])
  project = newId('proj')
  client = new Client({ url: edge.url, key: edge.ownerKey, project })
  await client.ask('project.new', { project, name: 'Garden' })
  env = { MAESTRO_HOME: edge.home.root, MAESTRO_RETRIES: '0', MAESTRO_PROJECT_ID: project }
  allowScriptedAgent(edge.home)
  daemon = await startDaemon(edge.home)
  events = follow(client)
})
afterEach(async () => {
  for (const id of Object.keys(events.project().live))
    await client.execute('session.stop', { session: id as SessionId })
  await events.until(({ live }) => Object.keys(live).length === 0)
})
afterAll(async () => {
  await putAway(edge.home, Object.keys(events.project().sessions))
  events.stop()
  await daemon.end()
  await edge.stop()
})

async function run(script: string): Promise<SessionId> {
  const session = newId('sess')
  await client.execute('session.spawn', { session, profile: 'demo', name: 'Beans', prompt: `script: ${script}` })
  await events.session(session, ({ status }) => status !== 'spawning')
  return session
}
const go = (session: SessionId, name = 'go') => writeFileSync(join(edge.home.sessions, session, name), '')
const rest = (session: SessionId) =>
  client.with({ key: edge.spawnerKey }).execute('session.report', { session, status: 'idle' })
const lastLine = (text: string) => text.split('\n').at(-1)!

describe('`maestro session attach`', () => {
  test('shows the terminal, types nothing into it, and leaves everything as it was', async () => {
    const session = await run('say hello; ask; say goodbye; stay')
    const person = sit(['session', 'attach', session], env)
    await person.until((text) => text.startsWith('hello') && lastLine(text).includes('Beans │ read only'))
    expect(person.screen.buffer.active.type).toBe('alternate')
    person.press('x')
    await person.until((text) => lastLine(text).includes('Only watching: Ctrl-] and then t takes control'))
    person.press('\x1d')
    await person.until((text) => lastLine(text).includes('d detach · t take control'))
    person.press('d')
    expect(await person.ended).toBe(0)
    expect(person.screen.buffer.active.type).toBe('normal')
    expect(person.text().trim()).toBe(`${session} goes on without you.\n→ maestro session attach ${session}`)
    expect((await events.session(session, () => true)).status).toBe('running')
  })

  test('with control keys go to the program, which gets as large as the terminal is', async () => {
    const session = await run('say ready; ask; size; stay')
    const person = sit(['session', 'attach', session, '--control'], env, { cols: 70, rows: 20 })
    await person.until((text) => text.startsWith('ready') && lastLine(text).includes('you type'))
    person.resize(64, 15)
    const other = new TerminalViewer(client, session)
    await other.until(() => other.screen?.cols === 64 && other.screen.rows === 14) // the last line is not the program's
    other.stop()
    person.press('y')
    await person.until((text) => text.includes('thanks\n64x14'))
    person.press('\x1dr')
    await person.until((text) => lastLine(text).includes('read only'))
    person.press('\x03')
    expect(await person.ended).toBe(130)
    expect(person.text()).toContain(`${session} goes on without you.`)
  })

  test('takes control from nobody unasked, and says who has it', async () => {
    const session = await run('say ready; stay')
    const first = sit(['session', 'attach', session, '--control'], env)
    await first.until((text) => lastLine(text).includes('you type'))
    const second = sit(['session', 'attach', session, '--control'], env)
    const question = 'your other window types: take over? Enter takes over, Esc does not'
    await second.until((text) => lastLine(text).includes(question))
    second.press('\x1b')
    await second.until((text) => lastLine(text).includes('your other window types │'))
    second.press('\x1dt')
    await second.until((text) => lastLine(text).includes(question))
    second.press('\r')
    await first.until((text) => lastLine(text).includes('your other window took over: what you type goes nowhere'))
    await second.until((text) => lastLine(text).includes('you type'))
    for (const person of [first, second]) person.press('\x1dd')
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0])
  })

  test('asks before it pastes several lines, and pastes them whole and marked, if they are wanted', async () => {
    const session = await run('read; stay')
    const person = sit(['session', 'attach', session, '--control'], env)
    await person.until((text) => text.startsWith('>') && lastLine(text).includes('you type'))
    const paste = (text: string) => person.press(`\x1b[200~${text}\x1b[201~`)
    const asked = (text: string) => lastLine(text).includes('Paste 7 lines? Enter pastes, Esc does not')
    paste('one ')
    await person.until((text) => text.startsWith('> .'))
    paste('a\nb\n\x1b]0;x\x07c\nd\ne\nf\ng\n')
    const shown = ' │ a\n │ b\n │ ␛]0;x␇c\n │ d\n │ … 3 more\n'
    await person.until((text) => asked(text) && text.replaceAll(/ +\n/g, '\n').includes(shown))
    person.press('\x1b[A') // no answer
    person.press('\x1b')
    await person.until((text) => lastLine(text).includes('you type') && !text.includes('3 more'))
    paste('a\nb\nc\nd\ne\nf\ng')
    await person.until(asked)
    person.press('\r')
    await person.until((text) => text.startsWith('> ..')) // it has read that: what comes with it is no Enter
    person.press('\r')
    const marked = (text: string) => `\\u001b[200~${text}\\u001b[201~`
    const got = `got "${marked('one ')}${marked('a\\rb\\rc\\rd\\re\\rf\\rg')}"`
    await person.until((text) => text.replaceAll('\n', '').includes(got))
    person.press('\x1dd')
    await person.ended
  })

  test('pastes what is large in pieces, and cuts nothing off', async () => {
    const session = await run('measure; stay')
    const person = sit(['session', 'attach', session, '--control'], env)
    await person.until((text) => text.startsWith('>') && lastLine(text).includes('you type'))
    const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i} of a long text`)
    person.press(`\x1b[200~${lines.join('\n')}\x1b[201~`)
    await person.until((text) => lastLine(text).includes('Paste 40000 lines?'))
    person.press('\r')
    const hash = createHash('sha256').update(lines.join('\r')).digest('hex')
    await person.until((text) => text.includes(`${lines.join('\r').length} bytes ${hash.slice(0, 20)}`))
    person.press('\x1dd')
    await person.ended
  })

  test('says that nobody may type, to whom, and why: the project, the machine, the key', async () => {
    const session = await run('say hello; stay')
    const { key } = await client.ask('key.create', { name: 'looks on', scopes: ['read', 'terminal:read'] })
    const guest = sit(['session', 'attach', session, '--control'], { ...env, MAESTRO_API_KEY: key })
    await guest.until((text) => lastLine(text).includes('Your key may look at terminals, not type into them'))
    guest.press('\x1d')
    await guest.until((text) => lastLine(text).includes('d detach · any other key: back'))
    guest.press('d')

    const person = sit(['session', 'attach', session], env)
    await person.until((text) => text.startsWith('hello') && lastLine(text).includes('read only'))
    await client.execute('project.freeze', {})
    await person.until((text) => lastLine(text).includes('frozen: nobody types'))
    person.press('x')
    await person.until((text) => lastLine(text).includes('The project is frozen: nobody types until it is thawed'))
    await client.execute('project.thaw', {})
    await person.until((text) => lastLine(text).includes('read only'))

    allowScriptedAgent(edge.home, { typing: false })
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === false)
    person.press('\x1dt')
    await person.until((text) => lastLine(text).includes('lets nobody type from elsewhere'))
    allowScriptedAgent(edge.home)
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === true)
    person.press('\x1dt')
    await person.until((text) => lastLine(text).includes('you type'))
    allowScriptedAgent(edge.home, { typing: false })
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === false)
    person.press('x')
    await person.until((text) => lastLine(text).includes('its machine lets nobody type'))
    allowScriptedAgent(edge.home)
    await events.until(({ spawners }) => Object.values(spawners)[0]?.typing === true)
    person.press('\x1dd')
    expect(await Promise.all([guest.ended, person.ended])).toEqual([0, 0])
  })

  test('lets a program have neither the title nor the clipboard, nor ask this terminal anything', async () => {
    const hostile =
      '\x1b]0;stolen\x07\x1b]52;c;c3RvbGVu\x07\x1b[c\x1b[6n\x1b[?1000h\x1b]8;;http://evil.example\x07here\x1b]8;;\x07'
    const session = await run(`say ${hostile}\x1b[31mred\x1b[0m; stay`)
    const person = sit(['session', 'attach', session], env)
    await person.until((text) => text.startsWith('herered'))
    expect(person.screen.buffer.active.getLine(0)!.getCell(4)!.getFgColor()).toBe(1)
    for (const bad of ['stolen', 'c3RvbGVu', '\x1b[c', '\x1b[6n', '\x1b[?1000h', 'evil', '\x1b]']) {
      expect(person.raw()).not.toContain(bad)
    }
    person.press('\x1dd')
    await person.ended
  })

  test('says how the program ended, and goes with any key', async () => {
    const session = await run('say hello; until go; exit 4')
    const person = sit(['session', 'attach', session], env)
    await person.until((text) => text.startsWith('hello'))
    go(session)
    await person.until((text) => /ended with exit code 4 │.* any key leaves/.test(lastLine(text)))
    person.press(' ')
    expect(await person.ended).toBe(0)
    expect(person.text()).toContain(`${session} has ended with exit code 4.`)
  })

  test('gives the terminal back when it is ended from outside', async () => {
    const session = await run('say hello; stay')
    const person = sit(['session', 'attach', session], env)
    await person.until((text) => text.startsWith('hello'))
    person.kill('SIGTERM')
    expect(await person.ended).toBe(143)
    expect(person.screen.buffer.active.type).toBe('normal')
  })

  test('begins at a line of `maestro top`, and leads back there', async () => {
    const session = await run('say hello; stay')
    await client.execute('session.progress', { session, text: 'Here I am' })
    const person = sit(['top'], env)
    const isSelected = (text: string) =>
      text.split('\n').some((line) => line.startsWith('› ') && line.includes('Here I am'))
    await person.until((text) => text.includes('Here I am'))
    for (let lines = 0; !isSelected(person.text()) && lines < 50; lines++) {
      const before = person.text()
      person.press('j')
      await person.until((text) => text !== before)
    }
    person.press('a')
    await person.until((text) => text.startsWith('hello') && lastLine(text).includes('Beans │ read only'))
    person.press('\x1dd')
    await person.until(isSelected)
    person.press('q')
    expect(await person.ended).toBe(0)
    expect(person.screen.buffer.active.type).toBe('normal')
  })

  test('is refused where there is no terminal, with what to do instead', async () => {
    const session = await run('stay')
    const refused = envelope(await say(['session', 'attach', session, '--json'], { env }))
    expect(refused).toMatchObject({ error: 'invalid_input', suggestion: `maestro session logs ${session} --terminal` })
  })
})

const refusal = async (...argv: string[]) => envelope(await say([...argv, '--json'], { env }))

describe('`maestro session send`', () => {
  test('waits until the agent rests, types the prompt, and gives control back', async () => {
    const session = await run('read; stay')
    const sending = say(['session', 'send', session, 'Also run the linter', '--json'], { env })
    await rest(session)
    await expect.poll(() => screenOf(session), soon).toContain('got "Also run the linter"')
    await heard(session)
    expect(envelope(await sending).data).toMatchObject({ session, sent: true, taken: true })
    const watcher = new TerminalViewer(client, session)
    await watcher.until(() => watcher.presence?.source)
    expect(watcher.presence).toMatchObject({ controller: null })
    watcher.stop()
  })

  test('pastes what has several lines, so that it is one prompt', async () => {
    const session = await run('read; stay')
    await expect.poll(() => screenOf(session), soon).toContain('>') // the agent is there, and tells pasted from typed
    await rest(session)
    const said = await say(['session', 'send', session, '-', '--json'], { env, stdin: 'First this\r\nThen that\n' })
    expect(envelope(said).data).toMatchObject({ sent: true, taken: false })
    expect(await screenOf(session)).toContain('got "\\u001b[200~First this\\nThen that\\u001b[201~"')
  })

  test('at once, when that is wanted: a question is answered so', async () => {
    const session = await run('ask; stay')
    const said = await say(['session', 'send', session, '1', '--now', '--json'], { env })
    expect(envelope(said)).toMatchObject({ success: true })
    expect(await screenOf(session)).toContain('thanks')
  })

  test('is refused, and nothing is typed, while the agent works, asks or is gone, or somebody else types', async () => {
    const session = await run('until go; exit 0')
    const send = ['session', 'send', session, 'Hello'] as const
    expect(await refusal(...send, '--timeout', '300ms')).toMatchObject({
      ...{ error: 'timed_out', suggestion: `maestro session send ${session} "…" --now` },
    })
    await rest(session)
    const other = new TerminalViewer(client, session)
    await other.until(() => other.presence?.source)
    await other.take()
    expect(await refusal(...send)).toMatchObject({
      error: 'conflict',
      message: `owner types into ${session} now`,
    })
    other.stop()
    expect(await refusal('session', 'send', session, '\x1b[31m')).toMatchObject({
      error: 'invalid_input',
      field: 'prompt',
    })
    go(session)
    await events.session(session, ({ status }) => status === 'ended')
    expect(await refusal(...send)).toMatchObject({ error: 'wrong_status' })
  })

  test('is not for agents', async () => {
    const session = await run('stay')
    const said = await say(['session', 'send', session, 'Hello', '--json'], {
      env: { ...env, MAESTRO_SESSION_ID: session, MAESTRO_API_KEY: 'mst_session_x' },
    })
    expect(said.code).toBe(4)
    expect(envelope(said)).toMatchObject({
      ...{ error: 'forbidden', message: '`maestro session send` is for people, not for agents' },
    })
  })
})

describe('`maestro session logs`', () => {
  const toolUse = (session: SessionId, summary: string) =>
    client.with({ key: edge.spawnerKey }).report([
      {
        ...{ id: newId('evt'), at: Date.now(), session, agent: 'demo', kind: 'tool_use', name: 'PostToolUse' },
        ...{ tool: 'Bash', summary, ms: 1_200, payload: null },
      },
    ])

  test('tells what it did, page by page', async () => {
    const session = await run('until go; exit 0')
    await toolUse(session, 'Bash npm test')
    const { out } = await say(['session', 'logs', session], { env })
    expect(out.split('\n').map((line) => line.slice(10))).toEqual([
      'Session    asked for: demo in scratch',
      expect.stringMatching(/^Session {4}taken by /),
      'Session    works in the folder itself, on main when it started',
      'Session    running',
      'Bash       npm test  1.2 s',
      '',
    ])
    const all = envelope(await say(['session', 'logs', session, '--json'], { env })).data as unknown as Logs
    const last = envelope(await say(['session', 'logs', session, '--limit', '1', '--json'], { env }))
      .data as unknown as Logs
    expect(last).toMatchObject({ more: true, entries: [all.entries.at(-1)] })
    const [older] = last.next!
    const before = envelope(await say([...older!.split(' ').slice(1), '--json'], { env })).data as unknown as Logs
    expect([...before.entries, ...last.entries]).toEqual(all.entries)
    go(session)
  })

  test('follows it to its end', async () => {
    const session = await run('until go; exit 4')
    const following = start(['session', 'logs', session, '--follow'], { env })
    await new Promise((resolve) => following.child.stdout.once('data', resolve))
    await toolUse(session, 'Bash npm test')
    go(session)
    const { code, out, err } = await following.ended
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toContain('"type":"session:spawn_request"')
    expect(lines.map((line) => JSON.parse(line).type).slice(-2)).toEqual(['hook:tool_use', 'session:ended'])
    expect(err).toBe(`${session}  ✗ failed  exited with code 4\n`)
  })

  test('shows as text what is in the terminal and above it, also when the program has ended', async () => {
    const session = await run('flood 100; until go; exit 0')
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i + 1}`).join('\n')
    await expect.poll(() => screenOf(session), soon).toBe(lines)
    go(session)
    await events.session(session, ({ status }) => status === 'ended')
    const said = await say(['session', 'logs', session, '--terminal'], { env })
    expect(said).toMatchObject({ code: 0, out: `${lines}\n`, err: '' })
  })
})

type Logs = { entries: object[]; more: boolean; next?: string[] }
const soon = { timeout: 15_000 }

async function screenOf(session: SessionId): Promise<string> {
  const said = await say(['session', 'logs', session, '--terminal', '--json'], { env })
  return (envelope(said).data as unknown as { text: string }).text
}

/** The agent's hook tells that it has a prompt. */
const heard = (session: SessionId) =>
  client.with({ key: edge.spawnerKey }).report([
    {
      ...{ id: newId('evt'), at: Date.now(), session, agent: 'demo', kind: 'prompt', name: 'UserPromptSubmit' },
      ...{ summary: 'Also run the linter', payload: null },
    },
  ])
