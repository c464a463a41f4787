import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '../../../protocol/project.ts'

/** Something that somebody was told is kept. `source` said one thing after another; `key` is how to find it in the log. */
export type Accepted = { source: string; key: string }

/** What an agent of these tests writes down, a line each. */
export type Note =
  | { accepted: Accepted }
  /** A command was refused. */
  | { refused: string; command: string; message: string }
  /** It saw that it is not wanted any more. */
  | { dismissed: true }

const NAME = 'ledger'

export function noteDown(dir: string, note: Note): void {
  appendFileSync(join(dir, NAME), `${JSON.stringify(note)}\n`)
}

/** What all agents of a home wrote down, by session. */
export function ledgersIn(sessions: string): Map<string, Note[]> {
  const names = readdirSync(sessions).filter((session) => existsSync(join(sessions, session, NAME)))
  return new Map(names.map((session) => [session, notesIn(join(sessions, session, NAME))]))
}

/** A line that a kill cut off was the word of nobody. */
function notesIn(file: string): Note[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Note) // `noteDown` wrote it
}

/** By which names an entry is found again: its own id, and what its agent called it. */
export function keysOf(entry: Entry): string[] {
  const hook = entry.type.startsWith('hook:') && 'toolUse' in entry.data ? entry.data : undefined
  return [entry.id, ...(hook?.toolUse ? [hookKey(String(hook.session), entry.type, hook.toolUse)] : [])]
}

export const hookKey = (session: string, type: string, use: string) => `${session} ${type} ${use}`
