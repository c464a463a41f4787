import { settingsFor } from '../hooks/claude-code/settings.ts'
import { hooksFor } from '../hooks/codex/settings.ts'
import { settingsWith } from '../hooks/gemini-cli/settings.ts'
import { configWith } from '../hooks/opencode/settings.ts'
import { type Brief, contextFor, systemFor } from './brief.ts'
import { trustFor } from './codex-trust.ts'
import { geminiDefaults, opencodeConfig } from './found-settings.ts'
import type { Profile } from './policy.ts'
import { findProgram, isProgram } from './policy-file.ts'
import { claudeHooks, hooksOf, programs } from './programs.ts'

/** What an agent is made of: all that is known when it starts. `dir` is the session's folder, `env` what the policy gives it. */
export type Wanted = {
  brief: Brief
  profile: Profile
  program: string
  cwd: string
  env: Record<string, string>
  prompt: string
  dir: string
  plugin: string
  /** The agent's own id of the conversation that it is to go on with. */
  resume?: string | undefined
}

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
  start: (wanted: Wanted) => Start | Promise<Start>
}

/** One entry per agent: how it is started so that Maestro hears it and it knows its task. */
export const agents = {
  'claude-code': {
    program: () => findProgram('claude'),
    start({ brief, profile, prompt, dir, plugin, resume }) {
      const agentSession = resume ?? crypto.randomUUID()
      return {
        agentSession,
        files: {
          'settings.json': JSON.stringify(settingsFor({ scripts: claudeHooks, mode: 'inject' }), null, 2),
          'context.json': contextFile(contextFor(brief)),
        },
        args: [
          ...['--settings', `${dir}/settings.json`, '--plugin-dir', plugin],
          ...[resume ? '--resume' : '--session-id', agentSession, '-n', plainName(brief)],
          ...['--append-system-prompt', systemFor(brief)],
          ...(profile.headless ? ['-p'] : []),
          ...profile.args,
          ...['--', prompt],
        ],
      }
    },
  },
  codex: {
    program: () => findProgram('codex'),
    async start({ brief, profile, program, cwd, env, prompt, resume }) {
      const scripts = hooksOf('codex')
      const trust = await trustFor(program, scripts, cwd, env)
      return {
        files: { 'context.json': contextFile(contextWithSystem(brief)) },
        args: [
          ...(profile.headless ? ['exec'] : []),
          ...(resume ? ['resume'] : []),
          ...['-c', `hooks=${hooksFor(scripts, trust)}`],
          ...['-c', 'allow_login_shell=false'], // its profile would take our command off the PATH
          ...profile.args,
          ...['--', ...(resume ? [resume] : []), prompt],
        ],
      }
    },
  },
  gemini: {
    program: () => findProgram('gemini'),
    start: ({ brief, profile, env, dir, prompt, resume }) => ({
      files: {
        'gemini.json': JSON.stringify(settingsWith(geminiDefaults(env), hooksOf('gemini-cli')), null, 2),
        'context.json': contextFile(contextWithSystem(brief)),
      },
      // The lowest of its levels: whatever this machine's administrator or the user says stays above it.
      env: { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: `${dir}/gemini.json` },
      args: [
        ...(resume ? ['--resume', resume] : []),
        ...profile.args,
        `--prompt${profile.headless ? '' : '-interactive'}=${prompt}`,
      ],
    }),
  },
  opencode: {
    program: () => findProgram('opencode'),
    start({ brief, profile, env, dir, plugin, prompt, resume }) {
      const goOn = resume ? ['--session', resume] : []
      const injected = {
        plugin: `${hooksOf('opencode')}/plugin.js`,
        instructions: `${dir}/context.md`,
        skills: `${plugin}/skills`,
      }
      return {
        files: { 'context.md': contextWithSystem(brief) },
        env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(configWith(opencodeConfig(env), injected)) },
        args: profile.headless
          ? ['run', ...goOn, ...profile.args, '--', ...wordsOf(prompt)]
          : [...goOn, ...profile.args, `--prompt=${prompt}`],
      }
    },
  },
  shell: {
    program: () => [process.env.SHELL, '/bin/sh'].find((path) => path?.startsWith('/') && isProgram(path)),
    // Nothing is typed into it: its task is in a file, and `maestro prime` says what it is.
    start: ({ profile, prompt }) => ({ args: profile.args, files: { 'prompt.md': prompt } }),
  },
  demo: {
    program: () => process.execPath,
    start: ({ profile, prompt }) => ({
      // A program named in the policy is not ours to give our own script to.
      args: profile.exec ? profile.args : [programs.demoAgent, ...profile.args],
      files: { 'prompt.md': prompt },
    }),
  },
} satisfies Record<Profile['agent'], Agent>

/**
 * `opencode run` puts its arguments together with spaces, and in quotes those that have some: so each word goes by itself.
 * It fails over a word that is a number, so that is one with the word before it, behind a tab.
 */
function wordsOf(prompt: string): string[] {
  const words: string[] = []
  for (const word of prompt.split(' ')) {
    const isNumber = word.trim() !== '' && !Number.isNaN(Number(word))
    if (isNumber) words.push(`${words.pop() ?? ''}\t${word}`)
    else words.push(word)
  }
  return words
}

/** What session-start.sh answers. */
const contextFile = (additionalContext: string) =>
  JSON.stringify({ hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext } })

/** For an agent whose own system prompt must stay as it is. */
const contextWithSystem = (brief: Brief) => `${systemFor(brief)}\n\n${contextFor(brief)}`

/** A name comes from the server, and must not be taken for an option. */
function plainName({ session: { id, name } }: Brief): string {
  return name.replaceAll(/^[\s-]+|\p{Cc}/gu, '') || id
}

/** The program a profile starts, or nothing when this machine has none. */
export function programOf(profile: Profile): string | undefined {
  return profile.exec ?? agents[profile.agent].program()
}
