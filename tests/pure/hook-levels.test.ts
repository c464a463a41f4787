import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHook } from '../../hooks/read.ts'
import { fullLimit, payloadLimit, redactEvent, redactPayload } from '../../hooks/redact.ts'
import { neverFrom, usualNever } from '../../hooks/withhold.ts'
import { HookEvent, hookLevels } from '../../protocol/hook-event.ts'

const stamp = { id: 'evt_019a0000000070008000000000000000', at: 0, session: 'sess_4hq1w8ze' } as const
const fixtures = new URL('../claude-code/fixtures/', import.meta.url)
const captured = readdirSync(fixtures).map((name) => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8')))
const never = neverFrom(usualNever, false)
const text = (value: unknown) => JSON.stringify(value)

const secret = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
const tool = (tool_name: string, tool_input: object, more: object = {}) => ({
  ...{ hook_event_name: 'PostToolUse', session_id: 'abc', cwd: '/home/dev/app', tool_name, tool_use_id: 'toolu_1' },
  ...{ tool_input, duration_ms: 12, ...more },
})

describe.each(hookLevels)('at the level %s', (level) => {
  const limit = level === 'full' ? fullLimit : payloadLimit
  const names = fc.constantFrom(
    ...['hook_event_name', 'tool_name', 'prompt', 'cwd', 'file_path', 'command', 'url', 'content', 'stdout', 'auth'],
    ...['guarded', 'tool_calls', 'tool_input', 'tool_response', 'items', 'bytes', 'lines', 'error', 'reason', 'usage'],
  )
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('.env', 'cat <<EOF\nx\nEOF', `token=${secret}`, 'Bash', 'mcp__a__b', '/a/b.ts', '/a/.env'),
    fc.jsonValue({ maxDepth: 3 }),
  )
  const some = fc.dictionary(names, values, { maxKeys: 8, noNullPrototype: true })
  const payload = fc
    .tuple(some, fc.option(fc.dictionary(names, fc.oneof(values, some))), fc.option(some), fc.option(fc.array(some)))
    .map(([fields, tool_input, tool_response, tool_calls]) => ({ ...fields, tool_input, tool_response, tool_calls }))

  test('doing it twice is doing it once, and it stays within its bounds', () => {
    fc.assert(
      fc.property(payload, (given) => {
        const once = redactPayload(given, { level })
        expect(Buffer.byteLength(text(once))).toBeLessThanOrEqual(limit)
        expect(text(redactPayload(once, { level }))).toBe(text(once))
      }),
      { numRuns: 500 },
    )
  })

  test('what the machine has read, the Worker leaves as it is, of all that was captured', () => {
    for (const given of captured) {
      const event = HookEvent.parse(readHook('claude-code', given, stamp, { level, never }))
      expect(event.level).toBe(level === 'redacted' ? undefined : level)
      expect(redactEvent(event)).toEqual(event)
    }
  })

  test('no secret gets out, in what was written, read, run or said', () => {
    const given = [
      tool(
        'Write',
        { file_path: '/a/b.ts', content: `const key = "${secret}"` },
        { tool_response: { content: secret } },
      ),
      tool('Bash', { command: `curl -H "Authorization: Bearer ${secret}" x` }, { tool_response: { stdout: secret } }),
      { hook_event_name: 'UserPromptSubmit', prompt: `use ${secret}`, auth: { password: 'hunter2hunter2' } },
    ]
    for (const one of given) {
      const event = readHook('claude-code', one, stamp, { level, never })
      expect(text(event)).not.toMatch(/ghp_|hunter2/)
      expect(text(redactEvent({ ...event, level: 'full', payload: one }))).not.toMatch(/ghp_|hunter2/)
    }
  })
})

describe('at the level metadata', () => {
  const read = (given: unknown) => readHook('claude-code', given, stamp, { level: 'metadata' })

  test('nothing is told that people, agents or files say, only how much it was', () => {
    const canary = 'the heron lands'
    const all = [
      { hook_event_name: 'UserPromptSubmit', prompt: canary, session_id: 'abc' },
      { hook_event_name: 'Stop', last_assistant_message: canary },
      { hook_event_name: 'Notification', message: canary, notification_type: 'permission_prompt' },
      { hook_event_name: 'PermissionDenied', tool_name: 'Bash', tool_input: { command: canary }, reason: canary },
      {
        hook_event_name: 'PermissionRequest',
        tool_name: 'AskUserQuestion',
        tool_input: { questions: [{ question: canary }] },
      },
      { hook_event_name: 'StopFailure', error: 'rate_limit', last_assistant_message: canary },
      { hook_event_name: 'SubagentStop', agent_type: 'reviewer', last_assistant_message: canary },
      { hook_event_name: 'Later', anything: [canary], deep: { [canary]: canary } },
      tool('Bash', { command: canary, description: canary }, { tool_response: { stdout: canary } }),
      tool('Write', { file_path: `/home/${canary}/a.ts`, content: canary }),
      tool('Grep', { pattern: canary, path: `/${canary}/src` }),
      tool('mcp__notes__add', { [canary]: canary }),
      tool('WebFetch', { url: `https://example.com/${canary}?q=${canary}`, prompt: canary }),
    ]
    for (const given of all) expect(text(read(given))).not.toContain('heron')
  })

  test('the kind, the tool, the time, the size and the file’s name are', () => {
    expect(read(tool('Write', { file_path: '/home/dev/app/src/date.ts', content: 'a\nb\n' }))).toMatchObject({
      ...{ kind: 'tool_use', tool: 'Write', ms: 12, summary: 'Write date.ts', level: 'metadata' },
      payload: { tool_input: { file_path: 'date.ts', content: { bytes: 4, lines: 2 } } },
    })
    expect(read(tool('Bash', { command: 'npm test' }))).toMatchObject({ summary: 'Bash' })
    expect(read({ hook_event_name: 'UserPromptSubmit', prompt: 'Plant' })).toMatchObject({ summary: 'A prompt' })
    expect(read({ hook_event_name: 'SessionEnd', reason: 'prompt_input_exit' }).summary).toBe('Session ended: exit')
  })
})

describe('at the level full', () => {
  const read = (given: unknown) => readHook('claude-code', given, stamp, { level: 'full' })

  test('contents and output are told, cut', () => {
    const { payload } = read(
      tool('Bash', { command: 'ls' }, { tool_response: { stdout: `a.ts\n${'x'.repeat(20_000)}` } }),
    )
    const { tool_response: response } = payload as { tool_response: { stdout: string } } // as given above
    expect(response.stdout).toHaveLength(8_192)
    expect(response.stdout).toMatch(/^a\.ts\nx+…$/)
    expect(text(read(tool('Write', { file_path: '/a.ts', content: 'let heron' })).payload)).toContain('let heron')
  })

  test('but not those of files that hold secrets, whatever the policy', () => {
    for (const given of [
      tool('Write', { file_path: '/a/.env', content: 'let heron' }, { tool_response: { content: 'heron' } }),
      tool('Bash', { command: 'cat ~/.aws/config' }, { tool_response: { stdout: 'heron' } }),
      tool('Bash', { command: 'git show HEAD:.env' }, { tool_response: { stdout: 'heron' } }),
      tool('Grep', { pattern: '.', glob: '.env*' }, { tool_response: { content: '.env:1:heron' } }),
      tool('Grep', { pattern: '.', glob: '{a,.env.local}' }, { tool_response: { content: 'heron' } }),
      tool('Glob', { pattern: '**/*.pem' }, { tool_response: { content: 'heron' } }),
    ]) {
      const event = read(given)
      expect(text(event)).not.toContain('heron')
      expect(redactEvent(event)).toEqual(event)
    }
  })
})

describe('of a path that is not to be told of', () => {
  const read = (given: unknown, hideNames = false) =>
    readHook('claude-code', given, stamp, {
      level: 'full',
      never: neverFrom([...usualNever, '/srv/plans/**'], hideNames),
    })

  test.each([
    ['a tool that reads it', tool('Read', { file_path: '/home/dev/app/.env' }), 'Read .env'],
    ['a tool that writes it', tool('Write', { file_path: 'config/prod.pem', content: 'heron' }), 'Write prod.pem'],
    ['a search in it', tool('Grep', { pattern: 'heron', path: '/home/dev/.ssh/keys' }), 'Grep  in keys'],
    ['a search in files of such names', tool('Grep', { pattern: 'heron', glob: '.env*' }), 'Grep'],
    ['a search in one of several', tool('Grep', { pattern: 'heron', glob: '{*.ts,*.pem}' }), 'Grep'],
    ['a command about all of them', tool('Bash', { command: 'head heron/*.pem* x' }), 'Bash [withheld: *.pem]'],
    ['a command about it', tool('Bash', { command: 'echo heron >> .env.local; ls' }), 'Bash [withheld: .env.local]'],
    [
      'a command as a list',
      tool('shell', { command: ['bash', '-lc', 'cat "server.key"'] }),
      'shell [withheld: server.key]',
    ],
    ['one seen from its folder', tool('Read', { file_path: 'heron.txt' }, { cwd: '/srv/plans' }), 'Read heron.txt'],
    ['a folder of one’s own', tool('Edit', { file_path: '/srv/plans/a/b.txt', new_string: 'x' }), 'Edit b.txt'],
  ])('%s says that there was one, and no more', (_, given, summary) => {
    const event = read(given)
    expect(event).toMatchObject({ kind: 'tool_use', summary: summary.replace('  ', ' '), payload: { withheld: true } })
    expect(text(event).replaceAll('heron.txt', '')).not.toContain('heron')
    expect(redactEvent(event)).toEqual(event)
    const hidden = text(read(given, true))
    expect(hidden).toContain('[withheld]')
    expect(hidden).not.toMatch(/heron|\.env|\.pem|keys|server|b\.txt/)
  })

  test('one among the calls of a batch is withheld, and the others are not', () => {
    const calls = [
      { tool_name: 'Read', tool_input: { file_path: '/a/.env' } },
      { tool_name: 'Read', tool_input: { file_path: '/a/ok.ts' } },
    ]
    const { payload } = read({ hook_event_name: 'PostToolBatch', tool_calls: calls })
    expect(text(payload)).toContain('/a/ok.ts')
    expect(text(payload)).toContain('"withheld":true')
  })

  test.each([
    'src/environment.ts',
    'docs/keys.md',
    'monkey.keyboard',
    'git commit -m "Rotate the credentials"',
    'a.envelope',
  ])('%s is no such path', (path) => expect(never!.paths.test(path)).toBe(false))

  test('looking for them in a long and hostile text takes no longer than the text is', () => {
    const began = performance.now()
    for (const hostile of ['/.'.repeat(32_000), 'a/'.repeat(32_000), '.ssh/'.repeat(12_000), `${' x'.repeat(32_000)}`])
      read(tool('Bash', { command: hostile }))
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})
