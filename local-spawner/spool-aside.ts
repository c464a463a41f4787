import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, sentenceOf } from './log.ts'
import type { Gaps } from './spool-gaps.ts'

/** One that cannot be moved now is left alone for so long (ms). */
const REST_MS = 30_000
/** So many are kept to be looked at; beyond that the oldest make room. */
const KEPT = 1_000

/** Where spool files go that can never be sent. Each is counted and said, in the log too, and the rest goes on. */
export class Aside {
  #folder: string
  #gaps: Gaps
  #log: Log
  #count = 0
  /** Since when files are left where they are, by name. */
  #resting = new Map<string, number>()
  /** Why the last one could not be moved. */
  complaint: string | undefined

  constructor(folder: string, gaps: Gaps, log: Log) {
    this.#folder = folder
    this.#gaps = gaps
    this.#log = log
  }

  /**
   * `isTold`: false where an event about it would end here too. Never fails: what is gone needs nothing any more, and what
   * cannot be moved stays for another time, for it must not be in the way of the others.
   */
  put(file: { name: string; path: string }, reason: string, isTold = true): void {
    if (performance.now() - (this.#resting.get(file.name) ?? Number.NEGATIVE_INFINITY) < REST_MS) return
    try {
      this.#move(file, reason, isTold)
      this.#resting.delete(file.name)
      this.complaint = undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      this.#resting.set(file.name, performance.now())
      this.complaint = `a spool file cannot be set aside: ${sentenceOf(error)}`
      this.#log('error', this.complaint, { file: file.name })
    }
  }

  #move({ name, path }: { name: string; path: string }, reason: string, isTold: boolean): void {
    const { mtimeMs } = statSync(path)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 }) // people clear it away
    if (isTold) this.#tell(name, mtimeMs, reason)
    renameSync(path, join(this.#folder, name))
    this.#count++
    this.#log('warn', `a spool file was set aside: ${reason}`, { file: name, count: this.#count })
    if (this.#count % 100 === 1) this.#makeRoom()
  }

  /** Where the disk is full the file moves all the same: it must not be in the way of the others. */
  #tell(name: string, at: number, reason: string): void {
    try {
      this.#gaps.setAside(name, at, reason)
    } catch (error) {
      this.#log('error', `that a spool file is set aside cannot be said: ${sentenceOf(error)}`, { file: name })
    }
  }

  #makeRoom(): void {
    const names = readdirSync(this.#folder)
    if (names.length <= KEPT) return
    const aged = names.map((name) => ({ name, at: this.#timeOf(name) }))
    aged.sort((a, b) => a.at - b.at)
    for (const { name } of aged.slice(0, names.length - KEPT))
      rmSync(join(this.#folder, name), { recursive: true, force: true })
  }

  /** People clear them away, at any moment. */
  #timeOf(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  }
}
