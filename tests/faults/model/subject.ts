import type { Outcome } from '../../../durable-objects/outcome.ts'
import type { Actor } from '../../../protocol/actor.ts'
import type { HookResult } from '../../../protocol/directory.ts'
import type { ServerFrame } from '../../../protocol/frames.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import type { Project } from '../../../protocol/model.ts'
import type { Command, Entry } from '../../../protocol/project.ts'

export type Row = { seq: number; id: string; at: number; by: string; type: string; data: string }
export type Range = { since?: number; before?: number; limit: number }
export type Done = Outcome<{ entries: (Entry & { event: string })[]; duplicate: boolean }>

/** A connection to the project: what it was told so far, in order. */
export type Line = { frames: ServerFrame[]; close(): void }

/** A real project's object, wherever it runs, and what its surroundings may do to it. */
export type Subject = {
  execute(by: Actor, command: Command, id: string): Promise<Done>
  hear(by: Actor, events: HookEvent[]): Promise<HookResult[]>
  show(): Promise<Project>
  /** What the object holds itself of the log after `since`. */
  log(since: number): Promise<Row[]>
  /** A page of the log, by way of the archive where the object no longer holds it. */
  read(range: Range): Promise<Row[]>
  connect(query: string): Promise<Line>
  /** Resolves when all that was to be told has been. */
  told(lines: Line[], head: number): Promise<void>
  /** Puts it out of memory; the next who asks wakes it. */
  evict(): Promise<void>
  /** Its clock rings, whether it is due or not. */
  ring(): Promise<void>
  /** When (ms since 1970) its clock rings next. */
  alarm(): Promise<number | null>
  setTime(now: number): void
  setArchive(up: boolean): Promise<void>
  archived(): Promise<Row[]>
  /** Makes the next statement but `after` that writes fail; nothing where that cannot be done. */
  failWrite?(after: number): void
}
