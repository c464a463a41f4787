import type { Outcome, Priority, Session, TaskStatus } from '../../protocol/model.ts'
import { outcomeWords, type Tone } from '../../protocol/told.ts'

export type SessionLook = 'waiting' | 'running' | 'starting' | 'idle' | 'unreachable' | Outcome

/** What a session's card says: its status, or how it ended. */
export function lookOf(session: Session, unreachable?: number): SessionLook {
  if (session.status === 'ended') return session.outcome ?? 'completed'
  if (unreachable !== undefined) return 'unreachable'
  return session.status === 'spawning' ? 'starting' : session.status
}

export const sessionWords: Record<SessionLook, { word: string; tone: Tone }> = {
  waiting: { word: 'Blocked', tone: 'amber' },
  running: { word: 'Working', tone: 'blue' },
  starting: { word: 'Starting', tone: 'blue' },
  idle: { word: 'Idle', tone: 'grey' },
  unreachable: { word: 'Unreachable', tone: 'red' },
  ...outcomeWords,
}

export type TaskLook = TaskStatus | 'ready'

export const taskWords: Record<TaskLook, { word: string; tone: Tone }> = {
  todo: { word: 'To do', tone: 'grey' },
  ready: { word: 'Ready', tone: 'grey' },
  in_progress: { word: 'In progress', tone: 'blue' },
  blocked: { word: 'Blocked', tone: 'amber' },
  in_review: { word: 'In review', tone: 'amber' },
  done: { word: 'Done', tone: 'green' },
  cancelled: { word: 'Cancelled', tone: 'grey' },
}

export const priorities: readonly Priority[] = ['urgent', 'high', 'medium', 'low']
export const priorityWords: Record<Priority, string> = { urgent: 'Urgent', high: 'High', medium: 'Medium', low: 'Low' }

const agents: Record<string, string> = {
  'claude-code': 'Claude Code',
  claude: 'Claude Code',
  codex: 'Codex',
  gemini: 'Gemini CLI',
  opencode: 'opencode',
  demo: 'Demo agent',
}
export const agentName = (agent: string) => agents[agent] ?? agent
