import * as z from 'zod'
import { type ModelUsage, sentTokens } from '../../protocol/usage.ts'

/** What one answer of a model cost in tokens, as a transcript tells it. `at` is ms since 1970. */
export type Answered = { id: string; model: string; at: number; usage: ModelUsage }

/** After these, what a turn has cost is in the transcript; in a terminal not at once. */
export const turnEnds: ReadonlySet<string> = new Set(['Stop', 'StopFailure', 'SubagentStop', 'SessionEnd'])

const tokens = z.number().int().nonnegative().max(1e9).catch(0)

const Line = z.object({
  type: z.literal('assistant'),
  timestamp: z
    .string()
    .transform((text) => Date.parse(text))
    .pipe(z.number()),
  requestId: z.string().max(200).optional().catch(undefined),
  message: z.object({
    id: z.string().min(1).max(200).optional().catch(undefined),
    // It is the one text of a transcript that leaves the machine, so it must look like a name.
    model: z.string().regex(/^[\w.:@/[\]-]{1,100}$/),
    usage: z.object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_read_input_tokens: tokens,
      cache_creation_input_tokens: tokens,
      cache_creation: z
        .object({ ephemeral_5m_input_tokens: tokens, ephemeral_1h_input_tokens: tokens })
        .optional()
        .catch(undefined),
    }),
  }),
})

/**
 * What a line of Claude Code's transcript tells of tokens; nothing for most lines. An answer stands on one line for each of
 * its parts, always with all of its tokens, and is copied into the transcript of a session that goes on from this one: its
 * `id` is the same there.
 */
export function readAnswered(line: string): Answered | undefined {
  if (!line.includes('"usage"') || !line.includes('"assistant"')) return undefined
  const { success, data } = Line.safeParse(parsed(line))
  if (!success) return undefined
  const { requestId, timestamp, message } = data
  const id = message.id ?? requestId
  const usage = usageIn(message.usage)
  if (!id || (sentTokens(usage) === 0 && usage.output === 0)) return undefined // made by the agent itself, to show an error
  return { id, model: message.model, at: timestamp, usage }
}

function usageIn(told: z.output<typeof Line>['message']['usage']): ModelUsage {
  const all = told.cache_creation_input_tokens
  const { ephemeral_1h_input_tokens: hour = 0, ephemeral_5m_input_tokens: minutes = 0 } = told.cache_creation ?? {}
  return {
    input: told.input_tokens,
    output: told.output_tokens,
    cacheRead: told.cache_read_input_tokens,
    cacheWrite5m: Math.max(minutes, all - hour), // what is not said to be for an hour is not
    cacheWrite1h: hour,
    messages: 1,
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // cut off, or not ours
  }
}
