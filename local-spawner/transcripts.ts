import { join } from 'node:path'
import { readAnswered, turnEnds } from '../hooks/claude-code/transcript.ts'
import { readRollout } from '../hooks/codex/transcript.ts'
import { readChat } from '../hooks/gemini-cli/transcript.ts'
import type { Told } from '../hooks/transcript.ts'

type Environment = Readonly<Record<string, string | undefined>>

export type Transcripts = {
  /** What a line tells; nothing for most lines. */
  read: (line: string) => Told | undefined
  /** After these, what a turn has cost is in the transcript. */
  turnEnds: ReadonlySet<string>
  /** Where the agent keeps what is its own: a transcript is nowhere else. */
  folders: (environment: Environment) => string[]
}

const below = (home: string | undefined, name: string) => (home ? [join(home, name)] : [])

/** The agents that write down what their models cost. Others say it in their hooks, or not at all. */
const transcripts: Record<string, Transcripts> = {
  'claude-code': {
    read: readAnswered,
    turnEnds,
    folders: ({ CLAUDE_CONFIG_DIR: own, HOME }) => [...(own ? [own] : []), ...below(HOME, '.claude')],
  },
  codex: {
    read: readRollout,
    turnEnds: new Set(['Stop', 'Interrupt', 'SubagentStop', 'SessionEnd']),
    folders: ({ CODEX_HOME: own, HOME }) => (own ? [own] : below(HOME, '.codex')),
  },
  gemini: {
    read: readChat,
    turnEnds: new Set(['AfterAgent', 'SessionEnd']),
    folders: ({ GEMINI_CLI_HOME: own, HOME }) => below(own || HOME, '.gemini'),
  },
}

export const transcriptsOf = (agent: string): Transcripts | undefined =>
  Object.hasOwn(transcripts, agent) ? transcripts[agent] : undefined
