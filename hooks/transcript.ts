import * as z from 'zod'
import type { ModelUsage } from '../protocol/usage.ts'

/**
 * What a line of a transcript tells: an answer of a model and its tokens (`at` is ms since 1970), or only which model gives
 * the answers that follow. An answer without a model is by the one that was named last.
 */
export type Told = { id: string; model?: string; at: number; usage: ModelUsage } | { model: string }

/** It is the one text of a transcript that leaves the machine, so it must look like a name. */
export const modelName = z.string().regex(/^[\w.:@/[\]-]{1,100}$/)

export const tokenCount = z.number().int().nonnegative().max(1e9).catch(0)

/** ISO 8601 as ms since 1970. */
export const instant = z
  .string()
  .transform((text) => Date.parse(text))
  .pipe(z.number())

export function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // cut off, or not ours
  }
}
