import { MaestroError } from '../protocol/errors.ts'

export type Patience = {
  /** How often to ask again. */
  retries: number
  /** The first pause, in ms; it doubles each time, and half of it is left to chance. */
  delay: number
}

/** `step` again and again while it fails in a way that may pass, then its last error. `after` (ms) on an error wins over the pause. */
export async function retry<T>(step: () => Promise<T>, { retries, delay }: Patience): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await step()
    } catch (error) {
      if (tried >= retries || !(error instanceof MaestroError) || !error.toJSON().retryable) throw error
      await pause(error instanceof Postponed ? error.after : backoff(tried, delay))
    }
  }
}

/** A refusal that says when (ms from now) asking again makes sense. */
export class Postponed extends MaestroError {
  readonly after: number
  constructor(error: MaestroError, after: number) {
    super(error.code, error.message, error.help)
    this.after = after
  }
}

/** The pause (ms) before try number `tried`: doubling, at most 10 s, half of it left to chance so that not everybody returns at once. */
export function backoff(tried: number, first: number): number {
  const full = Math.min(first * 2 ** tried, 10_000)
  return full / 2 + Math.random() * (full / 2)
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
