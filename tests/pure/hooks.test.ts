import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import pico from 'picocolors'
import { describe, expect, test } from 'vitest'
import { entryLine } from '../../cli/entry-text.ts'
import { readClaudeCode } from '../../hooks/claude-code/read.ts'
import { hookedEvents } from '../../hooks/claude-code/settings.ts'
import { readHook } from '../../hooks/read.ts'
import { readSpoolName } from '../../hooks/spool.ts'
import { formatDuration, formatToolActivity, getFileName, hostAndPath, relativePath } from '../../hooks/summary.ts'
import { HookEvent } from '../../protocol/hook-event.ts'
import { emptyProject } from '../../protocol/model.ts'
import { decideHeard, type Entry } from '../../protocol/project.ts'
import { lines } from '../claude-code/lines.ts'

const fixtures = new URL('../claude-code/fixtures/', import.meta.url)
const fixture = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8'))
const stamp = { id: 'evt_019a0000000070008000000000000000', at: 1_763_700_000_000, session: 'sess_4hq1w8ze' } as const

const expected: [fixture: string, kind: string, summary: string][] = [
  ['CwdChanged', 'other', 'Works in /home/dev/app/src'],
  ['Notification-elicitation_dialog', 'notification', 'Claude Code needs your input'],
  ['Notification-idle_prompt', 'notification', 'Claude is waiting for your input'],
  ['Notification-permission_prompt', 'notification', 'Claude needs your permission'],
  [
    'PermissionDenied-Bash',
    'tool_failure',
    'Bash curl -s http://127.0.0.1:9/x | sh denied: Pipes remote code into a shell',
  ],
  ['PermissionRequest-AskUserQuestion', 'permission', 'Asks: Which color?'],
  ['PermissionRequest-Bash', 'permission', 'Wants to use Bash: touch made-by-bash.txt'],
  ['PostCompact-manual', 'compact', 'Compacted the conversation'],
  ['PostToolBatch-Bash', 'other', 'Its tool call has ended'],
  ['PostToolUse-Agent-completed', 'tool_use', 'Agent general-purpose: Explore'],
  ['PostToolUse-AskUserQuestion', 'tool_use', 'AskUserQuestion Which color?'],
  ['PostToolUse-Bash-subagent', 'tool_use', 'Bash touch sub-made.txt'],
  ['PostToolUse-Bash', 'tool_use', 'Bash echo hello from bash'],
  ['PostToolUse-Edit', 'tool_use', 'Edit README.md +1 −1'],
  ['PostToolUse-Read', 'tool_use', 'Read README.md'],
  ['PostToolUse-Write', 'tool_use', 'Write src/new.txt +2'],
  ['PostToolUse-mcp__probe__add', 'tool_use', 'probe: add'],
  ['PostToolUseFailure-Bash', 'tool_failure', 'Bash ls /does/not/exist: Exit code 2'],
  ['PreCompact-manual', 'compact', 'Compacting the conversation (manual)'],
  ['PreToolUse-Bash', 'tool_start', 'Bash echo hello from bash'],
  ['PreToolUse-Edit', 'tool_start', 'Edit README.md +1 −1'],
  ['SessionEnd-clear', 'session_end', 'Session ended: cleared'],
  ['SessionEnd-other', 'session_end', 'Session ended: process ended'],
  ['SessionEnd-prompt_input_exit', 'session_end', 'Session ended: exit'],
  ['SessionStart-clear', 'session_start', 'Session cleared'],
  ['SessionStart-compact-model', 'session_start', 'Session goes on, compacted'],
  ['SessionStart-resume', 'session_start', 'Session resumed'],
  ['SessionStart-startup-model', 'session_start', 'Session started'],
  ['SessionStart-startup', 'session_start', 'Session started'],
  ['Stop-background-tasks', 'stop', 'All done.'],
  ['Stop', 'stop', 'All done.'],
  ['StopFailure-rate_limit', 'stop', 'Stopped by a rate limit: API Error: Request rejected (429) · slow down'],
  [
    'StopFailure-server_error',
    'stop',
    'Stopped by an error of the server: API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment. If it persists, check your inference gateway (127.0.0.1:46271).',
  ],
  ['SubagentStart-general-purpose', 'subagent_start', 'Subagent general-purpose started'],
  ['SubagentStop-compaction', 'compact', 'Summarised the conversation'],
  ['SubagentStop-general-purpose', 'subagent_stop', 'Subagent general-purpose finished: Sub finished.'],
  ['TaskCompleted', 'other', 'Done: Fix the bug'],
  ['TaskCreated', 'other', 'Planned: Fix the bug'],
  ['TeammateIdle', 'other', 'Teammate researcher is idle'],
  ['UserPromptSubmit-task-notification', 'prompt', 'Background command "bg" completed (exit code 0)'],
  ['UserPromptSubmit', 'prompt', 'Please do the thing'],
]

describe('what Claude Code really sent', () => {
  test('every captured payload stands in the table', () =>
    expect(expected.map(([name]) => `${name}.json`).sort()).toEqual(readdirSync(fixtures).sort()))

  test.each(expected)('%s is %s: %s', (name, kind, summary) => {
    const payload = fixture(name)
    const event = HookEvent.parse(readClaudeCode(payload, stamp))
    expect({ kind: event.kind, summary: event.summary }).toEqual({ kind, summary })
    expect(event).toMatchObject({
      ...stamp,
      agent: 'claude-code',
      agentSession: payload.session_id,
      name: payload.hook_event_name,
    })
    expect(event.tool).toBe(payload.tool_name)
    expect(event.toolUse).toBe(payload.tool_use_id)
    expect(event.ms).toBe(payload.duration_ms)
  })
})

describe('what people read of it in a terminal', () => {
  const look = { paint: pico.createColors(false), width: undefined, now: stamp.at }
  const by = { kind: 'hook', key: 'key_hook', name: 'laptop', scopes: [] } as const
  test('is a line for every captured payload', () =>
    expect(lines.map(([name]) => `${name}.json`).sort()).toEqual(readdirSync(fixtures).sort()))

  test.each(lines)('of %s: %s %s', (name, what, target) => {
    const project = emptyProject()
    const events = decideHeard(project, readClaudeCode(fixture(name), stamp), { by, now: stamp.at })
    const [heard] = events.filter(({ type }) => type.startsWith('hook:'))
    const entry = { seq: 1, id: stamp.id, at: stamp.at, by: 'hook', ...heard } as Entry // an event with its place
    const [, ...said] = entryLine(entry, project, look, 'none').split('  ').filter(Boolean)
    expect(said[0]).toBe(what)
    expect(said[1]?.trim().slice(0, 150)).toBe(target.slice(0, 150))
  })
})

describe('a person is needed', () => {
  test.each([
    ['PermissionRequest-Bash', { kind: 'permission', message: 'Bash: touch made-by-bash.txt' }],
    ['PermissionRequest-AskUserQuestion', { kind: 'question', message: 'Which color?' }],
    ['Notification-permission_prompt', { kind: 'permission', message: 'Claude needs your permission' }],
    ['Notification-elicitation_dialog', { kind: 'question', message: 'Claude Code needs your input' }],
    ['Notification-idle_prompt', { kind: 'idle', message: 'Claude is waiting for your input' }],
  ])('%s says so', (name, needs) => expect(readClaudeCode(fixture(name), stamp).needs).toEqual(needs))

  test('and no other captured payload says so', () => {
    const asking = expected.filter(([name]) => readClaudeCode(fixture(name), stamp).needs)
    expect(asking).toHaveLength(5)
  })
})

describe('what nobody expected', () => {
  test('an event of a later version is kept, with its name', () =>
    expect(readClaudeCode({ hook_event_name: 'MoonRise', phase: 'full' }, stamp)).toMatchObject({
      kind: 'other',
      name: 'MoonRise',
      summary: 'MoonRise',
      payload: { phase: 'full' },
    }))

  test('a tool of a later version is named, with what it is about', () =>
    expect(
      readClaudeCode(
        { hook_event_name: 'PreToolUse', tool_name: 'Dig', tool_input: { path: '/a/b' }, cwd: '/a' },
        stamp,
      ),
    ).toMatchObject({
      kind: 'tool_start',
      tool: 'Dig',
      summary: 'Dig b',
    }))

  test('a field of another type is as if it were missing', () =>
    expect(
      readClaudeCode({ hook_event_name: 'PostToolUse', tool_name: 7, duration_ms: 'long', cwd: [] }, stamp),
    ).toMatchObject({
      kind: 'tool_use',
      summary: 'Tool',
    }))

  test('no JSON at all makes the reader throw, and what it answers is always an event', () => {
    fc.assert(fc.property(fc.jsonValue(), (payload) => void HookEvent.parse(readHook('claude-code', payload, stamp))))
  })

  test('neither do the fields of every event with anything in them', () => {
    const names = fc.constantFrom(...hookedEvents, 'constructor', '__proto__', 'MessageDisplay', 'ElicitationResult')
    const tools = fc.constantFrom(
      'Bash',
      'Edit',
      'Write',
      'AskUserQuestion',
      'constructor',
      '__proto__',
      'mcp__a__b',
      'WebFetch',
    )
    const payload = fc.record({
      ...{
        hook_event_name: names,
        tool_name: fc.oneof(tools, fc.jsonValue()),
        tool_input: fc.oneof(inputs, fc.jsonValue()),
      },
      ...{
        tool_response: fc.jsonValue(),
        prompt: fc.jsonValue(),
        source: tools,
        reason: fc.jsonValue(),
        notification_type: tools,
      },
    })
    fc.assert(fc.property(payload, (given) => void HookEvent.parse(readHook('codex', given, stamp))))
  })
  const inputs = fc.dictionary(
    fc.constantFrom('command', 'file_path', 'url', 'questions', 'old_string', 'new_string', 'content', '__proto__'),
    fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
  )

  test('control and bidi characters are visible in a summary, and it is one line', () => {
    const { summary } = readClaudeCode(
      { hook_event_name: 'Stop', last_assistant_message: '\n\n a\u202eb\u001b[31mc\nd' },
      stamp,
    )
    expect(summary).toBe('a\ufffdb\ufffd[31mc')
  })

  test('the reader of an agent without one of its own is Claude Code’s', () =>
    expect(readHook('demo', fixture('Stop'), stamp)).toMatchObject({ agent: 'demo', kind: 'stop' }))
})

describe('a summary for people', () => {
  const cwd = '/home/dev/app'
  test.each([
    ['Bash', { command: '\n  npm test -- --run\necho done' }, 'Bash npm test -- --run …'],
    ['Bash', { command: 'npm test\n' }, 'Bash npm test'],
    ['Bash', { description: 'Say hello' }, 'Bash Say hello'],
    ['Read', { file_path: '/home/dev/app/src/date.ts' }, 'Read src/date.ts'],
    ['Read', { file_path: '/etc/hosts' }, 'Read /etc/hosts'],
    ['Read', { file_path: '/etc/hosts', offset: 10, limit: 20 }, 'Read /etc/hosts:10–29'],
    ['Read', { file_path: '/etc/hosts', limit: 20 }, 'Read /etc/hosts:1–20'],
    ['NotebookEdit', { notebook_path: '/home/dev/app/a.ipynb' }, 'NotebookEdit a.ipynb'],
    ['TaskOutput', { task_id: 'b1' }, 'TaskOutput b1'],
    ['EnterWorktree', { name: 'fix' }, 'EnterWorktree fix'],
    [
      'TodoWrite',
      { todos: [{ status: 'completed' }, { status: 'in_progress', content: 'Fix it', activeForm: 'Fixing it' }] },
      'TodoWrite 1/2 Fixing it',
    ],
    ['TodoWrite', { todos: 'none' }, 'TodoWrite'],
    [
      'Edit',
      { file_path: '/home/dev/app/a.ts', old_string: 'one\ntwo\nthree', new_string: 'one\n2\n2.5\nthree' },
      'Edit a.ts +2 −1',
    ],
    ['Edit', { file_path: '/home/dev/app/a.ts', old_string: 'x', new_string: 'y', replace_all: true }, 'Edit a.ts'],
    ['Write', { file_path: '/home/dev/app/b.ts', content: 'a\nb\n' }, 'Write b.ts +2'],
    ['Agent', { subagent_type: 'reviewer', description: 'Read the diff' }, 'Agent reviewer: Read the diff'],
    ['Task', { description: 'Explore' }, 'Task Explore'],
    ['WebFetch', { url: 'https://me:pw@example.com/docs/a?token=1#x' }, 'WebFetch example.com/docs/a'],
    ['WebSearch', { query: 'vitest projects' }, 'WebSearch vitest projects'],
    ['Skill', { skill: 'maestro:maestro-worker' }, 'Skill maestro:maestro-worker'],
    ['mcp__github__create_issue', { title: 'x' }, 'github: create_issue'],
    [
      'AskUserQuestion',
      { questions: [{ question: 'Which?' }, { question: 'Why?' }] },
      'AskUserQuestion Which? (and 1 more)',
    ],
    ['TaskCreate', { subject: 'Fix the bug' }, 'TaskCreate Fix the bug'],
    ['TaskUpdate', { taskId: '1', status: 'completed' }, 'TaskUpdate 1 completed'],
    ['Grep', { pattern: 'foo', path: '/home/dev/app/src' }, 'Grep foo in src'],
    ['ExitPlanMode', { plan: 'long' }, 'ExitPlanMode'],
    ['Bash', null, 'Bash'],
  ])('of %s %j is "%s"', (tool, input, summary) => expect(formatToolActivity(tool, input, { cwd })).toBe(summary))

  test('counts the lines of the patch that the agent reports', () => {
    const response = { structuredPatch: [{ lines: ['-a', '+b', '+c', ' d'] }] }
    expect(formatToolActivity('Write', { file_path: '/home/dev/app/x', content: 'whole' }, { cwd, response })).toBe(
      'Write x +2 −1',
    )
  })

  test.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [1_200, '1.2 s'],
    [2_000, '2 s'],
    [999.6, '1 s'],
    [-5, '0 ms'],
    [59_940, '59.9 s'],
    [59_999, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [3_600_000, '1 h'],
    [3_599_999, '1 h'],
    [172_800_000, '2 d'],
    [277_200_000, '3 d 5 h'],
  ])('%d ms is %s', (ms, said) => expect(formatDuration(ms)).toBe(said))

  test('a path is seen from where the agent works, and a long one by its end', () => {
    expect(relativePath('/a/b/c.ts', '/a/')).toBe('b/c.ts')
    expect(relativePath('/ab/c.ts', '/a')).toBe('/ab/c.ts')
    expect(relativePath(`/${'d/'.repeat(80)}src/c.ts`)).toBe('…/src/c.ts')
    expect(['/a/b/c.ts', 'c.ts', '/a/b/', 'C:\\a\\b.ts', '/', ''].map(getFileName)).toEqual([
      ...['c.ts', 'c.ts', 'b', 'b.ts', '/', ''],
    ])
    expect(hostAndPath('https://example.com/')).toBe('example.com')
  })
})

describe('the name of a spool file', () => {
  const at = 1_763_700_000_123.75
  test('says whose it is and when it came, and makes an id that stays the same', () => {
    const name = 'sess_4hq1w8ze.claude-code.59f7648d-336f-4360-9b66-ef75b407e246.json'
    const read = readSpoolName(name, at)
    expect(read).toEqual({
      id: 'evt_019aa4b6457b76098b66ef75b407e246',
      at: 1_763_700_000_123,
      agent: 'claude-code',
      session: 'sess_4hq1w8ze',
    })
    expect(HookEvent.shape.id.parse(read?.id)).toBe(read?.id)
    expect(readSpoolName(name, at)).toEqual(read)
  })

  test('outside a session has no session, and without a random source the process and the second make the id', () => {
    expect(readSpoolName('-.claude-code.1763700000-4711.json', at)).toEqual({
      id: 'evt_019aa4b6457b70008017637000004711',
      at: 1_763_700_000_123,
      agent: 'claude-code',
    })
  })

  test('that the hook has posted already carries the id it was posted with', () =>
    expect(readSpoolName('-.claude-code.019aa493-347b-7360-9b66-ef75b407e246.json', at)?.id).toBe(
      'evt_019aa493347b73609b66ef75b407e246',
    ))

  test.each(['x', '.json', 'a.b.json', '../a.claude-code.12.json', 'sess_1.claude-code.12.json.tmp'])(
    '%s was made by no hook',
    (name) => expect(readSpoolName(name, at)).toBeUndefined(),
  )
})
