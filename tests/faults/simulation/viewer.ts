import type { Live } from '../../../client/live.ts'
import type { Replica } from '../../../client/replica.ts'
import type { Project } from '../../../protocol/model.ts'
import type { Shared } from './machine.ts'
import { Process } from './world.ts'

/** A page that somebody looks at: the client's own live connection and replica. */
export class Viewer {
  readonly name: string
  readonly figures = { snapshots: 0, reloads: 0 }
  process!: Process
  #shared: Shared
  #key: string
  #replica!: Replica
  #keeper!: { project: Project }
  #live!: Live

  constructor(name: string, key: string, shared: Shared) {
    this.name = name
    this.#key = key
    this.#shared = shared
    this.open()
  }

  /** Opens the page, or opens it anew with nothing known. */
  open(): void {
    const { world, network, parts, project } = this.#shared
    for (const line of [...network.lines]) if (line.client === this.process) line.closeFromClient(1001)
    this.process?.die()
    this.figures.reloads++
    this.process = new Process(this.name)
    const client = new parts.Client({
      url: 'http://maestro',
      key: this.#key,
      project,
      fetch: network.fetchAt(this.name),
    })
    const keeper = parts.plainKeeper()
    this.#keeper = keeper
    this.#replica = new parts.Replica(keeper)
    this.#live = new parts.Live(client, this.#replica, { snapshot: () => void this.figures.snapshots++ })
    world.after(0, () => this.#live.start(), this.process)
  }

  get seq(): number {
    return this.#replica.seq
  }

  get project(): Project {
    return this.#keeper.project
  }
}
