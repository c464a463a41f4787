// Which script hears which event. Not here: WorktreeCreate, which replaces the agent's own making of worktrees, and
// MessageDisplay, which comes once per line of text.
const scriptOf = {
  SessionStart: 'session-start.sh',
  SessionEnd: 'session-end.sh',
  UserPromptSubmit: 'log-event.sh',
  PreToolUse: 'log-tool-use.sh',
  PostToolUse: 'log-tool-use.sh',
  PostToolUseFailure: 'log-tool-use.sh',
  PermissionRequest: 'notify-permission.sh',
  PermissionDenied: 'log-event.sh',
  Notification: 'notify-permission.sh',
  Elicitation: 'notify-permission.sh',
  ElicitationResult: 'log-event.sh',
  Stop: 'log-event.sh',
  StopFailure: 'log-event.sh',
  SubagentStart: 'log-event.sh',
  SubagentStop: 'log-event.sh',
  PreCompact: 'log-event.sh',
  PostCompact: 'log-event.sh',
  TaskCreated: 'log-event.sh',
  TaskCompleted: 'log-event.sh',
  CwdChanged: 'log-event.sh',
} as const

export type HookedEvent = keyof typeof scriptOf
export type HookScript = (typeof scriptOf)[HookedEvent]

/** The events that Maestro hears of Claude Code. */
export const hookedEvents = Object.keys(scriptOf) as HookedEvent[] // its keys are these and no others

type Matcher = { hooks: { type: 'command'; command: string; timeout: number }[] }
export type ClaudeSettings = {
  hooks: Record<HookedEvent, Matcher[]>
  disableAllHooks?: false
  env?: Record<string, string>
}

export type SettingsOptions = {
  /** The absolute path of the folder with the scripts. */
  scripts: string
  /** `inject`: for one process, by `--settings`. `install`: for all that the user starts, in the user's own settings. */
  mode: 'inject' | 'install'
  /** For `inject`: what the agent and all it starts find in their environment. */
  env?: Record<string, string>
}

/** The part of Claude Code's settings that makes it report to Maestro. */
export function settingsFor({ scripts, mode, env }: SettingsOptions): ClaudeSettings {
  if (!scripts.startsWith('/')) throw new Error(`The folder of the hooks must be an absolute path, not ${scripts}`)
  const hooks = Object.fromEntries(
    hookedEvents.map((event) => [event, [matcher(event, scripts)]]),
  ) as ClaudeSettings['hooks'] // one per event
  if (mode === 'install') return { hooks }
  return { disableAllHooks: false, ...(env && { env }), hooks } // false: a project that disables hooks would silence ours too
}

/** Seconds. SessionEnd's default is 1.5 for all hooks together, so it says its own. */
const timeouts: Partial<Record<HookedEvent, number>> = { SessionEnd: 10 }

const matcher = (event: HookedEvent, scripts: string): Matcher => ({
  hooks: [{ type: 'command', command: commandFor(scripts, scriptOf[event]), timeout: timeouts[event] ?? 5 }],
})

/**
 * The shell that the agent starts reads the script itself: starting another one would be a third of a hook's whole time.
 * A script that is gone (Maestro was removed) is passed over in silence.
 */
export const commandFor = (scripts: string, script: HookScript): string =>
  `maestro_hooks=${quote(scripts)}; [ -r "$maestro_hooks/${script}" ] && . "$maestro_hooks/${script}"; exit 0`

/** One word for a POSIX shell, whatever is in it. */
const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/** How to tell our hooks from the user's own in a settings file. */
export const isOurs = (command: unknown): boolean => typeof command === 'string' && command.startsWith('maestro_hooks=')
