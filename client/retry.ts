import { type ErrorCode, isRetryable, MaestroError } from '../protocol/errors.ts'

export type Patience = {
  /** How often to ask again. */
  retries: number
  /** The first pause, in ms; it doubles each time, and half of it is left to chance. */
  delay: number
  /** How long (ms) all tries and pauses may take together; no limit when absent. */
  within?: number
}

/** Which try this is, counted from 1, and how many ms are left for it. */
export type Try = { number: number; left: number }

/** However long a server asks to be left alone (ms), nobody waits longer than this for it. */
const LONGEST_MS = 30_000

/** `step` again and again while it fails in a way that may pass, then its last error. Only for what may be asked twice. */
export async function retry<T>(step: (one: Try) => Promise<T>, patience: Patience): Promise<T> {
  const { retries, delay, within = Number.POSITIVE_INFINITY } = patience
  const until = performance.now() + within
  for (let number = 1; ; number++) {
    try {
      return await step({ number, left: until - performance.now() })
    } catch (error) {
      const wait = error instanceof Postponed ? postponedBy(error.after, delay) : backoff(number - 1, delay)
      if (number > retries || !mayPass(error) || performance.now() + wait >= until) throw error
      await pause(wait)
    }
  }
}

/** What broke on the server's side may go well the next time, though nobody should ask for ever. */
function mayPass(error: unknown): boolean {
  const also: ErrorCode = 'internal'
  return error instanceof MaestroError && (isRetryable(error.code) || error.code === also)
}

/** A refusal that says when (ms from now) asking again makes sense. */
export class Postponed extends MaestroError {
  readonly after: number
  constructor(error: MaestroError, after: number) {
    super(error.code, error.message, error.help)
    this.after = after
  }
}

/** What `Retry-After` says, in ms from `now` (ms since 1970): seconds, or a date; nothing when it says neither. */
export function readRetryAfter(text: string | null, now: number): number | undefined {
  if (!text) return undefined
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Not everybody who was told the same moment comes at that moment. */
function postponedBy(after: number, delay: number): number {
  return Math.min(after, LONGEST_MS) + Math.random() * delay
}

/** The pause (ms) before try number `tried`: doubling, at most 10 s, half of it left to chance so that not everybody returns at once. */
export function backoff(tried: number, first: number): number {
  const full = Math.min(first * 2 ** tried, 10_000)
  return full / 2 + Math.random() * (full / 2)
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
