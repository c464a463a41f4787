import type { Method } from '../protocol/declare.ts'
import { type ErrorBody, MaestroError } from '../protocol/errors.ts'
import { withoutKeys } from '../protocol/keys.ts'
import { Postponed, readRetryAfter, type Try } from './retry.ts'

/** Whom to ask and how long (ms) to wait for one answer. */
export type Peer = {
  url: string
  key: string | undefined
  timeout: number
  fetch: typeof fetch
  trace: ((line: string) => void) | undefined
}
type Request = { method: Method; path: string; headers: Record<string, string>; body?: Record<string, unknown> }
type Answer = { status: number; isJson: boolean; after: number | undefined; text: string }

/** One request and its answer. Throws a MaestroError, whatever went wrong. */
export async function exchange<R>(peer: Peer, request: Request, one: Try): Promise<R> {
  const began = performance.now()
  const tell = (outcome: string | number) => {
    const ms = Math.round(performance.now() - began)
    peer.trace?.(withoutKeys(`${request.method} ${request.path} ${outcome} ${ms} ms (try ${one.number})`))
  }
  const answer = await send(peer, request, Math.min(peer.timeout, one.left)).catch((error: unknown) => {
    tell(causeOf(error))
    throw failureOf(error, peer)
  })
  tell(answer.status)
  return read<R>(answer)
}

/** The whole answer, so that a connection that breaks in the midst of one is as good as none. */
async function send({ url, key, fetch }: Peer, request: Request, ms: number): Promise<Answer> {
  const { method, path, headers, body } = request
  const response = await fetch(url + path, {
    method,
    headers: {
      ...headers,
      ...(key && { Authorization: `Bearer ${key}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    },
    signal: AbortSignal.timeout(Math.max(1, Math.ceil(ms))),
    ...(body && { body: JSON.stringify(body) }),
  })
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
  const after = readRetryAfter(response.headers.get('Retry-After'), Date.now())
  return { status: response.status, isJson, after, text: await response.text() }
}

function read<R>({ status, isJson, after, text }: Answer): R {
  const json = isJson ? parsed<R>(text) : undefined
  if (json?.success) return json.data
  if (!isJson && status < 300) return text as R // only `metrics` answers with text
  const error = json ? MaestroError.from(json) : strange(status)
  throw after === undefined ? error : new Postponed(error, after)
}

type Envelope<R> = { success: true; data: R } | ({ success: false } & ErrorBody)

function parsed<R>(text: string): Envelope<R> | undefined {
  try {
    return JSON.parse(text) as Envelope<R> // the server writes nothing else
  } catch {
    return undefined // cut off on the way, or not from our server
  }
}

/** Something between us and Maestro has answered: a proxy, a page to sign in to a network. */
function strange(status: number): MaestroError {
  const message = `The server answered ${status} and no JSON`
  if (status === 429) return new MaestroError('rate_limited', message)
  return new MaestroError(status >= 500 || status < 300 ? 'unavailable' : 'failed', message)
}

function failureOf(error: unknown, { url, timeout }: Peer): MaestroError {
  // A network that swallows everything would otherwise be waited for as long as the system sees fit.
  if (error instanceof Error && error.name === 'TimeoutError')
    return new MaestroError(
      'timed_out',
      `Maestro did not answer at ${url} within ${timeout < 1000 ? `${timeout} ms` : `${timeout / 1000} s`}`,
      {
        suggestion: 'maestro status',
      },
    )
  const message = withoutKeys(`Maestro does not answer at ${url} (${causeOf(error)})`)
  return new MaestroError('unreachable', message, { suggestion: 'maestro up' })
}

/** Why `fetch` got no answer, as short as the system says it: `ECONNREFUSED`. */
export function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timed_out'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause)
}

export function fill(path: string, input: Record<string, unknown>) {
  const rest = { ...input }
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return { path: filled, rest }
}

export function search(fields: Record<string, unknown>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : ''
}
