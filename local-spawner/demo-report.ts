import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type HookedEvent, settingsFor } from '../hooks/claude-code/settings.ts'

const HOOK_MS = 10_000

export type Fields = Record<string, unknown>
export type Report = (event: HookedEvent, fields?: Fields) => Promise<void>

/** Tells of events as Claude Code does: the same commands, the same payloads on stdin. */
export function reporter(scripts: string, cwd: string): Report {
  const { hooks } = settingsFor({ scripts, mode: 'inject' })
  const common = { session_id: crypto.randomUUID(), cwd, permission_mode: 'default' }
  return async (event, fields) => {
    const command = hooks[event][0]?.hooks[0]?.command ?? 'exit 0'
    const child = spawn('/bin/sh', ['-c', command], { cwd, stdio: ['pipe', 'ignore', 'ignore'], timeout: HOOK_MS })
    child.stdin.on('error', () => {}) // outside a session a hook ends before it has read anything
    child.stdin.end(`${JSON.stringify({ ...common, hook_event_name: event, ...fields })}\n`)
    await once(child, 'close')
  }
}

/** `refused` by a person: then the agent says nothing at all. */
export type ToolEnd = { response: unknown } | { error: string } | 'refused'

/** Reports one use of a tool from its start to its end, however it ends. */
export async function reportTool(
  report: Report,
  tool: string,
  input: Fields,
  use: () => Promise<ToolEnd>,
  more: Fields = {},
): Promise<ToolEnd> {
  const call = {
    tool_name: tool,
    tool_input: input,
    tool_use_id: `toolu_demo${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`,
    ...more,
  }
  await report('PreToolUse', call)
  const started = performance.now()
  const end = await use()
  const duration_ms = Math.round(performance.now() - started)
  if (end === 'refused') return end
  if ('error' in end)
    await report('PostToolUseFailure', { ...call, error: end.error, is_interrupt: false, duration_ms })
  else await report('PostToolUse', { ...call, tool_response: end.response, duration_ms })
  return end
}
