import type { Outcome } from '../../../durable-objects/outcome.ts'
import type { Actor } from '../../../protocol/actor.ts'
import type { HookResult } from '../../../protocol/directory.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import type { Command, Entry } from '../../../protocol/project.ts'
import type { Query } from '../../../protocol/queries.ts'
import type { Range, Row } from '../model/subject.ts'

/** One project, as its class in durable-objects/project.ts is. */
export type ProjectObject = {
  execute(
    by: Actor,
    command: Command,
    id: string,
  ): Promise<Outcome<{ entries: (Entry & { event: string })[]; duplicate: boolean }>>
  hear(by: Actor, events: HookEvent[]): HookResult[]
  query(by: Actor, query: Query): Outcome<string>
  rows(by: Actor, range: Range): Outcome<{ rows: Row[]; floor: number; begins: number }>
  figures(): { head: number; sockets: number; archiveBehind: number; live: number }
  fetch(request: Request): Promise<Response>
  alarm(): Promise<void>
  webSocketClose(socket: unknown, code: number, reason: string, wasClean: boolean): void
}

/** The Worker, as worker/index.ts exports it. */
export type Worker = { fetch(request: Request, env: unknown, context: unknown): Response | Promise<Response> }

type ReadLog = (
  held: { rows: (by: Actor, range: Range) => Promise<Outcome<{ rows: Row[]; floor: number; begins: number }>> },
  history: unknown,
  by: Actor,
  range: Range,
) => Promise<Outcome<{ rows: Row[]; more: boolean }>>

type Product = {
  api: Worker
  ProjectObject: new (surroundings: unknown, env: unknown) => ProjectObject
  History: new (d1: unknown, project: string) => unknown
  readLog: ReadLog
}

const load = (path: string): Promise<Record<string, unknown>> =>
  import(new URL(`../../../${path}`, import.meta.url).href)

/**
 * The real Worker and the real object, to be run on the stand-ins of this folder. They are compiled for another world than
 * Node, with types of its own; so they are loaded here without theirs, and what is used of them is said above.
 */
export async function loadProduct(): Promise<Product> {
  const [index, history, log] = await Promise.all([
    load('worker/index.ts'),
    load('db/history.ts'),
    load('worker/log.ts'),
  ])
  const { default: api, ProjectObject } = index!
  return { api, ProjectObject, History: history!.History, readLog: log!.readLog } as Product // as their files say
}
