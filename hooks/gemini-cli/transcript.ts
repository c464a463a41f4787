import * as z from 'zod'
import { noUsage } from '../../protocol/usage.ts'
import { instant, modelName, parsedLine, type Told, tokenCount } from '../transcript.ts'

const Message = z.object({
  type: z.literal('gemini'),
  id: z.string().min(1).max(200),
  timestamp: instant,
  model: modelName,
  tokens: z.object({
    input: tokenCount,
    output: tokenCount,
    cached: tokenCount,
    thoughts: tokenCount,
    tool: tokenCount,
  }),
})

/** What a line of Gemini CLI's record of a chat tells of tokens. A message is written again when its tools are done, under the same id. */
export function readChat(line: string): Told | undefined {
  if (!line.includes('"tokens"')) return undefined
  const { data } = Message.safeParse(parsedLine(line))
  if (!data) return undefined
  const { input, output, cached, thoughts, tool } = data.tokens
  const usage = {
    ...noUsage(),
    ...{ input: Math.max(0, input - cached) + tool, cacheRead: cached },
    ...{ output: output + thoughts, messages: 1 },
  }
  return { id: data.id, model: data.model, at: data.timestamp, usage }
}
