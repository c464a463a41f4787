import type { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import { isRetryable, MaestroError } from '../../../protocol/errors.ts'
import { readyTasks } from '../../../protocol/graph.ts'
import { shortId, type TaskId } from '../../../protocol/ids.ts'
import type { Project } from '../../../protocol/model.ts'
import type { CommandType, Input } from '../../../protocol/project.ts'
import type { Chance } from './chance.ts'
import type { Accepted } from './ledger.ts'
import { planOfSixty } from './plan.ts'

/** How many sessions it keeps at work. */
const AT_ONCE = 6
/** How often it looks when nothing tells it to, in ms. */
const LOOK_MS = 300

type Options = {
  /** Whether it goes on with another plan when one is done. */
  goesOn: () => boolean
  client: Client
  /** The project as it sees it, which may be a while ago. */
  look: () => Project
  chance: Chance
  profile: string
}

/**
 * Sees a plan through: starts sessions on what is ready, lets go on what is blocked, completes what is handed over. It
 * looks at how things are and never remembers what it asked for, so neither the server's death nor a lost answer matters to it.
 */
export class Orchestrator {
  readonly accepted: Accepted[] = []
  /** How often each refusal came. */
  readonly refusals = new Map<string, number>()
  /** Answers that came only when asked again: the first had been lost. */
  absorbed = 0
  plans = 0
  #options: Options
  #isStopped = false
  #done: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Adds sixty tasks, however often that must be asked for. */
  async plan(): Promise<void> {
    const name = `Plan ${++this.plans}:`
    for (const task of planOfSixty(this.#options.chance.for(name), name)) await this.#insist('task.create', task)
  }

  start(): void {
    this.#done = this.#go()
  }

  /** Resolves when it has; throws what nobody expected. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#done
  }

  async #go(): Promise<void> {
    for (let count = 0; !this.#isStopped; count++) {
      await this.#turn(this.#options.look())
      await this.#insistOnNote(count)
      await pause(LOOK_MS)
    }
  }

  async #turn(project: Project): Promise<void> {
    const tasks = Object.values(project.tasks)
    if (tasks.length > 0 && tasks.every(({ status }) => status === 'done') && this.#options.goesOn()) await this.plan()
    for (const { id, status } of tasks) {
      if (status === 'blocked') await this.#ask('task.unblock', { task: id })
      if (status === 'in_review') await this.#ask('task.complete', { task: id })
    }
    const room = AT_ONCE - Object.keys(project.live).length
    for (const { id } of readyTasks(project).slice(0, Math.max(0, room))) await this.#spawn(id)
  }

  async #spawn(task: TaskId): Promise<void> {
    const { chance, profile } = this.#options
    await this.#ask('session.spawn', { session: shortId('sess', chance.bytes(8)), tasks: [task], profile })
  }

  /** One line after the other, none before the last one is known to be kept: what the order can be seen by. */
  async #insistOnNote(count: number): Promise<void> {
    const tasks = Object.values(this.#options.look().tasks)
    const task = tasks[count % Math.max(1, tasks.length)]
    if (task) await this.#insist('task.note', { task: task.id, text: `note ${count}` })
  }

  /** Asks once; what is refused now is looked at again. */
  async #ask<T extends CommandType>(type: T, input: Input<T>, id = newId('evt')): Promise<boolean> {
    try {
      const { entries, duplicate } = await this.#options.client.execute(type, input, id)
      if (duplicate) this.absorbed++
      for (const entry of entries) this.accepted.push({ source: 'orchestrator', key: entry.id })
      return true
    } catch (error) {
      if (!(error instanceof MaestroError)) throw error
      this.refusals.set(error.code, (this.refusals.get(error.code) ?? 0) + 1)
      return !isRetryable(error.code)
    }
  }

  /** Asks with the same id until there is an answer. */
  async #insist<T extends CommandType>(type: T, input: Input<T>): Promise<void> {
    const id = newId('evt')
    while (!(await this.#ask(type, input, id))) await pause(LOOK_MS)
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
