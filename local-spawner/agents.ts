import { settingsFor } from '../hooks/claude-code/settings.ts'
import { type Brief, contextFor, systemFor } from './brief.ts'
import type { Profile } from './policy.ts'
import { findProgram } from './policy-file.ts'
import { claudeHooks, programs } from './programs.ts'

/** What an agent is made of: all that is known when it starts. `dir` is the session's folder. */
export type Wanted = { brief: Brief; profile: Profile; prompt: string; dir: string; plugin: string }

export type Start = {
  args: string[]
  env?: Record<string, string>
  /** Files to write into the session's folder first, by name. */
  files?: Record<string, string>
  /** The agent's own id for this session, where it can be chosen. */
  agentSession?: string
}

type Agent = {
  /** The program when the policy names none; nothing when there is none on this machine. */
  program: () => string | undefined
  start: (wanted: Wanted) => Start
}

/** One entry per agent: how it is started so that Maestro hears it and it knows its task. */
export const agents: Record<Profile['agent'], Agent> = {
  'claude-code': {
    program: () => findProgram('claude'),
    start({ brief, profile, prompt, dir, plugin }) {
      const agentSession = crypto.randomUUID()
      const additionalContext = contextFor(brief)
      const context = { hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext } }
      return {
        agentSession,
        files: {
          'settings.json': JSON.stringify(settingsFor({ scripts: claudeHooks, mode: 'inject' }), null, 2),
          'context.json': JSON.stringify(context),
        },
        args: [
          ...['--settings', `${dir}/settings.json`, '--plugin-dir', plugin],
          ...['--session-id', agentSession, '-n', plainName(brief)],
          ...['--append-system-prompt', systemFor(brief)],
          ...(profile.headless ? ['-p'] : []),
          ...profile.args,
          ...['--', prompt],
        ],
      }
    },
  },
  demo: {
    program: () => process.execPath,
    start: ({ profile, prompt }) => ({
      // A program named in the policy is not ours to give our own script to.
      args: profile.exec ? profile.args : [programs.demoAgent, ...profile.args],
      files: { 'prompt.md': prompt },
    }),
  },
}

/** A name comes from the server, and must not be taken for an option. */
function plainName({ session: { id, name } }: Brief): string {
  return name.replaceAll(/^[\s-]+|\p{Cc}/gu, '') || id
}

/** The program a profile starts, or nothing when this machine has none. */
export function programOf(profile: Profile): string | undefined {
  return profile.exec ?? agents[profile.agent].program()
}
