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

/** Anthropic's caches: writing costs 1.25 or 2 times the input, reading what the row says. */
const claude = (input: number, output: number, read = 0.1): Price => ({
  ...{ input, output, cacheRead: input * read, cacheWrite5m: input * 1.25, cacheWrite1h: input * 2 },
})
/** Caches that fill by themselves: writing costs what input costs. */
const auto = (input: number, output: number, cacheRead: number): Price => ({
  ...{ input, output, cacheRead, cacheWrite5m: input, cacheWrite1h: input },
})

const prices = new Map<string, Price>([
  ['claude-fable-5-1', claude(10, 50, 0.025)],
  ['claude-fable-5', claude(10, 50)],
  ['claude-mythos-5-1', claude(10, 50, 0.025)],
  ['claude-mythos-5', claude(10, 50)],
  ['claude-opus-5-5', claude(4, 20, 0.05)],
  ['claude-opus-5', claude(5, 25)],
  ['claude-opus-4-8', claude(5, 25)],
  ['claude-opus-4-7', claude(5, 25)],
  ['claude-opus-4-6', claude(5, 25)],
  ['claude-opus-4-5', claude(5, 25)],
  ['claude-opus-4-1', claude(15, 75)],
  ['claude-opus-4', claude(15, 75)],
  ['claude-3-opus', claude(15, 75)],
  ['claude-sonnet-5-5', claude(2, 10, 0.05)],
  ['claude-sonnet-5', claude(2, 10)],
  ['claude-sonnet-4-6', claude(3, 15)],
  ['claude-sonnet-4-5', claude(3, 15)],
  ['claude-sonnet-4', claude(3, 15)],
  ['claude-3-7-sonnet', claude(3, 15)],
  ['claude-3-5-sonnet', claude(3, 15)],
  ['claude-haiku-5-5', claude(0.1, 0.5)], // of prompts up to 100,000 tokens; longer ones cost five times as much
  ['claude-haiku-4-5', claude(1, 5)],
  ['claude-3-5-haiku', claude(0.8, 4)],
  ['claude-3-haiku', claude(0.25, 1.25)],
  ['gpt-6.1-sol', auto(2, 10, 0.1)],
  ['gpt-6-sol', auto(2, 10, 0.2)],
  ['gpt-5.5', auto(5, 30, 0.5)],
  ['gpt-5.4', auto(2.5, 15, 0.25)],
  ['gpt-5.4-mini', auto(0.75, 4.5, 0.075)],
  ['gpt-5.4-nano', auto(0.2, 1.25, 0.02)],
  ['gpt-5.3-codex', auto(1.75, 14, 0.175)],
  ['gpt-5.2', auto(1.75, 14, 0.175)],
  ['gpt-5.2-codex', auto(1.75, 14, 0.175)],
  ['gpt-5.1', auto(1.25, 10, 0.125)],
  ['gpt-5.1-codex', auto(1.25, 10, 0.125)],
  ['gpt-5.1-codex-max', auto(1.25, 10, 0.125)],
  ['gpt-5', auto(1.25, 10, 0.125)],
  ['gpt-5-codex', auto(1.25, 10, 0.125)],
  ['gpt-5-mini', auto(0.25, 2, 0.025)],
  ['gpt-5-nano', auto(0.05, 0.4, 0.005)],
  ['codex-mini', auto(1.5, 6, 0.375)],
  ['gpt-4.1', auto(2, 8, 0.5)],
  ['gpt-4.1-mini', auto(0.4, 1.6, 0.1)],
  ['gpt-4.1-nano', auto(0.1, 0.4, 0.025)],
  ['gpt-4o', auto(2.5, 10, 1.25)],
  ['gpt-4o-mini', auto(0.15, 0.6, 0.075)],
  ['o3', auto(2, 8, 0.5)],
  ['o4-mini', auto(1.1, 4.4, 0.275)],
  ['gemini-3.1-pro', auto(2, 12, 0.2)], // Google's Pro models cost more for prompts over 200,000 tokens
  ['gemini-3-pro', auto(2, 12, 0.2)],
  ['gemini-3-flash', auto(0.5, 3, 0.05)],
  ['gemini-3.1-flash-lite', auto(0.25, 1.5, 0.025)],
  ['gemini-2.5-pro', auto(1.25, 10, 0.125)],
  ['gemini-2.5-flash', auto(0.3, 2.5, 0.03)],
  ['gemini-2.5-flash-lite', auto(0.1, 0.4, 0.01)],
])

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
    const price = prices.get(nameOf(model))
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
