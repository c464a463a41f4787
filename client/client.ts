import type { Spec } from '../protocol/declare.ts'
import { type DirectoryAnswer, directory, type ProjectAnswer, projectRoutes } from '../protocol/directory.ts'
import { type ErrorBody, MaestroError, refuse } from '../protocol/errors.ts'
import type { ProjectId } from '../protocol/ids.ts'
import { type CommandType, commands, type Entry, type Input } from '../protocol/project.ts'
import { type Answer, type QueryType, queries } from '../protocol/queries.ts'
import { newId } from './ids.ts'
import { type Patience, Postponed, retry } from './retry.ts'

export type ClientOptions = {
  /** Where the Worker is: `http://127.0.0.1:4747`. */
  url: string
  key?: string
  /** Absent: the project comes from the key, or a call that needs one is refused. */
  project?: ProjectId
  patience?: Patience
  /** How long (ms) one try may take; 30 s when absent. */
  timeout?: number
  fetch?: typeof fetch
  /** Told of every answer: `POST /api/… 200 12 ms`. Never of keys or bodies. */
  trace?: (line: string) => void
}

type Fields = Record<string, unknown>
type Done = { entries: Entry[]; duplicate: boolean }
type Asked<T extends Record<string, Spec>, K extends keyof T> = T[K]['input']['_zod']['input']

/** The one way to talk to Maestro. The web UI, the CLI and the spawner hold nothing else. Every call throws a MaestroError if refused. */
export class Client {
  readonly options: ClientOptions
  constructor(options: ClientOptions) {
    this.options = options
  }

  with(options: Partial<ClientOptions>): Client {
    return new Client({ ...this.options, ...options })
  }

  /** Asks for a change. `id` makes asking twice asking once; it is made here when the caller has none. */
  execute<T extends CommandType>(type: T, input: Input<T>, id: string = newId('evt')): Promise<Done> {
    return this.#call(commands[type], this.#base(), input, { 'Idempotency-Key': id })
  }

  query<T extends QueryType>(type: T, input: Asked<typeof queries, T>): Promise<Answer[T]> {
    return this.#call(queries[type], this.#base(), input)
  }

  /** Asks the Worker itself, about what lies beside or above projects. */
  ask<T extends keyof typeof directory>(type: T, input: Asked<typeof directory, T>): Promise<DirectoryAnswer[T]> {
    return this.#call(directory[type], '', input)
  }

  askProject<T extends keyof typeof projectRoutes>(
    type: T,
    input: Asked<typeof projectRoutes, T>,
  ): Promise<ProjectAnswer[T]> {
    return this.#call(projectRoutes[type], this.#base(), input)
  }

  /** Reports hook events or an agent's raw payload; answers per item what became of it. */
  report(events: unknown[]): Promise<DirectoryAnswer['hook.event']> {
    const { project } = this.options
    return this.#call(directory['hook.event'], '', { events }, project && { 'Maestro-Project': project })
  }

  /** The address of a WebSocket of this project, `/live` or `/sessions/…/terminal`. */
  socketUrl(path: string): string {
    return `${this.options.url.replace(/^http/, 'ws')}/api${this.#base()}${path}`
  }

  #base(): string {
    return this.options.project ? `/projects/${this.options.project}` : ''
  }

  #call<R>(spec: Spec, base: string, input: object, headers: Record<string, string> = {}): Promise<R> {
    const { patience = { retries: 3, delay: 200 } } = this.options
    const { path, rest } = fill(spec.path, input as Fields)
    const inUrl = spec.method === 'GET'
    const target = `/api${base}${path}${inUrl ? search(rest) : ''}`
    return retry(() => this.#send<R>(spec.method, target, headers, inUrl ? undefined : rest), patience)
  }

  async #send<R>(method: string, path: string, headers: Record<string, string>, body?: Fields): Promise<R> {
    const { url, key, timeout = 30_000, fetch = globalThis.fetch, trace } = this.options
    const start = performance.now()
    const all = {
      ...headers,
      ...(key && { Authorization: `Bearer ${key}` }),
      ...(body && { 'Content-Type': 'application/json' }),
    }
    const unanswered = (error: unknown): never => {
      if (error instanceof MaestroError) throw error // the caller's own fetch knows better what happened
      // A network that swallows everything would otherwise be waited for as long as the system sees fit.
      if (error instanceof Error && error.name === 'TimeoutError')
        refuse('timed_out', `Maestro did not answer at ${url} within ${timeout / 1000} s`, {
          suggestion: 'maestro status',
        })
      refuse('unreachable', `Maestro does not answer at ${url} (${causeOf(error)})`, { suggestion: 'maestro up' })
    }
    const response = await fetch(url + path, {
      method,
      headers: all,
      signal: AbortSignal.timeout(timeout),
      ...(body && { body: JSON.stringify(body) }),
    }).catch(unanswered)
    trace?.(`${method} ${path} ${response.status} ${Math.round(performance.now() - start)} ms`)
    return read<R>(response, await response.text().catch(unanswered)) // it may die in the middle of its answer
  }
}

function read<R>(response: Response, text: string): R {
  if (!response.headers.get('Content-Type')?.includes('json')) {
    if (response.ok) return text as R // only `metrics` answers with text
    refuse(response.status >= 500 ? 'unavailable' : 'failed', `The server answered ${response.status} and no JSON`)
  }
  const json = JSON.parse(text) as { success: true; data: R } | ({ success: false } & ErrorBody)
  if (json.success) return json.data
  const error = MaestroError.from(json)
  const after = response.headers.get('Retry-After')
  throw after ? new Postponed(error, Number(after) * 1000) : error
}

function fill(path: string, input: Fields): { path: string; rest: Fields } {
  const rest = { ...input }
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return { path: filled, rest }
}

function search(fields: Fields): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : ''
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause)
}
