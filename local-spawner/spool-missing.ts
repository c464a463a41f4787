import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProjectId } from '../protocol/ids.ts'

/** A project that is not found for so long (ms) is taken for deleted. */
const GONE_MS = 10 * 60_000

/** Since when a project is not found. A file of the spool says it, for a flush lives shorter than it takes to be sure. */
export class Missing {
  #file: string

  constructor(spool: string, project: ProjectId) {
    this.#file = join(spool, `missing.${project}`)
  }

  /** To be called whenever it is not found: the first time counts. Answers whether it is taken for deleted. */
  note(): boolean {
    const since = statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs
    if (since === undefined) writeFileSync(this.#file, '', { mode: 0o600 })
    return since !== undefined && Date.now() - since > GONE_MS
  }

  found(): void {
    rmSync(this.#file, { force: true })
  }
}
