import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const command = `npm test -- ${'checkout '.repeat(60)}`

/**
 * Events of about 1 KB, as the hook scripts write them, each published by calling what stands for it. They are written
 * beforehand, beside the spool: a file system may take a millisecond to find a place for a new file where many were
 * deleted lately, which is more than all of Maestro does with it. `marks` are in their summaries.
 */
export function prepareFiles(spool: string, marks: string[]): (() => void)[] {
  const folder = join(spool, 'prepared')
  mkdirSync(folder, { recursive: true })
  return marks.map((mark) => {
    const name = `-.claude-code.${randomUUID()}.json`
    const tool = { tool_name: 'Bash', tool_use_id: `toolu_${mark}`, tool_input: { command: `echo ${mark} ${command}` } }
    const said = { session_id: 'bench', hook_event_name: 'PostToolUse', duration_ms: 5, padding: 'x'.repeat(200) }
    writeFileSync(join(folder, name), JSON.stringify({ ...said, ...tool }), { mode: 0o600 })
    return () => {
      const now = Date.now() / 1_000
      utimesSync(join(folder, name), now, now)
      renameSync(join(folder, name), join(spool, 'new', name))
    }
  })
}
