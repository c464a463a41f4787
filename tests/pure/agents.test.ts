import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { hooksFor } from '../../hooks/codex/settings.ts'
import { readRollout } from '../../hooks/codex/transcript.ts'
import { settingsWith } from '../../hooks/gemini-cli/settings.ts'
import { readChat } from '../../hooks/gemini-cli/transcript.ts'
import { configWith } from '../../hooks/opencode/settings.ts'
import { patchedFiles } from '../../hooks/patch.ts'
import { readHook } from '../../hooks/read.ts'
import { redactEvent } from '../../hooks/redact.ts'
import { firstProfiles } from '../../local-spawner/first-profiles.ts'
import { parsePolicy } from '../../local-spawner/policy.ts'
import { HookEvent } from '../../protocol/hook-event.ts'

const folder = new URL('../agents/', import.meta.url)
const fixture = (agent: string, name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${agent}/${name}.json`, folder), 'utf8'))
const stamp = { id: 'evt_019a0000000070008000000000000000', at: 1_763_700_000_000, session: 'sess_4hq1w8ze' } as const
const read = (agent: string, payload: unknown) => HookEvent.parse(readHook(agent, payload, stamp))

type Line = [fixture: string, kind: string, summary: string, tool?: string]
const expected: Record<string, Line[]> = {
  codex: [
    ['Interrupt', 'stop', 'Interrupted'],
    ['PermissionRequest-Bash', 'permission', 'Wants to use Bash: touch denied.txt', 'Bash'],
    ['PostToolUse-Bash', 'tool_use', 'Bash cat README.md', 'Bash'],
    ['PostToolUse-apply_patch', 'tool_use', 'Edit new.txt and 1 more +3 −1', 'Edit'],
    ['PreToolUse-Bash', 'tool_start', 'Bash touch denied.txt', 'Bash'],
    ['PreToolUse-apply_patch', 'tool_start', 'Edit new.txt and 1 more +3 −1', 'Edit'],
    ['SessionEnd', 'session_end', 'Session ended: process ended'],
    ['SessionStart', 'session_start', 'Session started'],
    ['Stop', 'stop', 'All done.'],
    ['UserPromptSubmit', 'prompt', 'Do the thing'],
  ],
  gemini: [
    ['AfterAgent', 'stop', 'Well. All done. All done.'],
    [
      'AfterTool-read_file-failed',
      ...['tool_failure', 'Read nope.md: File not found: /home/dev/app/nope.md', 'Read'],
    ] as Line,
    ['AfterTool-read_file', 'tool_use', 'Read README.md', 'Read'],
    ['AfterTool-replace', 'tool_use', 'Edit g.txt +2 −1', 'Edit'],
    [
      'AfterTool-run_shell_command-failed',
      ...['tool_failure', 'Bash env | grep MAESTRO; ls /does/not/exist: Exit code 2', 'Bash'],
    ] as Line,
    ['AfterTool-run_shell_command', 'tool_use', 'Bash touch made.txt', 'Bash'],
    ['AfterTool-write_file', 'tool_use', 'Write g.txt +2', 'Write'],
    ['BeforeAgent', 'prompt', 'Do the thing'],
    ['BeforeTool-read_file', 'tool_start', 'Read README.md', 'Read'],
    ['BeforeTool-replace', 'tool_start', 'Edit g.txt +2 −1', 'Edit'],
    ['BeforeTool-run_shell_command', 'tool_start', 'Bash env | grep MAESTRO; ls /does/not/exist', 'Bash'],
    ['BeforeTool-write_file', 'tool_start', 'Write g.txt +2', 'Write'],
    ['Notification-edit', 'permission', 'Wants to use Edit: w.txt', 'Edit'],
    ['Notification-exec', 'permission', 'Wants to use Bash: touch made.txt', 'Bash'],
    ['SessionEnd', 'session_end', 'Session ended: exit'],
    ['SessionStart', 'session_start', 'Session started'],
  ],
  opencode: [
    ['chat.message', 'prompt', 'Do the thing'],
    ['dispose', 'session_end', 'Session ended: process ended'],
    ['session.created', 'session_start', 'Session started'],
    ['session.idle', 'stop', 'All done.'],
    ['tool.error-read', 'tool_failure', 'Read nope.md: File not found: /home/dev/app/nope.md', 'Read'],
    [
      'tool.execute.after-bash-failed',
      ...['tool_failure', 'Bash env | grep MAESTRO; ls /does/not/exist: Exit code 2', 'Bash'],
    ] as Line,
    ['tool.execute.after-edit', 'tool_use', 'Edit o.txt +2 −1', 'Edit'],
    ['tool.execute.after-read', 'tool_use', 'Read README.md', 'Read'],
    ['tool.execute.after-write', 'tool_use', 'Write o.txt +2', 'Write'],
    ['tool.execute.before-bash', 'tool_start', 'Bash env | grep MAESTRO; ls /does/not/exist', 'Bash'],
    ['tool.execute.before-edit', 'tool_start', 'Edit o.txt +2 −1', 'Edit'],
    ['tool.execute.before-read', 'tool_start', 'Read README.md', 'Read'],
    ['tool.execute.before-write', 'tool_start', 'Write o.txt +2', 'Write'],
  ],
}

describe.each(Object.entries(expected))('what %s really sent', (agent, lines) => {
  test('stands in the table', () =>
    expect(lines.map(([name]) => `${name}.json`).sort()).toEqual(
      readdirSync(new URL(`fixtures/${agent}/`, folder)).sort(),
    ))

  test.each(lines)('%s is %s: %s', (name, kind, summary, tool) => {
    const payload = fixture(agent, name)
    const event = read(agent, payload)
    expect({ agent: event.agent, kind: event.kind, summary: event.summary, tool: event.tool }).toEqual({
      ...{ agent, kind, summary, tool },
    })
    expect(event.name).toBe(payload.hook_event_name)
    expect(event.agentSession).toBe(payload.session_id)
  })

  test('leaves the machine without what is in files and what came out of tools', () => {
    for (const [name] of lines) {
      const kept = JSON.stringify(read(agent, fixture(agent, name)).payload)
      expect(kept).not.toMatch(/hello|# app|Updated the following|c\\nd|MAESTRO_API_KEY|No such file/)
      expect(kept).not.toContain('transcript')
    }
  })

  test('is the same when it is made safe once more', () => {
    for (const [name] of lines) {
      const event = read(agent, fixture(agent, name))
      expect(redactEvent(event)).toEqual(event)
    }
  })

  test('pairs the start of a call with its end', () => {
    const calls = lines.filter(([, , , tool]) => tool).map(([name]) => read(agent, fixture(agent, name)))
    for (const { kind, toolUse } of calls) if (kind !== 'permission') expect(toolUse).toBeTruthy()
  })

  test('and whatever else it may send is an event', () => {
    const names = lines.map(([name]) => name.split('-')[0]!)
    const anything = fc.record({
      ...{
        hook_event_name: fc.constantFrom(...names, '__proto__', 'constructor', 'session.error', 'permission.asked'),
      },
      ...{ tool_name: fc.oneof(fc.constantFrom('apply_patch', 'bash', 'replace', '__proto__'), fc.jsonValue()) },
      ...{ tool_input: fc.jsonValue(), tool_response: fc.jsonValue(), details: fc.jsonValue(), prompt: fc.jsonValue() },
      ...{ usage: fc.jsonValue(), patterns: fc.jsonValue(), questions: fc.jsonValue(), error: fc.jsonValue() },
      ...{ notification_type: fc.constantFrom('ToolPermission', ''), mcp_context: fc.jsonValue() },
    })
    fc.assert(fc.property(fc.oneof(anything, fc.jsonValue()), (payload) => void read(agent, payload)))
  })
})

describe('Gemini CLI', () => {
  test('gives no ids to its calls, and still each end finds its start', () => {
    const start = read('gemini', fixture('gemini', 'BeforeTool-replace'))
    expect(read('gemini', fixture('gemini', 'AfterTool-replace')).toolUse).toBe(start.toolUse)
    expect(read('gemini', fixture('gemini', 'BeforeTool-write_file')).toolUse).not.toBe(start.toolUse)
  })

  test('without a terminal puts what our hook said before the prompt', () =>
    expect(
      read('gemini', { hook_event_name: 'BeforeAgent', prompt: '<hook_context>You are\nx</hook_context>\n\nGo on' }),
    ).toMatchObject({ kind: 'prompt', summary: 'Go on', payload: { prompt: 'Go on' } }))

  test.each([
    ['Output: a\nExit Code: 1', true],
    ['<untrusted_context>\nOutput: a\nExit Code: 130\nSignal: 2\nProcess Group PGID: 7\n</untrusted_context>', true],
    ['Output: Exit Code: 1\nfine', false],
    ['Output: (empty)', false],
  ])('%j of a command is a failure: %s', (llmContent, failed) =>
    expect(
      read('gemini', { hook_event_name: 'AfterTool', tool_name: 'run_shell_command', tool_response: { llmContent } })
        .kind,
    ).toBe(failed ? 'tool_failure' : 'tool_use'),
  )

  test('tools of a server are named as everywhere', () =>
    expect(
      read('gemini', {
        ...{ hook_event_name: 'BeforeTool', tool_name: 'mcp_github_create_issue', tool_input: { title: 'x' } },
        mcp_context: { server_name: 'github', tool_name: 'create_issue', command: 'npx' },
      }),
    ).toMatchObject({ tool: 'mcp__github__create_issue', summary: 'github: create_issue' }))
})

describe('opencode', () => {
  const say = (hook_event_name: string, more: object) =>
    read('opencode', { hook_event_name, session_id: 'ses_1', ...more })

  test('says who is needed, and when that is over', () => {
    expect(say('permission.asked', { permission: 'bash', patterns: ['git push'] }).needs).toEqual({
      ...{ kind: 'permission', message: 'Bash: git push' },
    })
    expect(say('permission.asked', { permission: 'doom_loop', patterns: ['*'] }).needs?.kind).toBe('permission')
    expect(say('question.asked', { questions: [{ question: 'Which?' }] }).needs).toEqual({
      ...{ kind: 'question', message: 'Which?' },
    })
    expect(say('permission.replied', { reply: 'once' })).toMatchObject({ kind: 'other', summary: 'Permission given' })
    expect(say('permission.replied', { reply: 'reject' }).summary).toBe('Permission refused')
    expect(say('permission.replied', {}).needs).toBeUndefined()
  })

  test('has subagents, whose end is not the agent’s', () => {
    const part = { agent_id: 'ses_2', agent_type: 'explore' }
    expect(say('session.created', part)).toMatchObject({ kind: 'subagent_start', subagent: 'ses_2' })
    expect(say('session.idle', { agent_id: 'ses_2' }).kind).toBe('subagent_stop')
    expect(say('session.error', { agent_id: 'ses_2', error: 'UnknownError' }).kind).toBe('other')
  })

  test('is stopped by whoever is at it, or by an error', () => {
    expect(say('session.error', { error: 'MessageAbortedError' })).toMatchObject({
      kind: 'stop',
      summary: 'Interrupted',
    })
    expect(say('session.error', { error: 'APIError', message: 'Overloaded' })).toMatchObject({
      ...{ kind: 'stop', summary: 'Stopped by APIError: Overloaded' },
    })
  })

  test('tells its tokens with the next event', () =>
    expect(read('opencode', fixture('opencode', 'session.idle')).usage).toEqual({
      of: 'event',
      models: {
        'claude-sonnet-4-5': {
          ...{ input: 2_400, output: 84, cacheRead: 18_000, cacheWrite5m: 600, cacheWrite1h: 0, messages: 2 },
        },
      },
    }))
})

describe('a patch of Codex', () => {
  test.each([
    ['*** Add File: a.ts\n+one\n+two', 'Write', { file_path: 'a.ts', content: 'one\ntwo' }],
    ['*** Delete File: a.ts', 'Delete', { file_path: 'a.ts' }],
    [
      '*** Update File: a.ts\n@@\n same\n-old\n+new',
      'Edit',
      { file_path: 'a.ts', old_string: 'old', new_string: 'new' },
    ],
  ])('%j is %s', (patch, tool, input) =>
    expect(patchedFiles(`*** Begin Patch\n${patch}\n*** End Patch`)).toEqual({ tool, input }),
  )

  test('that failed says so itself', () =>
    expect(
      read('codex', {
        ...{ hook_event_name: 'PostToolUse', tool_name: 'apply_patch' },
        ...{ tool_input: { command: '*** Update File: a.ts\n-a\n+b' }, tool_response: 'Exit code: 1\nOutput:\nno' },
      }),
    ).toMatchObject({ kind: 'tool_failure', summary: 'Edit a.ts +1 −1: Exit code: 1', name: 'PostToolUse' }))
})

describe('settings', () => {
  const scripts = "/opt/my $(tools)/o'clock"
  const command = `exec /bin/sh '/opt/my $(tools)/o'\\''clock/hook.sh'`

  test('for Codex are TOML that trusts our hooks and no others', () => {
    const { hooks } = parse(`hooks = ${hooksFor(scripts, { '/<x>/c.toml:stop:0:0': 'sha256:12' })}`) as Hooks
    expect(hooks.Stop).toEqual([{ hooks: [{ type: 'command', command: `${command} log-event.sh`, timeout: 5 }] }])
    expect(hooks.state).toEqual({ '/<x>/c.toml:stop:0:0': { trusted_hash: 'sha256:12' } })
    expect(() => hooksFor('hooks')).toThrow('absolute')
  })
  type Hooks = { hooks: Record<string, unknown> }

  test('for Gemini CLI come after those that are there', () => {
    const theirs = { hooks: [{ type: 'command', command: 'theirs' }] }
    const settings = settingsWith({ ui: { theme: 'x' }, hooks: { AfterTool: [theirs], Other: [theirs] } }, scripts)
    expect(settings).toMatchObject({ ui: { theme: 'x' }, hooks: { Other: [theirs], AfterTool: [theirs, {}] } })
    expect(settings.hooks?.BeforeTool).toEqual([
      { hooks: [{ type: 'command', name: 'maestro', command: `${command} log-tool-use.sh`, timeout: 5_000 }] },
    ])
    expect(Object.keys(settings.hooks ?? {})).not.toContain('AfterModel')
  })

  test('for opencode come after those that are there', () =>
    expect(
      configWith(
        { plugin: ['theirs'], instructions: ['a.md'], skills: { urls: ['x'], paths: ['/a'] } },
        { plugin: '/opt/a b#c/plugin.js', instructions: '/s/context.md', skills: '/s/skills' },
      ),
    ).toEqual({
      plugin: ['theirs', 'file:///opt/a%20b%23c/plugin.js'],
      instructions: ['a.md', '/s/context.md'],
      skills: { urls: ['x'], paths: ['/a', '/s/skills'] },
    }))
})

describe('transcripts', () => {
  const told = (agent: string, readLine: (line: string) => unknown) =>
    readFileSync(new URL(`transcripts/${agent}.jsonl`, folder), 'utf8')
      .split('\n')
      .flatMap((line) => readLine(line) ?? [])

  test('of Codex name the model once, and count what was cached apart', () => {
    const [model, ...answers] = told('codex', readRollout)
    expect(model).toEqual({ model: 'gpt-6-sol' })
    expect(answers).toHaveLength(4)
    expect(answers[0]).toMatchObject({ id: 'resp_1', usage: { input: 60, cacheRead: 40, output: 10, messages: 1 } })
  })

  test('of Gemini CLI write an answer twice, under one id', () => {
    const answers = told('gemini', readChat) as { id: string }[]
    expect(answers).toHaveLength(11)
    expect(new Set(answers.map(({ id }) => id)).size).toBe(6)
    expect(answers[0]).toMatchObject({ model: 'gemini-3.8-flash', usage: { input: 60, cacheRead: 40, output: 13 } })
  })

  test.each([['{"type":"gemini","tokens"'], ['"tokens""token_usage_record""turn_context"'], ['null'], ['']])(
    '%j tells nothing',
    (line) => expect([readRollout(line), readChat(line)]).toEqual([undefined, undefined]),
  )
})

describe('the first policy', () => {
  const named = (...found: string[]) =>
    parsePolicy(
      firstProfiles((name) => (found.includes(name) ? { path: `/bin/${name}`, version: '1.2.3' } : undefined)),
      'policy',
    ).profile
  test('names the agents that are there, and Claude Code in any case', () => {
    expect(Object.keys(named())).toEqual(['claude'])
    expect(
      Object.entries(named('codex', 'gemini', 'opencode')).map(([name, { agent, exec }]) => [name, agent, exec]),
    ).toEqual([
      ['claude', 'claude-code', undefined],
      ['codex', 'codex', '/bin/codex'],
      ['gemini', 'gemini', '/bin/gemini'],
      ['opencode', 'opencode', '/bin/opencode'],
    ])
  })
})
