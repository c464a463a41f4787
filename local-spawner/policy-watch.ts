import { statSync } from 'node:fs'
import { type Log, sentenceOf } from './log.ts'
import { type Policy, readPolicy } from './policy.ts'

/** The policy as it is now. A file that became wrong allows nothing until it is mended. */
export class PolicyWatch {
  #file: string
  #log: Log
  #seen: string
  #now: Policy | undefined
  #last: Policy

  /** Throws when the policy is refused: a daemon does not begin with one. */
  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
    this.#seen = this.#mark()
    this.#now = this.#last = readPolicy(file)
  }

  get now(): Policy | undefined {
    return this.#now
  }

  /** The last one that was good: what runs goes on within its limits while the file is wrong. */
  get last(): Policy {
    return this.#last
  }

  /** Reads it anew, whatever was seen before: what starts, starts by what the file says. Throws a refusal. */
  read(): Policy {
    this.#now = this.#last = readPolicy(this.#file)
    return this.#now
  }

  /** Reads it if it is another one than at the last look. */
  look(): void {
    const mark = this.#mark()
    if (mark === this.#seen) return
    this.#seen = mark
    try {
      this.read()
      this.#log('info', 'the policy has changed')
    } catch (error) {
      this.#now = undefined
      this.#log('error', `nothing is started until this is mended: ${sentenceOf(error)}`)
    }
  }

  #mark(): string {
    const stat = statSync(this.#file, { throwIfNoEntry: false })
    return stat ? [stat.ino, stat.mtimeMs, stat.ctimeMs, stat.size].join() : 'gone'
  }
}
