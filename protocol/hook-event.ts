import * as z from 'zod'
import { EventId, SessionId } from './ids.ts'
import { HookUsage } from './usage.ts'

/** What an agent's hook can tell, whatever the agent. */
export const hookKinds = [
  'session_start',
  'prompt',
  'tool_start',
  'tool_use',
  'tool_failure',
  'notification',
  'permission',
  'stop',
  'subagent_start',
  'subagent_stop',
  'compact',
  'session_end',
  'gap',
  'usage',
  'other',
] as const
export const HookKind = z.enum(hookKinds)
export type HookKind = z.infer<typeof HookKind>

/** No tool takes longer (ms); sums of what a source makes up must stay numbers, here and after waking. */
export const LONGEST_MS = 1_000 * 24 * 60 * 60_000
/** What a date can still say (ms since 1970): beyond it nobody could show the time. */
export const LATEST_MS = 8.64e15

/** What of a hook's payload may leave the machine; absent: `redacted`. */
export const hookLevels = ['metadata', 'redacted', 'full'] as const
export const HookLevel = z.enum(hookLevels)
export type HookLevel = z.infer<typeof HookLevel>

/** Events that will never be in the log: dropped by hooks that could not keep them, or set aside as nobody can read them. */
export const Gap = z.object({
  what: z.enum(['dropped', 'set_aside']),
  events: z.number().int().min(1).max(1_000_000_000),
})
export type Gap = z.infer<typeof Gap>

/** One report of an agent's hook, read and redacted. Times are ms since 1970 by the source's clock; `ms` is a duration. */
export const HookEvent = z.object({
  id: EventId,
  at: z.number().min(0).max(LATEST_MS),
  session: SessionId.optional().describe("Whose it is; believed only from the key of that session's spawner"),
  agent: z.string().max(50),
  agentSession: z.string().max(200).optional(),
  subagent: z
    .string()
    .max(200)
    .optional()
    .describe('The part of the agent it is about, where that is not the agent itself'),
  kind: HookKind,
  name: z.string().max(100),
  tool: z.string().max(200).optional(),
  toolUse: z.string().max(200).optional(),
  summary: z.string().max(400),
  ms: z.number().min(0).max(LONGEST_MS).optional(),
  needs: z.object({ kind: z.enum(['permission', 'question', 'idle']), message: z.string().max(2_000) }).optional(),
  end: z.object({ reason: z.string().max(200) }).optional(),
  gap: Gap.optional(),
  level: HookLevel.optional(),
  usage: HookUsage.optional(),
  payload: z.unknown(),
})
export type HookEvent = z.infer<typeof HookEvent>
