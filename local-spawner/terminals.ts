import type { Client } from '../client/client.ts'
import type { SessionId } from '../protocol/ids.ts'
import { type Surroundings, TerminalSource } from './terminal-source.ts'

/** The terminals of a project that somebody watches now: each has a line to its relay, for so long. */
export class Terminals {
  #client: Client
  #around: Surroundings
  #open = new Map<SessionId, TerminalSource>()

  constructor(client: Client, around: Surroundings) {
    this.#client = client
    this.#around = around
  }

  /** Takes the complete list of those that are watched. */
  watch(sessions: SessionId[]): void {
    for (const [id, source] of this.#open) {
      if (sessions.includes(id)) continue
      source.stop()
      this.#open.delete(id)
    }
    for (const id of sessions) {
      if (this.#open.has(id)) continue
      const source = new TerminalSource(this.#client, id, this.#around)
      this.#open.set(id, source)
      source.start()
    }
  }

  stop(): void {
    this.watch([])
  }
}
