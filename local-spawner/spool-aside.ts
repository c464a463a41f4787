import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './log.ts'

/** Where spool files go that can never be sent. Each is counted and said, and the rest goes on. */
export class Aside {
  #folder: string
  #log: Log
  #count = 0

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  put({ name, path }: { name: string; path: string }, reason: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 }) // people clear it away
    renameSync(path, join(this.#folder, name))
    this.#count++
    this.#log('warn', `a spool file was set aside: ${reason}`, { file: name, count: this.#count })
  }
}
