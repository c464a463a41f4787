import type { HookEvent } from '../../protocol/hook-event.ts'
import { readClaudeCode, type Stamp } from '../claude-code/read.ts'
import type { Known } from '../secrets.ts'
import { fieldsOf } from '../summary.ts'
import { renameTool, type ToolNames } from '../tools.ts'

type Payload = Record<string, unknown>

const tools: ToolNames = {
  run_shell_command: ['Bash'],
  read_file: ['Read', { absolute_path: 'file_path' }],
  write_file: ['Write'],
  replace: ['Edit'],
  list_directory: ['List', { dir_path: 'path' }],
  glob: ['Glob', { dir_path: 'path' }],
  grep_search: ['Grep', { dir_path: 'path', include_pattern: 'glob', include: 'glob' }],
  search_file_content: ['Grep', { dir_path: 'path', include: 'glob' }],
  web_fetch: ['WebFetch'],
  google_web_search: ['WebSearch'],
  activate_skill: ['Skill', { name: 'skill' }],
  write_todos: ['TodoWrite'],
  ask_user: ['AskUserQuestion'],
}

/** Puts what a hook of Gemini CLI said into Maestro's words, redacted. Never throws. */
export function readGemini(given: unknown, stamp: Stamp, known: Known = {}): HookEvent {
  const payload = fieldsOf(given)
  const { hook_event_name: name } = payload
  if (typeof name !== 'string' || !Object.hasOwn(events, name)) return readClaudeCode(given, stamp, known)
  const event = readClaudeCode({ ...payload, ...events[name]?.(payload) }, stamp, known)
  return { ...event, name }
}

/** What becomes of each event: the fields that differ from what Claude Code would have sent. */
const events: Record<string, (payload: Payload) => Payload> = {
  BeforeAgent: ({ prompt }) => ({ hook_event_name: 'UserPromptSubmit', prompt: asked(prompt) }),
  AfterAgent: ({ prompt_response }) => ({
    ...{ hook_event_name: 'Stop', last_assistant_message: prompt_response },
    ...{ prompt: undefined, prompt_response: undefined },
  }),
  BeforeTool: (payload) => ({ hook_event_name: 'PreToolUse', ...call(payload) }),
  AfterTool: (payload) => {
    const error = failureOf(payload.tool_response)
    return { hook_event_name: error ? 'PostToolUseFailure' : 'PostToolUse', ...(error && { error }), ...call(payload) }
  },
  Notification: permission,
}

/** What a hook told it at the start stands before the first prompt, where it runs without a terminal. */
function asked(prompt: unknown): unknown {
  if (typeof prompt !== 'string' || !prompt.startsWith('<hook_context>')) return prompt
  const end = prompt.indexOf('</hook_context>')
  return end === -1 ? prompt : prompt.slice(end + '</hook_context>'.length).trimStart()
}

function call({ tool_name, tool_input, mcp_context }: Payload): Payload {
  const { server_name, tool_name: name } = fieldsOf(mcp_context)
  const own = server_name && name ? { tool_name: `mcp__${server_name}__${name}`, tool_input } : undefined
  return {
    ...(own ?? renameTool(tools, tool_name, tool_input)),
    ...{ agent_tool: tool_name, tool_use_id: useOf(tool_name, tool_input), mcp_context: undefined },
  }
}

/** It says an error of the tool itself; of a command, how that ended, in the last lines. */
function failureOf(response: unknown): string | undefined {
  const { error, llmContent } = fieldsOf(response)
  const { message } = fieldsOf(error)
  if (error) return typeof message === 'string' && message ? message : 'It failed'
  const end = typeof llmContent === 'string' ? llmContent.slice(-500) : ''
  const [, code] =
    /\nExit Code: ([1-9]\d*)(?:\n(?:Signal|Background PIDs|Process Group PGID): [^\n]*)*\s*(?:<\/untrusted_context>)?\s*$/.exec(
      end,
    ) ?? []
  return code && `Exit code ${code}`
}

/** It gives its calls no id: the same call has the same one, before and after. */
function useOf(tool: unknown, input: unknown): string {
  let hash = 0xcbf29ce484222325n
  for (const char of JSON.stringify([tool, input])) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(char.charCodeAt(0))) * 0x100000001b3n)
  }
  return `call_${hash.toString(16).padStart(16, '0')}`
}

/** The only notification there is. Its details hold whole files, so only what names the tool is taken out of them. */
function permission({ notification_type, details }: Payload): Payload {
  if (notification_type !== 'ToolPermission') return { details: undefined }
  const { type, title, command, rootCommand, fileName, filePath, serverName, toolName, urls } = fieldsOf(details)
  const wants = {
    exec: { tool_name: 'Bash', tool_input: { command: command ?? rootCommand } },
    edit: { tool_name: 'Edit', tool_input: { file_path: filePath ?? fileName } },
    info: { tool_name: 'WebFetch', tool_input: { url: Array.isArray(urls) ? urls[0] : undefined } },
    mcp: { tool_name: `mcp__${serverName}__${toolName}`, tool_input: {} },
  }
  const known = typeof type === 'string' && Object.hasOwn(wants, type) ? wants[type as keyof typeof wants] : undefined // it has it
  const other = { tool_name: typeof title === 'string' ? title : 'Tool', tool_input: {} }
  return { hook_event_name: 'PermissionRequest', ...(known ?? other), details: undefined }
}
