import type { HookEvent } from '../protocol/hook-event.ts'
import { readClaudeCode, type Stamp } from './claude-code/read.ts'
import { readCodex } from './codex/read.ts'
import { readGap } from './gap.ts'
import { readGemini } from './gemini-cli/read.ts'
import { measured } from './measure.ts'
import { readOpencode } from './opencode/read.ts'
import { redactEvent, redactNames } from './redact.ts'
import type { Known } from './secrets.ts'
import { isUsageReport, readUsageReport } from './usage-report.ts'
import { withhold } from './withhold.ts'

/** What an agent's hook said, in Maestro's words, redacted. Never throws: what cannot be understood is an event of kind `other`. */
export type ReadHook = (payload: unknown, stamp: Stamp, known?: Known) => HookEvent

const readers = new Map<string, ReadHook>([
  ['claude-code', readClaudeCode],
  ['codex', readCodex],
  ['gemini', readGemini],
  ['opencode', readOpencode],
])

/** Reads with the reader of `agent`. Without one of its own it is read as Claude Code's, whose payloads others imitate. */
export function readHook(agent: string, payload: unknown, stamp: Stamp, known: Known = {}): HookEvent {
  const own = readOwn(payload, stamp)
  if (own) return redactEvent({ ...own, agent }, known)
  const read = readers.get(agent) ?? readClaudeCode
  const told = withhold(payload, known.never)
  const event = read(known.level === 'metadata' ? measured(told) : told, stamp, known)
  const level = known.level ?? 'redacted'
  return redactNames({ ...event, agent, ...(level !== 'redacted' && { level }) }, known)
}

/** What Maestro itself has left in the spool; nothing for what an agent's hook did. */
function readOwn(payload: unknown, stamp: Stamp): HookEvent | undefined {
  if (isUsageReport(payload)) return readUsageReport(payload, stamp)
  const gap = readGap(payload)
  const { id, at, session } = stamp
  return gap && { id, at, ...(session && { session }), agent: '', ...gap, payload: null }
}
