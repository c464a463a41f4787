import { type ErrorBody, MaestroError } from '../protocol/errors.ts'

/** An answer that crosses the hop out of a Durable Object as a value: classes of errors do not. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: ErrorBody }

/** Runs `step`; a refusal becomes a value, anything else goes on as it is. */
export function outcome<T>(step: () => T): Outcome<T> {
  try {
    return { ok: true, value: step() }
  } catch (error) {
    if (error instanceof MaestroError) return { ok: false, error: error.toJSON() }
    throw error
  }
}
