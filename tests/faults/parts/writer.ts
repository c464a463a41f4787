import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../../client/client.ts'
import { newId } from '../../../client/ids.ts'
import { MaestroError } from '../../../protocol/errors.ts'
import type { HookEvent } from '../../../protocol/hook-event.ts'
import type { Chance } from './chance.ts'
import type { Accepted } from './ledger.ts'

/** Whoever has no answer asks again after so long (ms), for as long as it takes. */
const AGAIN_MS = 50

type Options = {
  /** With a hook's key; it must not try again by itself, or nobody would know of the answers that were lost. */
  client: Client
  name: string
  chance: Chance
  /** At most so many events in one request. */
  most: number
  /** Between a request's answer and the next request, on the whole, in ms. */
  rest: number
}

/** An agent's hooks, as the server hears them: one request after another, each again until it is answered. */
export class Writer {
  readonly accepted: Accepted[] = []
  /** Events whose first answer was lost: the server had them already. */
  absorbed = 0
  /** Requests that came to nothing, by why. */
  readonly failures = new Map<string, number>()
  #options: Options
  #count = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Reports until `goesOn` says no; then that its session has ended. */
  async go(goesOn: () => boolean): Promise<void> {
    const { chance, most, rest } = this.#options
    await this.#say([this.#event('session_start')])
    while (goesOn()) {
      const count = 1 + chance.below(most)
      await this.#say(Array.from({ length: count }, () => this.#event('tool_use')))
      await pause(chance.gap(rest))
    }
    await this.#say([this.#event('session_end')])
  }

  async #say(events: HookEvent[]): Promise<void> {
    for (let left = events; left.length > 0; ) {
      try {
        const { results } = await this.#options.client.report(left)
        const answered = new Map(results.map(({ id, result }) => [id, result]))
        for (const { id } of left) if (answered.get(id) === 'duplicate') this.absorbed++
        for (const { id } of left.filter((event) => answered.has(event.id)))
          this.accepted.push({ source: this.#options.name, key: id })
        left = left.filter(({ id }) => !answered.has(id))
      } catch (error) {
        if (!(error instanceof MaestroError)) throw error
        this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1)
        await pause(AGAIN_MS)
      }
    }
  }

  #event(kind: HookEvent['kind']): HookEvent {
    const { name } = this.#options
    const use = `${name}-${this.#count++}`
    const tool = kind === 'tool_use' ? { tool: 'Bash', toolUse: use, ms: 5 } : {}
    const end = kind === 'session_end' ? { end: { reason: 'other' } } : {}
    const said = { agent: 'claude-code', agentSession: name, kind, name: kind, summary: `${kind} ${use}` }
    return { id: newId('evt'), at: Date.now(), ...said, ...tool, ...end, payload: { note: 'x'.repeat(300) } }
  }
}
