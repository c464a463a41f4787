import type { Context } from 'hono'
import { ZodError } from 'zod'
import { faultOf } from '../db/fault.ts'
import { type ErrorBody, errors, MaestroError } from '../protocol/errors.ts'
import type { App } from './env.ts'

/** What went wrong, told without stack, path, query or key; the request id ties it to the log. */
export function answerError(error: unknown, c: Context<App>): Response {
  const body = bodyOf(error)
  if (body.error === 'internal') {
    console.error(
      JSON.stringify({
        level: 'error',
        requestId: c.var.requestId,
        message: faultOf(error),
        stack: error instanceof Error ? error.stack?.split('\n').filter((line) => line.startsWith('    at ')) : null,
      }),
    )
  }
  return failed(body, c.var.requestId)
}

export function failed(body: ErrorBody, requestId: string): Response {
  const headers = body.error === 'rate_limited' ? { 'Retry-After': '1' } : {}
  return Response.json({ success: false, ...body, requestId }, { status: errors[body.error].status, headers })
}

function bodyOf(error: unknown): ErrorBody {
  if (error instanceof MaestroError) return error.toJSON()
  if (error instanceof ZodError) return invalid(error).toJSON()
  if (isPassing(error)) return new MaestroError('unavailable', 'The project does not answer just now').toJSON()
  return new MaestroError('internal', 'Something broke on our side').toJSON()
}

export function invalid({ issues: [issue] }: ZodError): MaestroError {
  const field = issue?.path.join('.') ?? ''
  const help = {
    ...(field && { field }),
    ...(issue?.code === 'invalid_value' && { validValues: issue.values.map(String) }),
  }
  return new MaestroError('invalid_input', `${field ? `${field}: ` : ''}${issue?.message ?? 'invalid'}`, help)
}

/** Errors of a Durable Object that say themselves that asking again may help. An overloaded one is better left alone. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof Error &&
    (('retryable' in error && error.retryable === true) || ('overloaded' in error && error.overloaded === true))
  )
}
