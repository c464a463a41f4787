import { randomUUID } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const command = `npm test -- ${'checkout '.repeat(60)}`

/** Leaves an event in the spool as the hook scripts do: about 1 KB, whole or not at all. `mark` is in its summary. */
export function leaveFile(spool: string, mark: string): void {
  const name = `-.claude-code.${randomUUID()}.json`
  const tool = { tool_name: 'Bash', tool_use_id: `toolu_${mark}`, tool_input: { command: `echo ${mark} ${command}` } }
  const said = { session_id: 'bench', hook_event_name: 'PostToolUse', duration_ms: 5, padding: 'x'.repeat(200) }
  writeFileSync(join(spool, 'tmp', name), JSON.stringify({ ...said, ...tool }), { mode: 0o600 })
  renameSync(join(spool, 'tmp', name), join(spool, 'new', name))
}
