import type { HookEvent } from '../../protocol/hook-event.ts'
import { readClaudeCode, type Stamp } from '../claude-code/read.ts'
import { patchedFiles } from '../patch.ts'
import type { Known } from '../secrets.ts'
import { fieldsOf } from '../summary.ts'

/** Puts what a hook of Codex said into Maestro's words, redacted. Its payloads are Claude Code's but for a few. Never throws. */
export function readCodex(given: unknown, stamp: Stamp, known: Known = {}): HookEvent {
  const payload = fieldsOf(given)
  const name = typeof payload.hook_event_name === 'string' ? payload.hook_event_name : ''
  const event = readClaudeCode(typeof given === 'object' && given !== null ? translated(payload) : given, stamp, known)
  return name && name !== event.name ? { ...event, name: name.slice(0, 100) } : event
}

function translated(payload: Record<string, unknown>): Record<string, unknown> {
  const { hook_event_name: name, tool_name, tool_input, tool_response } = payload
  if (name === 'Interrupt') return { ...payload, hook_event_name: 'Stop', last_assistant_message: 'Interrupted' }
  if (tool_name !== 'apply_patch') return payload
  const patch = fieldsOf(tool_input).command
  const edit = typeof patch === 'string' ? patchedFiles(patch) : undefined
  const failed = name === 'PostToolUse' ? failureIn(tool_response) : undefined
  return {
    ...payload,
    ...(edit && { agent_tool: tool_name, tool_name: edit.tool, tool_input: edit.input }),
    ...(failed && { hook_event_name: 'PostToolUseFailure', error: failed }),
  }
}

/** Of a patch Codex says how it went, in the first line. Of a command it says only what that printed. */
function failureIn(response: unknown): string | undefined {
  return typeof response === 'string' ? /^Exit code: [1-9]\d*(?=\n)/.exec(response)?.[0] : undefined
}
