// Which script of hooks/claude-code hears which event of Codex.
const scriptOf = {
  SessionStart: 'session-start.sh',
  SessionEnd: 'session-end.sh',
  UserPromptSubmit: 'log-event.sh',
  PreToolUse: 'log-tool-use.sh',
  PostToolUse: 'log-tool-use.sh',
  PermissionRequest: 'notify-permission.sh',
  Stop: 'log-event.sh',
  Interrupt: 'log-event.sh',
  SubagentStart: 'log-event.sh',
  SubagentStop: 'log-event.sh',
  PreCompact: 'log-event.sh',
  PostCompact: 'log-event.sh',
} as const
type HookedEvent = keyof typeof scriptOf

/** Seconds. Codex gives these two no more than three, and says so on the screen when they ask for more. */
const timeouts: Partial<Record<HookedEvent, number>> = { SessionEnd: 3, Interrupt: 3 }

/** What Codex knows a hook by, and the hash of what it does: with these it runs, and only as long as it stays the same. */
export type Trust = Record<string, string>

/**
 * The value of Codex's setting `hooks`, as TOML for `-c`: for one process, beside the user's own hooks, which stay as
 * they are. `scripts` is the absolute folder of hook.sh.
 */
export function hooksFor(scripts: string, trust: Trust = {}): string {
  if (!scripts.startsWith('/')) throw new Error(`The folder of the hooks must be an absolute path, not ${scripts}`)
  const hooks = Object.entries(scriptOf).map(([event, script]) => {
    const timeout = timeouts[event as HookedEvent] ?? 5 // its keys are these and no others
    return `${event}=[{hooks=[{type="command",command=${quoted(commandFor(scripts, script))},timeout=${timeout}}]}]`
  })
  const trusted = Object.entries(trust).map(([key, hash]) => `${quoted(key)}={trusted_hash=${quoted(hash)}}`)
  return `{${[...hooks, ...(trusted.length > 0 ? [`state={${trusted.join()}}`] : [])].join()}}`
}

/** Codex gives it to the user's own shell, whichever that is: one plain command with quoted words is the same in all. */
const commandFor = (scripts: string, script: string) => `exec /bin/sh ${word(`${scripts}/hook.sh`)} ${script}`
const word = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** A string of JSON is one of TOML, but for one character. */
const quoted = (text: string) => JSON.stringify(text).replaceAll('\x7f', '\\u007f')
