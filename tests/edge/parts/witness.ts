import type { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import type { Actor } from '../../../protocol/actor.ts'
import { MaestroError } from '../../../protocol/errors.ts'
import { emptyProject, type Project } from '../../../protocol/model.ts'
import { type CommandType, decide, type Entry, evolve, type Input, parseCommand } from '../../../protocol/project.ts'

/** What was asked, between which entries of the log, and what came of it: entries, or a refusal. */
export type Attempt<T extends CommandType = CommandType> = {
  type: T
  input: Input<T>
  by: Actor
  from: number
  to: number
  entries?: Entry[]
  refused?: MaestroError
}

/** Asks, and sees between which entries of the log the answer was decided. */
export class Witness {
  #owner: Client
  /** An entry that is known to be in the log. */
  #seen = 0

  constructor(owner: Client) {
    this.#owner = owner
  }

  async ask<T extends CommandType>(client: Client, by: Actor, type: T, input: Input<T>): Promise<Attempt<T>> {
    const from = this.#seen
    try {
      const { entries } = await client.execute(type, input, newId('evt'))
      for (const { seq } of entries) this.#seen = Math.max(this.#seen, seq)
      return { type, input, by, from, to: entries.length ? entries[0]!.seq - 1 : await this.#head(), entries }
    } catch (error) {
      if (!(error instanceof MaestroError)) throw error
      return { type, input, by, from, to: await this.#head(), refused: error }
    }
  }

  async #head(): Promise<number> {
    const { entries } = await this.#owner.askProject('entry.list', { limit: 1 })
    const head = Math.max(...entries.map(({ seq }) => seq))
    this.#seen = Math.max(this.#seen, head)
    return head
  }

  /** The whole log so far. */
  async log(): Promise<History> {
    const log: Entry[] = []
    for (let more = true; more; ) {
      const page = await this.#owner.askProject('entry.list', { since: log.length, limit: 1_000 })
      log.push(...page.entries)
      more = page.entries.length > 0
    }
    return new History(log)
  }
}

/** A log, and the project as it was after each of its entries. */
export class History {
  readonly log: Entry[]
  #states: Project[] = [emptyProject()]

  constructor(log: Entry[]) {
    this.log = log
    const project = emptyProject()
    for (const entry of log) {
      evolve(project, entry)
      this.#states.push(structuredClone(project))
    }
  }

  at(seq: number): Project {
    return this.#states[seq]!
  }

  get now(): Project {
    return this.#states.at(-1)!
  }

  /** Whether the rules, at some moment while it was under way, say of this attempt what was answered. */
  explains({ type, input, by, from, to, entries, refused }: Attempt): boolean {
    for (let seq = from; seq <= to; seq++) {
      const said = this.#said(seq, type, input, by)
      if (said instanceof MaestroError) {
        if (refused && said.code === refused.code && said.message === refused.message) return true
      } else if (entries && said.length === entries.length) return true
    }
    return false
  }

  #said(seq: number, type: CommandType, input: object, by: Actor) {
    try {
      return decide(this.at(seq), parseCommand(type, input), { by, now: Date.now() })
    } catch (error) {
      if (error instanceof MaestroError) return error
      throw error
    }
  }
}
