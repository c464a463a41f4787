import type { Client } from '../../../client/client.ts'
import { MaestroError } from '../../../protocol/errors.ts'
import { broken } from '../../pure/protocol/invariants.ts'

const LOOK_MS = 1_000

/** Looks at the project again and again, as anybody might at any moment, and keeps what was wrong with it. */
export class Looks {
  count = 0
  readonly wrong: string[] = []
  #client: Client
  #timer: NodeJS.Timeout

  constructor(client: Client) {
    this.#client = client.with({ patience: { retries: 0, delay: 0 } })
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      const project = await this.#client.query('project.show', {})
      this.count++
      this.wrong.push(...broken(project).map((what) => `look ${this.count}: ${what}`))
    } catch (error) {
      if (!(error instanceof MaestroError)) this.wrong.push(`look ${this.count}: ${error}`) // it was away, as it may be
    }
  }
}
