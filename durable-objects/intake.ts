import { type Actor, nameOf, system } from '../protocol/actor.ts'
import type { Taken } from '../protocol/answers.ts'
import { refuse } from '../protocol/errors.ts'
import { longId, type ProjectId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import type { Entry, Event } from '../protocol/project.ts'
import { decideSettled } from '../protocol/transfer.ts'
import type { Log } from './log.ts'
import type { Row } from './volumes.ts'

/** A part of an exported log: entries that have been checked one by one. */
export type Part = {
  project: ProjectId
  name?: string | undefined
  digest: string
  head: number
  entries: Entry[]
}

type Plan = Pick<Part, 'digest' | 'head'>
type Append = (events: Event[], id: string, at: number, by: string) => Row[]

/**
 * Takes an exported log in, part by part, each entry as it was. Until the last of them is there the project stands
 * still: nothing is decided in it, no clock rings, and no list names it.
 */
export class Intake {
  #log: Log
  #plan: Plan | undefined

  constructor(log: Log) {
    this.#log = log
    const kept = log.fact('intake')
    if (kept) this.#plan = JSON.parse(kept) as Plan // only `#begin` writes it
  }

  /** Some of it is there, and not yet all. */
  get isOpen(): boolean {
    return this.#plan !== undefined && this.#log.head > 0 && this.#log.head < this.#plan.head
  }

  checkWhole(): void {
    if (this.isOpen) refuse('conflict', 'This project is being imported', { suggestion: 'maestro project list' })
  }

  /** Appends what of `part` is not yet there, and with its last entry what follows from being somewhere else. */
  take(by: Actor, part: Part, project: Project, append: Append): Row[] {
    this.#begin(part)
    const rows: Row[] = []
    const fresh = this.#isWhole ? [] : part.entries.filter(({ seq }) => seq > this.#log.head)
    for (const entry of fresh) {
      this.#check(entry)
      rows.push(...append([adopted(entry, part.project)], entry.id, entry.at, entry.by))
    }
    if (fresh.length === 0 || !this.#isWhole) return rows
    const now = Date.now()
    rows.push(...append(decideSettled(project, now), newId(now), now, nameOf(system)))
    const { name } = part
    if (name === undefined || name === project.name) return rows
    return [...rows, ...append([{ type: 'project:updated', data: { changes: { name } } }], newId(now), now, nameOf(by))]
  }

  taken({ name }: Project): (typeof Taken)['_zod']['output'] {
    return { head: this.#log.head, whole: this.#isWhole, name }
  }

  get #isWhole(): boolean {
    return this.#plan !== undefined && this.#log.head >= this.#plan.head
  }

  #begin({ digest, head, project }: Part): void {
    const isSame = this.#plan?.digest === digest && this.#plan.head === head
    if (this.#log.head > 0 && isSame) return
    if (this.#log.head > 0)
      refuse('id_taken', `${project} is here already, and not from this file`, {
        ...{ field: 'project', suggestion: 'maestro project list' },
      })
    this.#plan = { digest, head }
    this.#log.setFact('intake', JSON.stringify(this.#plan))
  }

  #check({ seq, id }: Entry): void {
    const next = this.#log.head + 1
    if (seq !== next) refuse('invalid_input', `Entry ${seq} comes where entry ${next} should`, { field: 'entries' })
    if (seq > this.#plan!.head) refuse('invalid_input', `Entry ${seq} comes after the last`, { field: 'entries' })
    if (this.#log.has(id)) refuse('invalid_input', `Entry ${seq} has the id of an earlier one`, { field: 'entries' })
  }
}

export function newId(now: number): string {
  return longId('evt', now, crypto.getRandomValues(new Uint8Array(10)))
}

/** The first entry says whose log it is; all others are as they were. */
function adopted({ type, data }: Entry, project: ProjectId): Event {
  const own = type === 'project:created' ? { ...data, project } : data
  return { type, data: own } as Event // the same event, of a project that is called by another id
}
