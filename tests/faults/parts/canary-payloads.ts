type Slot = (text: string) => { hook_event_name: string } & Record<string, unknown>
const tool =
  (name: string, input: (text: string) => object, event = 'PreToolUse'): Slot =>
  (text) => ({ hook_event_name: event, tool_name: name, tool_input: input(text) })
const answered =
  (name: string, response: (text: string) => unknown): Slot =>
  (text) => ({ hook_event_name: 'PostToolUse', tool_name: name, tool_input: {}, tool_response: response(text) })
const said =
  (event: string, field: string): Slot =>
  (text) => ({ hook_event_name: event, [field]: text })
/** So that the secret lies across the place where a text is cut. */
const cutAt = (length: number, text: string) =>
  `${'word '.repeat(length / 5).slice(0, length - Math.floor(text.length / 2) - 1)} ${text}`

/** Where in a payload a secret may stand. */
export const positions: Record<string, Slot> = {
  prompt: said('UserPromptSubmit', 'prompt'),
  'prompt, cut': (text) => ({ hook_event_name: 'UserPromptSubmit', prompt: cutAt(2_048, text) }),
  'prompt, cut far': (text) => ({ hook_event_name: 'UserPromptSubmit', prompt: cutAt(65_536, text) }),
  command: tool('Bash', (text) => ({ command: `run ${text}` })),
  'command, cut': tool('Bash', (text) => ({ command: cutAt(2_048, text) })),
  'command, in a line': tool('Bash', (text) => ({ command: cutAt(200, text) })),
  'here-document': tool('Bash', (text) => ({ command: `cat > a.txt <<'EOF'\n${text}\nEOF` })),
  description: tool('Bash', (text) => ({ command: 'true', description: text })),
  'path read': tool('Read', (text) => ({ file_path: `/srv/${text}/a.txt` })),
  'text written': tool('Write', (text) => ({ file_path: '/srv/a.txt', content: text }), 'PostToolUse'),
  'text edited': tool('Edit', (text) => ({ file_path: '/srv/a.txt', old_string: text, new_string: `${text}\n` })),
  pattern: tool('Grep', (text) => ({ pattern: text, path: `/srv/${text}` })),
  'files looked for': tool('Glob', (text) => ({ pattern: text })),
  'page fetched': tool('WebFetch', (text) => ({ url: `https://example.com/x?q=${text}`, prompt: text })),
  'words searched': tool('WebSearch', (text) => ({ query: text })),
  subagent: tool('Task', (text) => ({ description: text, prompt: text, subagent_type: text })),
  'tool of a server': tool('mcp__vault__read', (text) => ({ path: text, deep: { [text]: [text] } })),
  'name of a field': tool('mcp__vault__read', (text) => ({ [text]: 1 })),
  'unknown tool': tool('Teleport', (text) => ({ command: text, name: text, other: text, nested: { a: [text] } })),
  question: tool(
    'AskUserQuestion',
    (text) => ({ questions: [{ question: text, options: [text] }] }),
    'PermissionRequest',
  ),
  permission: tool('Bash', (text) => ({ command: text }), 'PermissionRequest'),
  'what came out': answered('Bash', (text) => ({ stdout: text, stderr: text, interrupted: false })),
  'what was read': answered('Read', (text) => ({ type: 'text', file: { filePath: '/a', content: text } })),
  'answer of a server': answered('mcp__vault__read', (text) => [{ type: 'text', text }]),
  error: (text) => ({
    ...said('PostToolUseFailure', 'error')(text),
    tool_name: 'Bash',
    tool_input: { command: 'false' },
  }),
  notification: (text) => ({ ...said('Notification', 'message')(text), notification_type: 'permission_prompt' }),
  'last word': said('Stop', 'last_assistant_message'),
  'name of a session': said('SessionStart', 'session_title'),
  'name of an agent': said('SubagentStart', 'agent_type'),
  reason: said('SessionEnd', 'reason'),
  folder: said('CwdChanged', 'new_cwd'),
  transcript: said('Stop', 'transcript_path'),
  plan: said('TaskCreated', 'task_subject'),
  'deep within': (text) => ({ hook_event_name: 'Later', a: { b: [{ [text]: text }] } }),
}
