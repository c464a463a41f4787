import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserSettings } from '../hooks/claude-code/user-settings.ts'
import type { System } from '../tests/e2e/system.ts'

/** What an agent runs after a tool call, by the shell, with the payload on standard input. */
export type HookCommand = { command: string; env: NodeJS.ProcessEnv }

/** As `maestro hooks install` wrote it into the settings of the user's Claude Code. */
export async function installedHook(system: System): Promise<HookCommand> {
  const { code, err } = await system.cli('hooks', 'install')
  if (code !== 0) throw new Error(`The hooks could not be installed: ${err}`)
  const settings = UserSettings.parse(JSON.parse(readFileSync(join(system.env.HOME!, '.claude/settings.json'), 'utf8')))
  const command = String(settings.hooks?.PostToolUse?.[0]?.hooks?.[0]?.command)
  return { command, env: { ...system.env, ...(settings.env as Record<string, string>) } } // those are texts
}

/** Runs the hook for one tool call after the other, as so many agents at once would, for so long. Answers with the number of calls. */
export async function agentsAtWork({ command, env }: HookCommand, mark: string, agents: number, seconds: number) {
  const end = performance.now() + seconds * 1_000
  let calls = 0
  const agent = async () => {
    while (performance.now() < end) await toolCall(`${mark}${calls++}`)
  }
  const toolCall = (id: string) =>
    new Promise<void>((resolve, reject) => {
      const hook = spawn('/bin/sh', ['-c', command], { env, stdio: ['pipe', 'ignore', 'pipe'] })
      let said = ''
      hook.stderr.on('data', (data) => {
        said += data
      })
      hook.on('error', reject)
      hook.on('close', (code) => (code === 0 && !said ? resolve() : reject(new Error(`The hook: ${code}, ${said}`))))
      hook.stdin.end(payloadOf(id))
    })
  await Promise.all(Array.from({ length: agents }, agent))
  return calls
}

/** About 1 KB. */
const payloadOf = (id: string) =>
  JSON.stringify({
    ...{ session_id: 'bench', hook_event_name: 'PostToolUse', tool_name: 'Bash', tool_use_id: `toolu_${id}` },
    tool_input: { command: `echo ${id} ${'checkout '.repeat(60)}` },
    tool_response: { stdout: 'x'.repeat(200), stderr: '' },
    duration_ms: 5,
  })
