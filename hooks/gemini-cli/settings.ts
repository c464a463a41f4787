// Which script of hooks/claude-code hears which event of Gemini CLI. Not here: PreCompress, which comes before every
// request, compressing or not; BeforeModel, AfterModel and BeforeToolSelection, which come with the whole conversation,
// AfterModel once per piece of an answer, and each of them is waited for.
const scriptOf = {
  SessionStart: 'session-start.sh',
  SessionEnd: 'session-end.sh',
  BeforeAgent: 'log-event.sh',
  AfterAgent: 'log-event.sh',
  BeforeTool: 'log-tool-use.sh',
  AfterTool: 'log-tool-use.sh',
  Notification: 'notify-permission.sh',
} as const

type Settings = { hooks?: Record<string, unknown>; [name: string]: unknown }

/**
 * Gemini CLI's settings that make it report to Maestro, added to those that are there already (`before`). Its settings
 * of all levels are merged, hooks one after the other, so the user's own hooks run too. `scripts`: an absolute folder.
 */
export function settingsWith(before: Settings, scripts: string): Settings {
  if (!scripts.startsWith('/')) throw new Error(`The folder of the hooks must be an absolute path, not ${scripts}`)
  const hooks: Record<string, unknown> = { ...before.hooks }
  for (const [event, script] of Object.entries(scriptOf)) {
    const command = `exec /bin/sh ${word(`${scripts}/hook.sh`)} ${script}`
    const ours = { hooks: [{ type: 'command', name: 'maestro', command, timeout: 5_000 }] } // ms
    const theirs = hooks[event]
    hooks[event] = [...(Array.isArray(theirs) ? theirs : []), ours]
  }
  return { ...before, hooks }
}

const word = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
