import { Queue, type Task } from './queue.ts'

const nextTurn = globalThis.setImmediate

/** Something that runs by itself and dies as a whole: the daemon of a machine, the server, a browser. */
export class Process {
  readonly name: string
  alive = true
  /** How far (ms) its clock is from the true time. */
  skew: () => number
  /** What it has put off and still means to do. */
  timers = 0
  /** Who must hear when it dies. */
  readonly onDeath = new Set<() => void>()

  constructor(name: string, skew: () => number = () => 0) {
    this.name = name
    this.skew = skew
  }

  /** Ends here and now: nothing that it had begun goes on. */
  die(): void {
    if (!this.alive) return
    this.alive = false
    for (const tell of this.onDeath) tell()
  }
}

/** Thrown at whoever touches the world after its own death. */
export class Killed extends Error {}

/**
 * The only source of events and of time: everything that happens is a step at a moment, done one after another, and the
 * same chance brings about the same steps. Nothing waits for anything real.
 */
export class World {
  /** True time, in ms since 1970. */
  now = Date.UTC(2026, 10, 27, 12)
  events = 0
  /** Whose step is being done. */
  current: Process | undefined
  /** What went wrong that nobody had meant to. */
  readonly failures: string[] = []
  #queue = new Queue()
  #order = 0
  #trace = 0x811c9dc5

  /** Does `step` in `ms`, unless its process has died by then; null: it is nobody's. */
  after(ms: number, step: () => unknown, process: Process | null | undefined = this.current): Task {
    const task = {
      at: this.now + Math.max(0, ms),
      order: this.#order++,
      step,
      process: process ?? undefined,
      over: false,
    }
    this.#queue.push(task)
    return task
  }

  /** Resolves in `ms`; never when the process that waits dies. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Goes on for as long as `goesOn` says so and there is anything to do. */
  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      const task = this.#queue.pop()
      if (!task) return
      if (task.over || task.process?.alive === false) continue
      this.now = Math.max(this.now, task.at)
      this.events++
      this.#trace = Math.imul(this.#trace ^ task.order ^ (this.now * 1_000), 0x01000193)
      await this.#do(task)
    }
  }

  /** The same for the same events in the same order. */
  get trace(): string {
    return (this.#trace >>> 0).toString(16).padStart(8, '0')
  }

  /** Runs `step` for `process`, at once. */
  as<T>(process: Process | undefined, step: () => T): T {
    const before = this.current
    this.current = process
    try {
      return step()
    } finally {
      this.current = before
    }
  }

  async #do(task: Task): Promise<void> {
    this.current = task.process
    task.over = true
    try {
      task.step()
    } catch (error) {
      const text = error instanceof Error ? error.stack : String(error)
      const isMeant = error instanceof Killed || text?.includes('injected')
      if (!isMeant) this.failures.push(`${task.process?.name}: ${text}`)
    }
    // All that follows at once from this step, whatever promises it goes through, happens before the next.
    await new Promise((resolve) => nextTurn(resolve))
    this.current = undefined
  }
}
