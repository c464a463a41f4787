import * as z from 'zod'
import { noUsage } from '../../protocol/usage.ts'
import { instant, modelName, parsedLine, type Told, tokenCount } from '../transcript.ts'

const Answer = z.object({
  type: z.literal('token_usage_record'),
  timestamp: instant,
  payload: z.object({
    response_id: z.string().min(1).max(200),
    usage: z.object({
      input_tokens: tokenCount,
      cached_input_tokens: tokenCount,
      cache_write_input_tokens: tokenCount,
      output_tokens: tokenCount,
    }),
  }),
})
const Context = z.object({ type: z.literal('turn_context'), payload: z.object({ model: modelName }) })

/** What a line of a rollout of Codex tells of tokens. It names the model once for a turn; all that was sent counts as input. */
export function readRollout(line: string): Told | undefined {
  if (!line.includes('"token_usage_record"') && !line.includes('"turn_context"')) return undefined
  const value: unknown = parsedLine(line)
  const context = Context.safeParse(value).data
  if (context) return { model: context.payload.model }
  const answer = Answer.safeParse(value).data
  if (!answer) return undefined
  const { response_id: id, usage } = answer.payload
  const { input_tokens: all, cached_input_tokens: cacheRead, cache_write_input_tokens: cacheWrite5m } = usage
  const input = Math.max(0, all - cacheRead - cacheWrite5m)
  const counted = { ...noUsage(), input, cacheRead, cacheWrite5m, output: usage.output_tokens, messages: 1 }
  return { id, at: answer.timestamp, usage: counted }
}
