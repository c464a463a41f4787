import type { HookEvent } from '../../protocol/hook-event.ts'
import { HookUsage } from '../../protocol/usage.ts'
import { readClaudeCode, type Stamp } from '../claude-code/read.ts'
import { patchedFiles } from '../patch.ts'
import type { Known } from '../secrets.ts'
import { fieldsOf } from '../summary.ts'
import { renameTool, type ToolNames } from '../tools.ts'

type Payload = Record<string, unknown>

const path = { filePath: 'file_path' }
const tools: ToolNames = {
  bash: ['Bash'],
  read: ['Read', path],
  write: ['Write', path],
  edit: ['Edit', { ...path, oldString: 'old_string', newString: 'new_string', replaceAll: 'replace_all' }],
  list: ['List'],
  glob: ['Glob'],
  grep: ['Grep', { include: 'glob' }],
  webfetch: ['WebFetch'],
  websearch: ['WebSearch'],
  task: ['Agent'],
  skill: ['Skill', { name: 'skill' }],
  question: ['AskUserQuestion'],
  todowrite: ['TodoWrite'],
}

/** Puts what plugin.js heard of opencode into Maestro's words, redacted. Never throws. */
export function readOpencode(given: unknown, stamp: Stamp, known: Known = {}): HookEvent {
  const payload = fieldsOf(given)
  const { hook_event_name: name } = payload
  if (typeof name !== 'string' || !Object.hasOwn(events, name)) return readClaudeCode(given, stamp, known)
  const { usage: told, ...said } = payload
  const event = readClaudeCode({ ...said, ...events[name]?.(payload) }, stamp, known)
  const usage = HookUsage.safeParse(told).data
  const summary = name === 'permission.replied' ? replied(payload.reply) : event.summary
  return { ...event, name, summary, ...(usage && { usage }) }
}

/** What becomes of each event: the fields that differ from what Claude Code would have sent. */
const events: Record<string, (payload: Payload) => Payload> = {
  'session.created': ({ agent_id }) => ({ hook_event_name: agent_id ? 'SubagentStart' : 'SessionStart' }),
  'session.idle': ({ agent_id }) => ({ hook_event_name: agent_id ? 'SubagentStop' : 'Stop' }),
  'session.error': stopped,
  'session.compacted': () => ({ hook_event_name: 'PostCompact' }),
  'chat.message': () => ({ hook_event_name: 'UserPromptSubmit' }),
  'tool.execute.before': (payload) => ({ hook_event_name: 'PreToolUse', ...call(payload) }),
  'tool.execute.after': (payload) => {
    const { exit } = fieldsOf(payload.tool_response)
    const failed = typeof exit === 'number' && exit !== 0
    const error = failed ? { hook_event_name: 'PostToolUseFailure', error: `Exit code ${exit}` } : {}
    return { hook_event_name: 'PostToolUse', ...error, ...call(payload) }
  },
  'tool.error': (payload) => ({ hook_event_name: 'PostToolUseFailure', ...call(payload) }),
  'permission.asked': asked,
  'permission.replied': () => ({}),
  'question.asked': ({ questions }) => ({
    ...{ hook_event_name: 'PermissionRequest', tool_name: 'AskUserQuestion' },
    ...{ tool_input: { questions }, questions: undefined },
  }),
  'question.replied': () => ({ hook_event_name: 'ElicitationResult' }),
  'question.rejected': () => ({ hook_event_name: 'ElicitationResult' }),
  dispose: () => ({ hook_event_name: 'SessionEnd', reason: 'process ended' }),
}

const replied = (reply: unknown) => `Permission ${reply === 'reject' ? 'refused' : 'given'}`

function call({ tool_name, tool_input }: Payload): Payload {
  const { patchText } = fieldsOf(tool_input)
  const edit = typeof patchText === 'string' ? patchedFiles(patchText) : undefined
  const renamed = edit && { tool_name: edit.tool, tool_input: edit.input }
  return { ...(renamed ?? renameTool(tools, tool_name, tool_input)), agent_tool: tool_name }
}

/** The patterns say what it wants to do: the command, the path, the address. */
function asked({ permission, patterns }: Payload): Payload {
  const [first] = Array.isArray(patterns) ? patterns : []
  const what = typeof first === 'string' && first !== '*' ? first : ''
  const wants: Record<string, Payload> = {
    bash: { tool_name: 'Bash', tool_input: { command: what } },
    edit: { tool_name: 'Edit', tool_input: { file_path: what } },
    read: { tool_name: 'Read', tool_input: { file_path: what } },
    webfetch: { tool_name: 'WebFetch', tool_input: { url: what } },
  }
  const name = typeof permission === 'string' ? permission : 'tool'
  const other = { tool_name: name, tool_input: { description: what } }
  return { hook_event_name: 'PermissionRequest', ...(Object.hasOwn(wants, name) ? wants[name] : other) }
}

/** Whoever stopped it knows that; anything else is said. A subagent's is its parent's to deal with. */
function stopped({ error, message, agent_id }: Payload): Payload {
  if (agent_id) return { message }
  if (error === 'MessageAbortedError') return { hook_event_name: 'Stop', last_assistant_message: 'Interrupted' }
  return { hook_event_name: 'StopFailure', last_assistant_message: message }
}
