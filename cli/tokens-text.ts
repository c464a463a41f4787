import { type Estimate, estimate, formatCost, withoutPrice } from '../protocol/prices.ts'
import { formatTokens, type Models, type ModelUsage, sentTokens, totalOf } from '../protocol/usage.ts'

/** `12.3k tokens in, 842 out, est. $0.42`, and what the estimate leaves out. */
export function spentInWords(tokens: ModelUsage, known: Estimate): string {
  const counted = `${formatTokens(sentTokens(tokens))} tokens in, ${formatTokens(tokens.output)} out`
  return [counted, formatCost(known.cost), withoutPrice(known)].filter(Boolean).join(', ')
}

/** The same of the models of a session or a task; nothing where nothing was used. */
export function modelsInWords(models: Models | undefined): string {
  return models && Object.keys(models).length ? spentInWords(totalOf(models), estimate(models)) : ''
}
