import type * as z from 'zod'
import type { Scope } from './actor.ts'

/** The body of a request has so many bytes at most, however it is sent. */
export const BODY_BYTES = 1_000_000
/** A part of an import may hold the longest entry that there can be, which a body of the usual size once brought about. */
export const IMPORT_BYTES = 2_500_000

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request is declared once; the gate, REST, OpenAPI, the typed client and the CLI are read off this. */
export type Spec = {
  summary: string
  method: Method
  /** Below `/api/projects/:project` for what a project answers, below `/api` for the directory. */
  path: string
  /** What a key must be allowed to do; `public` needs no key. */
  scope: Scope | 'public'
  input: z.ZodObject
  /** How many bytes its body may have, where that is not `BODY_BYTES`. */
  bytes?: number
}

export type Table = Record<string, Spec>
type EventTable = Record<string, z.ZodType>

/** What is asked beside the type; `z.output` of no fields at all would forbid the type too. */
type Fields<I extends z.ZodType> = z.output<I> extends Record<string, never> ? unknown : z.output<I>

/** The union of requests in a table: `{ type: 'session.spawn', session, tasks, … } | …` */
export type RequestsIn<T extends Table> = { [K in keyof T & string]: { type: K } & Fields<T[K]['input']> }[keyof T &
  string]

/** The union of events in a table: `{ type: 'task:created', data: { … } } | …` */
export type EventsIn<T extends EventTable> = { [K in keyof T & string]: { type: K; data: z.output<T[K]> } }[keyof T &
  string]

/** An event with its place in the log. `seq` has no gaps within a project; `id` is unique; `at` is ms since 1970. */
export type Logged<E> = E extends { type: string; data: unknown }
  ? { seq: number; id: string; at: number; by: string; type: E['type']; data: E['data'] }
  : never
