import type { Spec } from '../protocol/declare.ts'
import { type DirectoryAnswer, directory, type ProjectAnswer, projectRoutes } from '../protocol/directory.ts'
import type { ProjectId } from '../protocol/ids.ts'
import { type CommandType, commands, type Entry, type Input } from '../protocol/project.ts'
import { type Answer, type QueryType, queries } from '../protocol/queries.ts'
import { exchange, fill, search } from './exchange.ts'
import { newId } from './ids.ts'
import { type Patience, retry } from './retry.ts'

export type ClientOptions = {
  /** Where the Worker is: `http://127.0.0.1:4747`. */
  url: string
  /** What to ask with, or how to find that when it is first needed. */
  key?: string | (() => Promise<string | undefined>)
  /** Absent: the project comes from the key, or a call that needs one is refused. */
  project?: ProjectId
  patience?: Patience
  /** How long (ms) one try may take; 30 s when absent. */
  timeout?: number
  /** How often (ms) a live connection pings; `HEARTBEAT_MS` when absent. */
  heartbeat?: number
  fetch?: typeof fetch
  /** Told of every try: `POST /api/… 200 12 ms (try 1)`. Never of keys or bodies. */
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
    return this.#call(commands[type], this.#base(), input, id)
  }

  query<T extends QueryType>(type: T, input: Asked<typeof queries, T>): Promise<Answer[T]> {
    return this.#call(queries[type], this.#base(), input)
  }

  /** Asks the Worker itself, about what lies beside or above projects. `id` as for `execute`. */
  ask<T extends keyof typeof directory>(
    type: T,
    input: Asked<typeof directory, T>,
    id: string = newId('evt'),
  ): Promise<DirectoryAnswer[T]> {
    // A link is used up by the first who comes: whoever asks again after losing the answer would be told that it was used.
    const asking =
      type === 'sign-in' || type === 'enrolment.use' ? this.with({ patience: { retries: 0, delay: 0 } }) : this
    return asking.#call(directory[type], '', input, id)
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
    return this.#call(directory['hook.event'], '', { events }, undefined, project && { 'Maestro-Project': project })
  }

  /** The address of a WebSocket of this project, `/live` or `/sessions/…/terminal`. */
  socketUrl(path: string): string {
    return `${this.options.url.replace(/^http/, 'ws')}/api${this.#base()}${path}`
  }

  #base(): string {
    return this.options.project ? `/projects/${this.options.project}` : ''
  }

  #call<R>(spec: Spec, base: string, input: object, id?: string, more: Record<string, string> = {}): Promise<R> {
    const {
      url,
      patience = { retries: 3, delay: 200 },
      timeout = 30_000,
      fetch = globalThis.fetch,
      trace,
    } = this.options
    const { path, rest } = fill(spec.path, input as Fields)
    const inUrl = spec.method === 'GET'
    const headers = { ...more, ...(id && !inUrl && { 'Idempotency-Key': id }) }
    const target = `/api${base}${path}${inUrl ? search(rest) : ''}`
    const request = { method: spec.method, path: target, headers, ...(!inUrl && { body: rest }) }
    return retry(
      async (one) => exchange<R>({ url, key: await this.#key(), timeout, fetch, trace }, request, one),
      patience,
    )
  }

  async #key(): Promise<string | undefined> {
    const { key } = this.options
    return typeof key === 'function' ? key() : key
  }
}
