import { allTokens, type Models, type ModelUsage } from './usage.ts'

// What models cost by the token, for estimates. The one place to change when a price changes: the row, and the date of
// its source. Not in it: batch and priority rates, rates for very long prompts, tools that are paid by the call, taxes,
// discounts, and what a subscription covers.

/** US dollars per million tokens. */
type Price = { input: number; output: number; cacheRead: number; cacheWrite5m: number; cacheWrite1h: number }

export const priceSources = [
  { of: 'Anthropic', url: 'https://platform.claude.com/docs/en/about-claude/pricing', date: '2026-10-24' },
  { of: 'OpenAI', url: 'https://developers.openai.com/api/docs/pricing', date: '2026-09-30' },
  { of: 'Google', url: 'https://ai.google.dev/gemini-api/docs/pricing', date: '2026-10-07' },
] as const

/** When the table was last gone through. */
export const pricesDate = '2026-11-27'

/**
 * By model: input, output, and reading from the cache as a share of the input. Writing to the cache costs 1.25 or 2 times
 * the input at Anthropic; elsewhere a cache fills by itself, and what goes in costs what input costs. Plain data: the
 * browser must see that nothing happens here.
 */
const rows: Record<string, [input: number, output: number, cacheRead: number]> = {
  'claude-fable-5-1': [10, 50, 0.025],
  'claude-fable-5': [10, 50, 0.1],
  'claude-mythos-5-1': [10, 50, 0.025],
  'claude-mythos-5': [10, 50, 0.1],
  'claude-opus-5-5': [4, 20, 0.05],
  'claude-opus-5': [5, 25, 0.1],
  'claude-opus-4-8': [5, 25, 0.1],
  'claude-opus-4-7': [5, 25, 0.1],
  'claude-opus-4-6': [5, 25, 0.1],
  'claude-opus-4-5': [5, 25, 0.1],
  'claude-opus-4-1': [15, 75, 0.1],
  'claude-opus-4': [15, 75, 0.1],
  'claude-3-opus': [15, 75, 0.1],
  'claude-sonnet-5-5': [2, 10, 0.05],
  'claude-sonnet-5': [2, 10, 0.1],
  'claude-sonnet-4-6': [3, 15, 0.1],
  'claude-sonnet-4-5': [3, 15, 0.1],
  'claude-sonnet-4': [3, 15, 0.1],
  'claude-3-7-sonnet': [3, 15, 0.1],
  'claude-3-5-sonnet': [3, 15, 0.1],
  'claude-haiku-5-5': [0.1, 0.5, 0.1], // of prompts up to 100,000 tokens; longer ones cost five times as much
  'claude-haiku-4-5': [1, 5, 0.1],
  'claude-3-5-haiku': [0.8, 4, 0.1],
  'claude-3-haiku': [0.25, 1.25, 0.1],
  'gpt-6.1-sol': [2, 10, 0.05],
  'gpt-6-sol': [2, 10, 0.1],
  'gpt-5.5': [5, 30, 0.1],
  'gpt-5.4': [2.5, 15, 0.1],
  'gpt-5.4-mini': [0.75, 4.5, 0.1],
  'gpt-5.4-nano': [0.2, 1.25, 0.1],
  'gpt-5.3-codex': [1.75, 14, 0.1],
  'gpt-5.2': [1.75, 14, 0.1],
  'gpt-5.2-codex': [1.75, 14, 0.1],
  'gpt-5.1': [1.25, 10, 0.1],
  'gpt-5.1-codex': [1.25, 10, 0.1],
  'gpt-5.1-codex-max': [1.25, 10, 0.1],
  'gpt-5': [1.25, 10, 0.1],
  'gpt-5-codex': [1.25, 10, 0.1],
  'gpt-5-mini': [0.25, 2, 0.1],
  'gpt-5-nano': [0.05, 0.4, 0.1],
  'codex-mini': [1.5, 6, 0.25],
  'gpt-4.1': [2, 8, 0.25],
  'gpt-4.1-mini': [0.4, 1.6, 0.25],
  'gpt-4.1-nano': [0.1, 0.4, 0.25],
  'gpt-4o': [2.5, 10, 0.5],
  'gpt-4o-mini': [0.15, 0.6, 0.5],
  o3: [2, 8, 0.25],
  'o4-mini': [1.1, 4.4, 0.25],
  'gemini-3.1-pro': [2, 12, 0.1], // Google's Pro models cost more for prompts over 200,000 tokens
  'gemini-3-pro': [2, 12, 0.1],
  'gemini-3-flash': [0.5, 3, 0.1],
  'gemini-3.1-flash-lite': [0.25, 1.5, 0.1],
  'gemini-2.5-pro': [1.25, 10, 0.1],
  'gemini-2.5-flash': [0.3, 2.5, 0.1],
  'gemini-2.5-flash-lite': [0.1, 0.4, 0.1],
}

function priceOf(model: string): Price | undefined {
  const name = nameOf(model)
  if (!Object.hasOwn(rows, name)) return undefined
  const [input, output, read] = rows[name]!
  const [minutes, hour] = name.startsWith('claude-') ? [1.25, 2] : [1, 1]
  return { input, output, cacheRead: input * read, cacheWrite5m: input * minutes, cacheWrite1h: input * hour }
}

/**
 * The row's name of a model: without who sells it, a date, a revision, or the size of its window. A version that has no row
 * is another model, and may cost anything: it has no price here rather than its neighbour's.
 */
function nameOf(model: string): string {
  return model
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z]{2,6}\.)?anthropic\./, '')
    .replace(/\[.*$/, '')
    .replace(/@.*$|:.*$/, '')
    .replace(/-v\d+$/, '')
    .replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest|preview(?:-[\w-]+)?|00\d)$/, '')
}

/** What tokens come to, by the table above: always an estimate. */
export type Estimate = {
  /** US dollars, for the tokens whose price is known; null where it is known of none. */
  cost: number | null
  /** Tokens by model that no price is known for, and that are not in `cost`. */
  unpriced: Record<string, number>
}

export function estimate(models: Models): Estimate {
  let cost: number | null = null
  const unpriced: Record<string, number> = {}
  for (const [model, usage] of Object.entries(models)) {
    const price = priceOf(model)
    if (price) cost = (cost ?? 0) + costOf(usage, price)
    else if (allTokens(usage) > 0) unpriced[model] = allTokens(usage)
  }
  return { cost, unpriced }
}

function costOf(usage: ModelUsage, price: Price): number {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = usage
  const read = input * price.input + cacheRead * price.cacheRead
  const written = cacheWrite5m * price.cacheWrite5m + cacheWrite1h * price.cacheWrite1h
  return (read + written + output * price.output) / 1_000_000
}

/** An amount for people, that says what it is: `est. $0.42`, `est. < $0.01`; nothing where no price is known. */
export function formatCost(cost: number | null): string {
  if (cost === null) return ''
  if (cost > 0 && cost < 0.01) return 'est. < $0.01'
  return `est. $${cost < 100 ? cost.toFixed(2) : Math.round(cost).toLocaleString('en-US')}`
}

/** What the estimate leaves out, as a sentence; nothing when it leaves out nothing. */
export function withoutPrice({ unpriced }: Pick<Estimate, 'unpriced'>): string {
  const parts = Object.entries(unpriced).map(
    ([model, tokens]) => `${tokens.toLocaleString('en-US')} tokens of ${model}`,
  )
  return parts.length ? `without ${parts.join(' and ')}, whose price is not known` : ''
}
