import type { Context } from 'hono'
import { refuse } from '../protocol/errors.ts'
import { IdempotencyKey } from '../protocol/ids.ts'
import type { App } from './env.ts'

/** The id by which the caller makes asking twice asking once, if there is one. */
export function askedId(c: Context<App>): string | undefined {
  const given = c.req.header('Idempotency-Key')
  if (given !== undefined && !IdempotencyKey.safeParse(given).success)
    refuse('invalid_input', 'An Idempotency-Key has 8 to 100 letters, digits and dashes', { field: 'Idempotency-Key' })
  return given
}
