import type { Client } from '../../../client/client.ts'
import type { SessionId, TaskId } from '../../../protocol/ids.ts'
import type { Chance } from '../parts/chance.ts'
import type { Accepted } from '../parts/ledger.ts'
import type { Shared } from './machine.ts'
import { Process } from './world.ts'

const MOST_TASKS = 60

/** Somebody who plans: one request after another, each asked again until there is an answer. */
export class Person {
  readonly name: string
  readonly accepted: Accepted[] = []
  readonly figures = { asked: 0, refused: 0 }
  readonly process: Process
  #chance: Chance
  #client: Client
  #shared: Shared
  #tasks: TaskId[] = []
  #sessions: SessionId[] = []
  #isResting = false

  constructor(name: string, key: string, shared: Shared) {
    this.name = name
    this.#shared = shared
    this.#chance = shared.chance.for(name)
    this.process = new Process(name)
    const { network, parts, project } = shared
    const patience = { retries: 8, delay: 100 }
    this.#client = new parts.Client({
      url: 'http://maestro',
      key,
      project,
      patience,
      timeout: 3_000,
      fetch: network.fetchAt(name),
    })
    shared.world.after(this.#chance.gap(500), () => void this.#goOn(), this.process)
  }

  rest(): void {
    this.#isResting = true
  }

  async #goOn(): Promise<void> {
    while (!this.#isResting) {
      await this.#ask()
      await new Promise((resolve) =>
        this.#shared.world.after(this.#chance.gap(600), () => resolve(undefined), this.process),
      )
    }
  }

  async #ask(): Promise<void> {
    this.figures.asked++
    try {
      const { entries } = await this.#something()
      for (const { id } of entries) this.accepted.push({ source: this.name, key: id })
    } catch {
      this.figures.refused++ // a refusal, or nobody answered: either way nothing was promised
    }
  }

  #something() {
    const chance = this.#chance
    const task = chance.pick(this.#tasks)
    const session = chance.pick(this.#sessions)
    if (!task || (chance.next() < 0.15 && this.#tasks.length < MOST_TASKS)) return this.#create()
    if (chance.next() < 0.15) return this.#spawn(task)
    if (session && chance.next() < 0.1) return this.#client.execute('session.stop', { session })
    if (chance.next() < 0.3) return this.#client.execute('task.edit', { task, title: `Title ${chance.below(9)}` })
    if (chance.next() < 0.2) return this.#client.execute('task.complete', { task, summary: 'Done' })
    if (chance.next() < 0.2) return this.#client.execute('task.reopen', { task })
    return this.#client.execute('task.note', { task, text: `Note ${this.figures.asked}` })
  }

  #create() {
    const task: TaskId = `task_${this.#id()}`
    this.#tasks.push(task)
    return this.#client.execute('task.create', { task, title: 'Dig' })
  }

  #spawn(task: TaskId) {
    const session: SessionId = `sess_${this.#id()}`
    this.#sessions.push(session)
    return this.#client.execute('session.spawn', { session, tasks: [task], profile: 'demo', workspace: 'scratch' })
  }

  #id(): string {
    return String(this.#chance.below(10 ** 8)).padStart(8, '0')
  }
}
