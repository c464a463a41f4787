import type { ServerFrame } from '../protocol/frames.ts'
import { emptyProject, type Project } from '../protocol/model.ts'
import { type Entry, evolve } from '../protocol/project.ts'

/** Where a project is kept: a plain object, or a store that wants to know what changes. */
export type Keeper = {
  reset(project: Project): void
  change(mutate: (project: Project) => void): void
}

/** A project as the server has told it: a snapshot, then entry after entry by the same `evolve` that the server runs. */
export class Replica {
  seq = 0
  epoch: string | undefined
  #keeper: Keeper

  constructor(keeper: Keeper) {
    this.#keeper = keeper
  }

  /** Takes a frame in and answers with the entries that were new; `gap` when some before them are missing. */
  receive(frame: ServerFrame): { fresh: Entry[]; gap: boolean } {
    if (frame.type === 'snapshot') {
      this.#keeper.reset(frame.project)
      this.seq = frame.seq
      this.epoch = frame.epoch
    }
    if (frame.type === 'hello') this.epoch ??= frame.epoch
    if (frame.type !== 'entries') return { fresh: [], gap: false }
    const fresh = frame.entries.filter((entry) => entry.seq > this.seq) // after a reconnection some may come twice
    const [first] = fresh
    if (!first) return { fresh, gap: false }
    if (first.seq !== this.seq + 1) return { fresh: [], gap: true }
    this.#keeper.change((project) => {
      for (const entry of fresh) evolve(project, entry)
    })
    this.seq = fresh.at(-1)!.seq
    return { fresh, gap: false }
  }

  /** Where to go on: the query of the live connection. */
  get since(): string {
    return this.epoch ? `?since=${this.seq}&epoch=${this.epoch}` : ''
  }
}

/** A keeper that is nothing but the project. */
export function plainKeeper(): Keeper & { project: Project } {
  return {
    project: emptyProject(),
    reset(project) {
      this.project = project
    },
    change(mutate) {
      mutate(this.project)
    },
  }
}
