import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClaudeCode } from '../../hooks/claude-code/read.ts'
import { readHook } from '../../hooks/read.ts'
import { payloadLimit, redactEvent, redactPayload } from '../../hooks/redact.ts'
import { redactText } from '../../hooks/secrets.ts'
import { usageReport } from '../../hooks/usage-report.ts'
import { HookEvent } from '../../protocol/hook-event.ts'
import { newKey } from '../../protocol/keys.ts'
import { noUsage } from '../../protocol/usage.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const hex = '0123456789abcdef'
const of = (alphabet: string, length: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: length, maxLength: length }).map((all) => all.join(''))
const words = (length: number) => of(letters, length)

/** One of each class of secret: what is written, and the part that nobody may see. */
const secrets: Record<string, fc.Arbitrary<[written: string, secret: string]>> = {
  aws: of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16).map((id) => whole(`AKIA${id}`)),
  'aws secret': words(40).map((key) => [`aws_secret_access_key = ${key}0`, key]),
  github: words(36).map((key) => whole(`ghp_${key}`)),
  'github, fine': words(60).map((key) => whole(`github_pat_${key}`)),
  gitlab: words(20).map((key) => whole(`glpat-${key}`)),
  slack: words(24).map((key) => whole(`xoxb-123456789012-${key}`)),
  openai: words(48).map((key) => whole(`sk-proj-${key}`)),
  anthropic: words(80).map((key) => whole(`sk-ant-api03-${key}`)),
  google: words(35).map((key) => whole(`AIza${key}`)),
  stripe: words(24).map((key) => whole(`sk_live_${key}`)),
  npm: words(36).map((key) => whole(`npm_${key}`)),
  jwt: fc.tuple(words(30), words(60), words(43)).map(([a, b, c]) => whole(`eyJ${a}.eyJ${b}.${c}`)),
  'private key': words(64).map((key) => [
    `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
    key,
  ]),
  cloudflare: fc.tuple(of(hex, 24), of(hex, 146)).map(([a, b]) => whole(`v1.0-${a}-${b}`)),
  'url with a password': words(16).map((key) => [`postgres://app:${key}@db.example.com:5432/app`, key]),
  'a variable': words(12).map((key) => [`export DATABASE_PASSWORD=${key}`, key]),
  'a bearer header': words(30).map((key) => [`Authorization: Bearer ${key}1`, key]),
  'a flag': words(14).map((key) => [`--api-key ${key}`, key]),
  'a key of ours': fc
    .uint8Array({ minLength: 96, maxLength: 96 })
    .map((bytes) => whole(newKey('session', spread(bytes)))),
}
const whole = (text: string): [string, string] => [text, text]
const spread = (bytes: Uint8Array) => bytes.map((byte, i) => (byte + i * 7) % 248) // so that newKey finds enough to use

const sentence = fc.array(
  fc.constantFrom('echo', 'deploy', '&&', 'the', '\n', 'src/a.ts', '"x"', '{', '}', '|', 'ok', '…'),
  {
    maxLength: 40,
  },
)
const around = fc
  .tuple(sentence, sentence)
  .map(([before, after]) => [`${before.join(' ')} `, ` ${after.join(' ')}`] as const)

describe.each(Object.keys(secrets))('a secret of the class %s never leaves', (name) => {
  const placed = fc
    .tuple(secrets[name]!, around)
    .map(([[written, secret], [before, after]]) => ({ text: before + written + after, secret }))

  test('in a text, plain or inside a JSON string', () => {
    fc.assert(
      fc.property(placed, ({ text, secret }) => {
        expect(redactText(text)).not.toContain(secret)
        expect(redactText(JSON.stringify({ text }))).not.toContain(secret)
        expect(redactText(JSON.stringify(JSON.stringify({ text })))).not.toContain(secret)
      }),
    )
  })

  test('behind a `_` of a name, or before one', () => {
    fc.assert(
      fc.property(secrets[name]!, ([written, secret]) => {
        expect(redactText(name === 'a flag' ? written : `OLD_${written}`)).not.toContain(secret)
        expect(redactText(`${written}_OLD`)).not.toContain(secret)
      }),
    )
  })

  test('in any field of a payload, or across the place where the text is cut', () => {
    fc.assert(
      fc.property(placed, fc.integer({ min: 380, max: 2_100 }), ({ text, secret }, pad) => {
        const long = 'word '.repeat(Math.ceil(pad / 5)).slice(0, pad) + text
        for (const value of [text, long]) {
          const out = JSON.stringify(
            payloadsWith(value).map((payload) => [redactPayload(payload), readClaudeCode(payload, stamp)]),
          )
          expect(out).not.toContain(secret.slice(0, Math.ceil(secret.length * 0.75)))
        }
      }),
      { numRuns: 25 },
    )
  })
})

const stamp = { id: 'evt_019a0000000070008000000000000000', at: 0 } as const
const payloadsWith = (text: string) => [
  { hook_event_name: 'UserPromptSubmit', prompt: text },
  { hook_event_name: 'Stop', last_assistant_message: text },
  { hook_event_name: 'Notification', message: text, notification_type: 'permission_prompt' },
  { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: text, description: text } },
  { hook_event_name: 'PermissionRequest', tool_name: 'Bash', tool_input: { command: text } },
  {
    hook_event_name: 'PermissionRequest',
    tool_name: 'AskUserQuestion',
    tool_input: { questions: [{ question: text }] },
  },
  { hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_input: {}, tool_response: { stdout: text, stderr: text } },
  {
    hook_event_name: 'PostToolUse',
    tool_name: 'Read',
    tool_input: { file_path: text },
    tool_response: { file: { content: text } },
  },
  {
    hook_event_name: 'PostToolUse',
    tool_name: 'Write',
    tool_input: { content: text },
    tool_response: { originalFile: text },
  },
  { hook_event_name: 'PostToolUseFailure', tool_name: 'Bash', error: text },
  { hook_event_name: 'PreToolUse', tool_name: 'mcp__a__b', tool_input: { [text.slice(0, 5_000)]: text } },
  { hook_event_name: 'Later', deep: { a: [{ [text]: text }] } },
]

describe('a secret whose value is known', () => {
  const known = fc.string({ minLength: 10, maxLength: 40 }).filter((text) => /^[^\s].*[^\s]$/s.test(text))
  const forms: Record<string, (secret: string, before: string) => string> = {
    plain: (secret, before) => before + secret,
    'inside JSON': (secret, before) => JSON.stringify({ [before]: secret }),
    'inside JSON in JSON': (secret) => JSON.stringify(JSON.stringify({ a: secret })),
    'in a URL': (secret, before) => `${before}?q=${encodeURIComponent(secret)}&r=1`,
    'in base64': (secret, before) => Buffer.from(before + secret).toString('base64'),
    'in base64 for URLs': (secret, before) => Buffer.from(before + secret).toString('base64url'),
  }
  test.each(Object.keys(forms))('is hidden %s, whatever it looks like', (name) => {
    const before = fc.constantFrom('', 'a', 'ab', 'abc', 'word ')
    fc.assert(
      fc.property(known, before, (secret, start) => {
        const written = forms[name]!(secret, start)
        const core = written.slice(start.length + 12, -4)
        const out = redactText(`x ${written} y`, { secrets: [secret] })
        expect(out).toContain('[REDACTED:')
        expect(out).not.toContain(secret)
        if (core.length > 8 && name !== 'in a URL' && name !== 'inside JSON') expect(out).not.toContain(core)
      }),
    )
  })

  test('too short to be one is left: masking it would mask everything', () =>
    expect(redactText('a true story', { secrets: ['true', ''] })).toBe('a true story'))
})

describe('what is no secret survives', () => {
  test.each([
    'const token = getToken()',
    'function sign(secret: string, token?: Token): Promise<string>',
    'if (password === undefined) return refuse("unauthenticated")',
    'const key = process.env.API_KEY ?? config.apiKey',
    'curl -H "Authorization: Bearer $TOKEN" https://example.com/v1/users?page=2',
    'git commit -m "Rotate the token when the session ends"',
    'git show 508c9b2f1e0d4c3b2a19876543210fedcba98765',
    'npm install @anthropic-ai/sdk@1.2.3 sk-learn',
    'max_tokens: 4096, total_tokens=10542',
    'task_4hq1w8ze sess_0123abcd evt_019aa4b6457b76098b66ef75b407e246',
    'eyJ is how a JSON object starts in base64',
    'SELECT id, password_hash FROM users WHERE token IS NULL',
    'The bearer of this letter is a basic understanding',
    'docker run -u 1000:1000 node:24',
  ])('%s', (text) => expect(redactText(text)).toBe(text))

  test('in our own source fewer than one line in 200 is touched', () => {
    const root = new URL('../../', import.meta.url)
    const folders = ['protocol', 'client', 'hooks', 'hooks/claude-code']
    const files = folders.flatMap((folder) => readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`))
    const lines = files
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => readFileSync(new URL(name, root), 'utf8').split('\n'))
    const touched = lines.filter((line) => redactText(line) !== line)
    expect(lines.length).toBeGreaterThan(1_000)
    expect(touched.length / lines.length).toBeLessThan(0.005)
  })
})

describe('the shape of a payload', () => {
  test('says how much a tool read, wrote and answered, never what', () => {
    const payload = {
      ...{
        hook_event_name: 'PostToolUse',
        tool_name: 'Edit',
        transcript_path: '/home/dev/.claude/x.jsonl',
        duration_ms: 5,
      },
      tool_input: { file_path: '/a/b.ts', old_string: 'one\n', new_string: 'one\ntwo\n' },
      tool_response: { filePath: '/a/b.ts', originalFile: 'one\n', userModified: false },
    }
    expect(redactPayload(payload)).toEqual({
      ...{ hook_event_name: 'PostToolUse', tool_name: 'Edit', duration_ms: 5 },
      tool_input: { file_path: '/a/b.ts', old_string: { bytes: 4, lines: 1 }, new_string: { bytes: 8, lines: 2 } },
      tool_response: { filePath: '/a/b.ts', originalFile: { bytes: 4, lines: 1 }, userModified: false },
    })
  })

  test.each([
    ["cat > notes.md <<'EOF'\nmy diary\nEOF", "cat > notes.md <<'EOF' …"],
    ['printf "%s" x > .env\nanything at all', 'printf "%s" x > .env …'],
    ['npm test\nnpm run build', 'npm test\nnpm run build'],
  ])('of the command %j is %j', (command, kept) =>
    expect(redactPayload({ tool_name: 'Bash', tool_input: { command } })).toEqual({
      tool_name: 'Bash',
      tool_input: { command: kept },
    }),
  )

  test('of a URL is where it leads and the names of what was asked', () =>
    expect(
      redactPayload({ tool_name: 'WebFetch', tool_input: { url: 'https://me:pw@example.com/a?id=1&code=2#frag' } }),
    ).toEqual({
      tool_name: 'WebFetch',
      tool_input: { url: 'https://example.com/a?id&code' },
    }))

  test('of anything is at most 16 KB, and doing it again changes nothing', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }),
        fc.constantFrom('Bash', 'Write', 'mcp__a__b', 'New'),
        (value, tool_name) => {
          const once = redactPayload({
            tool_name,
            tool_input: value,
            tool_response: value,
            message: value,
            prompt: value,
          })
          expect(Buffer.byteLength(JSON.stringify(once))).toBeLessThanOrEqual(payloadLimit)
          expect(JSON.stringify(redactPayload(once))).toBe(JSON.stringify(once))
        },
      ),
    )
  })

  test('of a huge payload keeps what the event was', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 39 }, (_, i) => [`field ${i}`, Array(20).fill('x'.repeat(3_000))]),
    )
    const out = redactPayload({ hook_event_name: 'PreToolUse', ...wide })
    expect(out).toMatchObject({ hook_event_name: 'PreToolUse' })
    expect(Buffer.byteLength(JSON.stringify(out))).toBeLessThanOrEqual(payloadLimit)
  })

  test('an event from elsewhere is redacted again, its words as well', () => {
    const event = {
      ...stamp,
      agent: 'x',
      kind: 'stop',
      name: 'Stop',
      summary: 'password=hunter22',
      payload: { a: 'ok' },
    } as const
    const needs = { kind: 'question', message: 'Is it hunter2hunter2?' } as const
    expect(redactEvent({ ...event, needs }, { secrets: ['hunter2hunter2'] })).toMatchObject({
      summary: 'password=[REDACTED:password]',
      needs: { message: 'Is it [REDACTED:known]?' },
    })
  })
})

test('an event that is called by a secret, or whose tool, agent, ids or models are, is told without it', () => {
  const key = 'sk-ant-api03-aB7xaB7xaB7xaB7xaB7xaB7xaB7x'
  const names = { agent: key, name: key, tool: `mcp__${key}`, toolUse: key, subagent: key, agentSession: key }
  const usage = { of: 'event', models: { [key]: { ...noUsage(), input: 3 }, 'gpt-5': noUsage() } } as const
  const event = redactEvent({ ...stamp, ...names, kind: 'tool_use', summary: 'ok', payload: null, usage })
  expect(JSON.stringify(event)).not.toContain('aB7x')
  expect(event).toMatchObject({
    agent: '[REDACTED:anthropic]',
    usage: { models: { '[REDACTED:anthropic]': { input: 3 } } },
  })
  expect(redactEvent(event)).toEqual(event)
  expect(HookEvent.safeParse(event).success).toBe(true)
  const report = { ...usageReport(key, usage), tool_name: key }
  expect(JSON.stringify(readHook(key, report, stamp))).not.toContain('aB7x')
  expect(JSON.stringify(readHook(key, { hook_event_name: key, tool_name: key }, stamp))).not.toContain('aB7x')
})

test('a long JWT is hidden wherever in a word it begins', () => {
  const jwt = `eyJ${'aB3'.repeat(1_000)}.eyJ${'xY'.repeat(30)}.sig`
  for (const before of ['', 'OLD_', 'id-', '-'])
    expect(redactText(`${before}${jwt} ok`)).toBe(`${before}[REDACTED:jwt] ok`)
})

test('a megabyte made to be slow takes less than a second', () => {
  const seeds = [
    ...['-----BEGIN RSA PRIVATE KEY-----', 'password="', 'eyJaaaaaaaaa.', 'https://a:', 'secret', '--token ', 'A_KEY'],
    ...[' -u a', '\\"token\\":', 'mysql ', 'a\n', '\\\\', '%41', 'aGVsbG8gcGFzc3dvcmQ', '67687070', 'authorization: '],
    ...[
      '\x1b[',
      'A_KEY=a;',
      'eyJ-',
      'eyJaaaaaaaa-',
      'a_eyJ-aaaaaaaaaa.eyJ-aa',
      `${'a'.repeat(999)}.eyJ`,
      `${'eyJ-'.repeat(9_999)}.eyJ-a `,
      'cGFzc3dvcmQ9aHVudGVyMg ',
      '[REDACTED:',
    ],
  ]
  for (const seed of seeds) {
    const started = process.cpuUsage().user // others may have the machine meanwhile
    redactText(seed.repeat(1_000_000 / seed.length))
    expect(process.cpuUsage().user - started, seed).toBeLessThan(1_000_000)
  }
})
