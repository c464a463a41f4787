import * as z from 'zod'
import { type HookEvent, type HookKind, LONGEST_MS } from '../../protocol/hook-event.ts'
import { redactPayload } from '../redact.ts'
import { type Known, redactText } from '../secrets.ts'
import { maskTexts } from '../shape.ts'
import { fieldsOf, formatToolActivity, questionOf, relativePath } from '../summary.ts'
import { clip, oneLine } from '../text.ts'

/** What a payload does not say itself: an id, when it was (ms since 1970), and whose it is. */
export type Stamp = Pick<HookEvent, 'id' | 'at' | 'session'>

const text = z.string().optional().catch(undefined)

/** Every field may be missing or of another type in another version: then it is as if it were not there. */
const Payload = z
  .looseObject({
    session_id: text,
    cwd: text,
    hook_event_name: text,
    tool_name: text,
    tool_use_id: text,
    tool_input: z.unknown().optional(),
    tool_response: z.unknown().optional(),
    tool_calls: z.array(z.unknown()).optional().catch(undefined),
    duration_ms: z.number().min(0).max(LONGEST_MS).optional().catch(undefined),
    error: text,
    reason: text,
    source: text,
    trigger: text,
    prompt: text,
    message: text,
    notification_type: text,
    last_assistant_message: text,
    agent_id: text,
    agent_type: text,
    task_subject: text,
    teammate_name: text,
    new_cwd: text,
    file_path: text,
    command_name: text,
  })
  .catch({})
type Payload = z.infer<typeof Payload>

type Needs = NonNullable<HookEvent['needs']>
type Reading = { kind: HookKind; summary: string; needs?: Needs }
type Read = (payload: Payload) => Reading

/** Puts what a hook of Claude Code said into Maestro's words, redacted. Never throws. */
export function readClaudeCode(given: unknown, stamp: Stamp, known: Known = {}): HookEvent {
  const shaped = redactPayload(given, known)
  const payload = Payload.parse({ ...fieldsOf(given), ...textsOf(shaped) })
  payload.tool_input = maskTexts(payload.tool_input, known)
  const name = payload.hook_event_name || 'unknown'
  const { kind, summary, needs } = (events.get(name) ?? other)(payload)
  const line = (value: string, length: number) => clip(oneLine(redactText(value, known)), length)
  return {
    id: stamp.id,
    at: stamp.at,
    ...(stamp.session && { session: stamp.session }),
    agent: 'claude-code',
    ...(payload.session_id && { agentSession: line(payload.session_id, 200) }),
    ...(payload.agent_id && { subagent: line(payload.agent_id, 200) }),
    kind,
    name: line(name, 100),
    ...(payload.tool_name && { tool: line(payload.tool_name, 200) }),
    ...(payload.tool_use_id && { toolUse: line(payload.tool_use_id, 200) }),
    summary: line(summary, 200),
    ...(payload.duration_ms !== undefined && { ms: payload.duration_ms }),
    ...(needs && { needs: { kind: needs.kind, message: line(needs.message, 500) } }),
    ...(kind === 'session_end' && { end: { reason: line(payload.reason ?? 'unknown', 200) } }),
    payload: shaped,
  }
}

/** What is said in a line is made of texts without secrets: the first line of one that goes over several is half of it. */
const textsOf = (shaped: unknown) =>
  Object.fromEntries(Object.entries(fieldsOf(shaped)).filter(([, value]) => typeof value === 'string'))

const activity = ({ tool_name = 'Tool', tool_input, tool_response, cwd }: Payload) =>
  formatToolActivity(tool_name, tool_input, { ...(cwd && { cwd }), response: tool_response })

/** `Bash: touch made.txt`, as a prompt would name it. */
const asked = (payload: Payload) => {
  const { tool_name = 'Tool' } = payload
  const what = activity(payload)
  return what.startsWith(`${tool_name} `) ? `${tool_name}: ${what.slice(tool_name.length + 1)}` : what
}

const withReason = (what: string, reason: string | undefined) => (reason ? `${what}: ${oneLine(reason)}` : what)

const permission: Read = (payload) => {
  if (payload.tool_name === 'AskUserQuestion') {
    const question = questionOf(payload.tool_input) || 'The agent has a question'
    return { kind: 'permission', summary: `Asks: ${question}`, needs: { kind: 'question', message: question } }
  }
  if (payload.tool_name === 'ExitPlanMode') {
    return {
      kind: 'permission',
      summary: 'Wants its plan approved',
      needs: { kind: 'permission', message: 'Approve the plan' },
    }
  }
  return {
    kind: 'permission',
    summary: `Wants to use ${asked(payload)}`,
    needs: { kind: 'permission', message: asked(payload) },
  }
}

const waits: Record<string, Needs['kind']> = {
  permission_prompt: 'permission',
  worker_permission_prompt: 'permission',
  idle_prompt: 'idle',
  elicitation_dialog: 'question',
}

const notification: Read = ({ message = 'Notification', notification_type = '' }) => {
  const kind = Object.hasOwn(waits, notification_type) ? waits[notification_type] : undefined
  return { kind: 'notification', summary: message, ...(kind && { needs: { kind, message } }) }
}

/** Background work that ended speaks to the agent as a person would, in tags. */
const prompt: Read = ({ prompt }) => {
  if (prompt === undefined) return { kind: 'prompt', summary: 'A prompt' }
  const [, machine] = /^\s*<task-notification>.*?<summary>(.*?)<\/summary>/s.exec(prompt.slice(0, 8_192)) ?? []
  return { kind: 'prompt', summary: machine ?? (oneLine(prompt) || 'Empty prompt') }
}

const starts: Record<string, string> = {
  resume: 'Session resumed',
  clear: 'Session cleared',
  compact: 'Session goes on, compacted',
}
const ends: Record<string, string> = {
  prompt_input_exit: 'exit',
  clear: 'cleared',
  resume: 'another conversation was resumed',
  logout: 'signed out',
  other: 'process ended',
}
const errors: Record<string, string> = {
  rate_limit: 'a rate limit',
  authentication_failed: 'a failed authentication',
  server_error: 'an error of the server',
  unknown: 'an error',
}
const own = (words: Record<string, string>, word = '') => (Object.hasOwn(words, word) ? words[word] : undefined)

const plainly =
  (kind: HookKind, words: (payload: Payload) => string): Read =>
  (payload) => ({ kind, summary: words(payload) })

/** What is said of an event that needs no more than its name. */
const note = (words: (payload: Payload) => string) => plainly('other', words)

const batchOf = (calls: number) => `Its ${calls === 1 ? 'tool call has' : `${calls || ''} tool calls have`} ended`

const other = note(({ hook_event_name, tool_name, message }) =>
  [hook_event_name || 'Unknown event', tool_name ?? message].filter(Boolean).join(': '),
)

const events = new Map<string, Read>([
  ['SessionStart', plainly('session_start', ({ source }) => own(starts, source) ?? 'Session started')],
  ['SessionEnd', plainly('session_end', ({ reason }) => withReason('Session ended', own(ends, reason) ?? reason))],
  ['UserPromptSubmit', prompt],
  ['PreToolUse', plainly('tool_start', activity)],
  ['PostToolUse', plainly('tool_use', activity)],
  ['PostToolUseFailure', plainly('tool_failure', (payload) => withReason(activity(payload), payload.error))],
  ['PermissionRequest', permission],
  ['PermissionDenied', plainly('tool_failure', (payload) => withReason(`${activity(payload)} denied`, payload.reason))],
  ['Notification', notification],
  [
    'Elicitation',
    ({ message = 'A tool asks for input' }) => ({
      kind: 'notification',
      summary: message,
      needs: { kind: 'question', message },
    }),
  ],
  [
    'Stop',
    plainly('stop', ({ last_assistant_message }) => oneLine(last_assistant_message ?? '') || 'Finished its turn'),
  ],
  [
    'StopFailure',
    plainly('stop', ({ error, last_assistant_message }) =>
      withReason(`Stopped by ${own(errors, error) ?? error ?? 'an error'}`, last_assistant_message),
    ),
  ],
  ['SubagentStart', plainly('subagent_start', ({ agent_type }) => `Subagent ${agent_type || ''} started`)],
  ['SubagentStop', subagentStop],
  ['PreCompact', plainly('compact', ({ trigger }) => `Compacting the conversation${trigger ? ` (${trigger})` : ''}`)],
  ['PostCompact', plainly('compact', () => 'Compacted the conversation')],
  ['PostToolBatch', note(({ tool_calls = [] }) => batchOf(tool_calls.length))],
  ['UserPromptExpansion', note(({ command_name, prompt }) => withReason('Prompt expanded', command_name ?? prompt))],
  ['Setup', note(() => 'Set up')],
  ['TeammateIdle', note(({ teammate_name }) => `Teammate ${teammate_name ?? ''} is idle`)],
  ['TaskCreated', note(({ task_subject }) => withReason('Planned', task_subject))],
  ['TaskCompleted', note(({ task_subject }) => withReason('Done', task_subject))],
  ['ElicitationResult', note(() => 'The question was answered')],
  ['ConfigChange', note(({ source }) => withReason('Configuration changed', source))],
  ['WorktreeCreate', note(() => 'Worktree made')],
  ['WorktreeRemove', note(() => 'Worktree removed')],
  [
    'InstructionsLoaded',
    note(({ file_path, cwd }) => withReason('Instructions loaded', file_path && relativePath(file_path, cwd))),
  ],
  ['CwdChanged', note(({ new_cwd }) => `Works in ${new_cwd ?? 'another folder'}`)],
  ['FileChanged', note(({ file_path, cwd }) => withReason('File changed', file_path && relativePath(file_path, cwd)))],
  ['MessageDisplay', note(() => 'Message shown')],
])

/** Compaction ends like a subagent that never started and has no type. */
function subagentStop({ agent_type, last_assistant_message }: Payload): Reading {
  if (agent_type === '') return { kind: 'compact', summary: 'Summarised the conversation' }
  return { kind: 'subagent_stop', summary: withReason(`Subagent ${agent_type ?? ''} finished`, last_assistant_message) }
}
