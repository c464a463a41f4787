import { type Actor, nameOf, system } from '../../../protocol/actor.ts'
import { MaestroError } from '../../../protocol/errors.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import { emptyProject, type Project } from '../../../protocol/model.ts'
import {
  type Command,
  decide,
  decideHeard,
  decideTick,
  type Entry,
  type Event,
  evolve,
} from '../../../protocol/project.ts'
import { checkLive } from '../../../protocol/task-access.ts'

/** What the object must answer: what a request brought about, or the code of its refusal. */
export type Expected = { entries: Entry[]; duplicate: boolean } | { refused: string }

/** What an object must be, said as simply as can be: a list, and the rules. It forgets nothing, and nothing fails. */
export class Model {
  readonly log: Entry[] = []
  readonly project: Project = emptyProject()
  /** The entries that came of each request or report, by its id. */
  readonly #of = new Map<string, Entry[]>()
  /** What each request was, by its id: who asked for what. */
  readonly asked = new Map<string, { by: string; type: Command['type'] }>()
  now: number

  constructor(now: number) {
    this.now = now
  }

  execute(by: Actor, command: Command, id: string): Expected {
    try {
      checkLive(this.project, by)
      const before = this.#of.get(id) ?? []
      if (before.length > 0) {
        const asked = this.asked.get(id)
        if (before[0]!.by !== nameOf(by) || asked?.type !== command.type) return { refused: 'conflict' }
        return { entries: before, duplicate: true }
      }
      const events = decide(this.project, command, { by, now: this.now })
      if (events.length > 0) this.asked.set(id, { by: nameOf(by), type: command.type })
      return { entries: this.#append(events, id, nameOf(by)), duplicate: false }
    } catch (error) {
      if (error instanceof MaestroError) return { refused: error.code }
      throw error
    }
  }

  hear(by: Actor, events: HookEvent[]): { id: string; result: 'stored' | 'duplicate' }[] {
    return events.map((event) => {
      if (this.#of.has(event.id)) return { id: event.id, result: 'duplicate' }
      const heard = decideHeard(this.project, event, { by, now: this.now })
      this.#append(heard, event.id, nameOf(by))
      return { id: event.id, result: 'stored' }
    })
  }

  /** What the clock brings about. That a machine is not connected is for the object to see; which it found away is in `rows`, the new ones. */
  ring(rows: { id: string; type: string; data: string }[]): void {
    const began = this.log.length
    for (const { id, type, data } of rows) {
      if (type !== 'spawner:offline') continue
      const { spawner } = JSON.parse(data) // of an entry of that type
      this.#append(
        decide(this.project, { type: 'spawner.offline', spawner }, { by: system, now: this.now }),
        id,
        'maestro',
      )
    }
    const events = decideTick(this.project, this.now)
    const id = rows[this.log.length - began]?.id ?? 'evt_missing'
    this.#append(events, id, 'maestro')
  }

  /** The project as it was at `seq`. */
  at(seq: number): Project {
    const project = emptyProject()
    for (const entry of this.log.slice(0, seq)) evolve(project, structuredClone(entry))
    return project
  }

  #append(events: Event[], id: string, by: string): Entry[] {
    const entries = events.map((event, i) => {
      const place = { seq: this.log.length + 1, id: i ? `${id}.${i}` : id, at: this.now, by }
      // As the log keeps it: what is not JSON is not kept.
      const entry = JSON.parse(JSON.stringify({ ...place, ...event })) as Entry // an Event and its place
      this.log.push(entry)
      evolve(this.project, structuredClone(entry))
      return entry
    })
    if (entries.length > 0) this.#of.set(id, entries)
    return entries
  }
}
