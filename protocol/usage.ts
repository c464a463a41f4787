import * as z from 'zod'

/** More than any session comes to; sums of what a source makes up must stay numbers, here and after waking. */
const MOST = 1_000_000_000_000
/** A session speaks to a handful of models; so many may be told of. */
export const MOST_MODELS = 50
/** Sources make names up. So many are counted apart, the tools of a session or the models of a project; the rest together. */
export const MOST_NAMES = 200
/** Of so many sessions that a project has forgotten it knows the tokens: the last ones. */
const MOST_FORGOTTEN = 300

const tokens = z.number().int().min(0).max(MOST)

/** What one model was sent and answered, in tokens. The five kinds do not overlap: each token is in one of them. */
export const ModelUsage = z.object({
  input: tokens.describe('Sent, and not from a cache'),
  output: tokens.describe('Answered, thinking included'),
  cacheRead: tokens.describe('Sent, and found in the cache'),
  cacheWrite5m: tokens.describe(
    'Sent, and put into the cache for five minutes, or for as long as a cache does by itself',
  ),
  cacheWrite1h: tokens.describe('Sent, and put into the cache for an hour'),
  messages: tokens.describe('How many answers there were'),
})
export type ModelUsage = z.infer<typeof ModelUsage>

const Models = z.record(z.string().max(100), ModelUsage)
/** By the name of the model, as the agent says it. */
export type Models = z.infer<typeof Models>

/** What a hook event tells of tokens: all that its session has come to (`session`), or what to add to it (`event`). */
export const HookUsage = z.object({
  of: z.enum(['session', 'event']),
  models: Models.refine((models) => Object.keys(models).length <= MOST_MODELS, `${MOST_MODELS} models at most`),
})
export type HookUsage = z.infer<typeof HookUsage>

/** The tokens of a session so far. */
export const SessionUsage = z.object({
  inputTokens: z.number().describe('All that was sent, caches included'),
  outputTokens: z.number(),
  models: Models,
})
export type SessionUsage = z.infer<typeof SessionUsage>

/** What a row of a report is about. */
export const usageBy = ['session', 'task', 'model'] as const
export type UsageBy = (typeof usageBy)[number]

const kinds = ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'messages'] as const

export const noUsage = (): ModelUsage => ({
  ...{ input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, messages: 0 },
})

export const sentTokens = ({ input, cacheRead, cacheWrite5m, cacheWrite1h }: ModelUsage): number =>
  input + cacheRead + cacheWrite5m + cacheWrite1h

/** All tokens of it, sent and answered. */
export const allTokens = (usage: ModelUsage): number => sentTokens(usage) + usage.output

/** Under which name `name` is counted: its own, or `other` where there are `most` without it. */
export const nameIn = (counted: object, name: string, most: number): string =>
  Object.hasOwn(counted, name) || Object.keys(counted).length < most ? name : 'other'

/**
 * Adds `more` to `models`, in place; `sign` −1 takes it away. What comes to nothing is left out, but not once there are
 * `most`: with room again, what was counted as `other` would be taken away from elsewhere.
 */
export function addModels(models: Models, more: Models, sign: 1 | -1 = 1, most = Number.POSITIVE_INFINITY): void {
  for (const [model, usage] of Object.entries(more)) {
    if (model === '__proto__') continue // the one name that a record cannot hold
    const name = nameIn(models, model, most)
    const before = Object.hasOwn(models, name) ? models[name]! : noUsage()
    const after = { ...before }
    for (const kind of kinds) after[kind] = before[kind] + sign * usage[kind]
    if (Object.keys(models).length < most && kinds.every((kind) => after[kind] === 0)) delete models[name]
    else models[name] = after
  }
}

/** What all `models` come to together. */
export function totalOf(models: Models): ModelUsage {
  const total = noUsage()
  for (const usage of Object.values(models)) for (const kind of kinds) total[kind] += usage[kind]
  return total
}

export function usageOf(models: Models): SessionUsage {
  const total = totalOf(models)
  return { inputTokens: sentTokens(total), outputTokens: total.output, models }
}

/** The tokens of `session` and of all of its project, in place, after an event that told of some. */
export function evolveUsage(
  project: { usage?: Models | undefined },
  session: { usage: SessionUsage | null },
  { of, models }: HookUsage,
): void {
  project.usage ??= {} // a snapshot may be older than this sum
  const before = session.usage?.models ?? {}
  const after: Models = of === 'event' ? { ...before } : {}
  if (of === 'session') addModels(project.usage, before, -1, MOST_NAMES)
  for (const [model, usage] of Object.entries(models)) {
    const told = { [nameIn(after, model, MOST_MODELS)]: usage }
    addModels(after, told)
    addModels(project.usage, told, 1, MOST_NAMES)
  }
  session.usage = usageOf(after)
}

type Gone = { id: string; managed: boolean; usage: SessionUsage | null }

/** A person may resume what the project has forgotten: its tokens are in the sum, and must not be added again. */
export function keepUsage(project: { forgotten?: Record<string, Models> | undefined }, gone: Gone): void {
  if (gone.managed || !gone.usage) return
  project.forgotten = { ...project.forgotten, [gone.id]: gone.usage.models }
  const [oldest, ...others] = Object.keys(project.forgotten)
  if (others.length >= MOST_FORGOTTEN) delete project.forgotten[oldest!]
}

/** `usage` in `parts` whole numbers that come to it again; the part at `index`. */
export function shareOf(usage: ModelUsage, parts: number, index: number): ModelUsage {
  const share = noUsage()
  for (const kind of kinds) share[kind] = Math.floor(usage[kind] / parts) + (index < usage[kind] % parts ? 1 : 0)
  return share
}

const units = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const

/** A number of tokens for people: `842`, `12.3k`, `1.2M`. */
export function formatTokens(count: number): string {
  const [size, unit] = units.find(([size]) => count >= size * 0.99995) ?? [1, '']
  if (size === 1) return String(Math.round(count))
  const short = count / size
  return `${short < 100 ? short.toFixed(1).replace(/\.0$/, '') : Math.round(short)}${unit}`
}
