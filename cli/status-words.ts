import type { Session, Spawner, Task } from '../protocol/model.ts'
import type { Look } from './look.ts'

type Color = 'yellow' | 'blue' | 'green' | 'red' | 'gray' | 'reset'
type Word = readonly [symbol: string, word: string, color: Color]

/** The words of the web UI. A colour means a status and nothing else: amber needs you, blue works, green is done, red failed, grey rests. */
const taskWords: Record<Task['status'], Word> = {
  todo: ['○', 'to do', 'reset'],
  in_progress: ['●', 'in progress', 'blue'],
  blocked: ['▲', 'blocked', 'yellow'],
  in_review: ['◆', 'in review', 'yellow'],
  done: ['✓', 'done', 'green'],
  cancelled: ['–', 'cancelled', 'gray'],
}

const sessionWords: Record<Exclude<Session['status'], 'ended'>, Word> = {
  spawning: ['◌', 'starting', 'blue'],
  running: ['●', 'working', 'blue'],
  idle: ['○', 'idle', 'gray'],
  waiting: ['▲', 'blocked', 'yellow'],
}

const outcomeWords: Record<NonNullable<Session['outcome']>, Word> = {
  completed: ['✓', 'completed', 'green'],
  failed: ['✗', 'failed', 'red'],
  stopped: ['■', 'stopped', 'gray'],
  lost: ['✗', 'lost', 'red'],
}

const draw = ([symbol, word, color]: Word, { paint }: Look, short = false) =>
  paint[color](short ? symbol : `${symbol} ${word}`)

/** A task's symbol and word; its symbol alone where there is no room for more. */
export function taskStatus({ status }: Pick<Task, 'status'>, look: Look, short = false): string {
  return draw(taskWords[status], look, short)
}

export const taskWord = ({ status }: Pick<Task, 'status'>) => taskWords[status][1]

/** The same for a session. */
export function sessionStatus(
  { status, outcome }: Pick<Session, 'status' | 'outcome'>,
  look: Look,
  short = false,
): string {
  return draw(status === 'ended' ? outcomeWords[outcome ?? 'lost'] : sessionWords[status], look, short)
}

type Standing = Pick<Spawner, 'status' | 'connected' | 'draining' | 'revoked'>

export function spawnerStatus(machine: Standing, look: Look): string {
  return draw(spawnerWord(machine), look)
}

function spawnerWord({ status, connected, draining, revoked }: Standing): Word {
  if (revoked) return ['✗', 'revoked', 'red']
  if (!connected) return ['○', 'never connected', 'gray']
  if (status === 'offline') return ['○', draining ? 'offline, draining' : 'offline', 'gray']
  return draining ? ['◌', 'draining', 'yellow'] : ['●', 'online', 'green']
}
