import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gapPayload } from '../hooks/gap.ts'
import { readSpoolName } from '../hooks/spool.ts'
import type { Gap } from '../protocol/hook-event.ts'

/** A hook that has opened the counter writes its line well within this (ms), even when it is taken away meanwhile. */
const SETTLED_MS = 1_000

const reasons: Record<string, string> = {
  full: 'the spool was full',
  unwritten: 'the disk was full, or more than 8 MB came at once',
}

/**
 * Turns what hooks counted as dropped, and what was set aside, into files of the spool, which come into the log like all
 * others: once, and to the session they are about. Each step may be the last one before a crash, and may be done again:
 * the names of these files, and so the ids of their events, follow from what they tell of.
 */
export class Gaps {
  #spool: string

  constructor(spool: string) {
    this.#spool = spool
  }

  /** Takes away what was counted since the last time, and tells of what was taken away before, when nobody adds to it any more. */
  collect(now = Date.now()): void {
    const names = readdirSync(this.#spool)
    const counted = names.filter((name) => name === 'dropped' || name.startsWith('dropped.'))
    if (counted.length > 0) this.#takeAway(counted, now)
    for (const name of names) if (name.startsWith('told.')) rmSync(this.#at(name), { recursive: true, force: true })
    for (const name of names) if (name.startsWith('counted.')) this.#tell(name, now)
  }

  /** Says that a file is set aside, `at` ms since 1970 its own time. To be called before it is: what is said twice counts once. */
  setAside(name: string, at: number, why: string): void {
    const { session = '-', agent = 'unknown' } = readSpoolName(name, at) ?? {}
    this.#leave({ session, agent, id: uuid(at, `aside ${name}`) }, { what: 'set_aside', events: 1 }, why)
  }

  #takeAway(counted: string[], now: number): void {
    const folder = this.#at(`counted.${uuid(now, randomBytes(16).toString('hex'))}`)
    mkdirSync(folder, { mode: 0o700 })
    for (const name of counted) renameSync(this.#at(name), join(folder, name))
  }

  #tell(name: string, now: number): void {
    const folder = this.#at(name)
    if (Math.abs(now - statSync(folder).ctimeMs) < SETTLED_MS) return // the clock may have been set back since
    const [, id = ''] = name.split('.')
    for (const [key, events] of countIn(folder)) {
      const [session = '-', agent = 'unknown', why = ''] = key.split(/[. ]/)
      const time = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
      const whose = { session, agent, id: uuid(time, `${id} ${key}`) }
      this.#leave(whose, { what: 'dropped', events }, reasons[why] ?? why)
    }
    // One step: a folder that is half removed would count fewer the next time.
    renameSync(folder, this.#at(`told.${id}`))
    rmSync(this.#at(`told.${id}`), { recursive: true, force: true })
  }

  #leave({ session, agent, id }: { session: string; agent: string; id: string }, gap: Gap, why: string): void {
    const name = `${session}.${agent}.${id}.json`
    const draft = this.#at('tmp', name)
    writeFileSync(draft, gapPayload(gap, why), { mode: 0o600 })
    renameSync(draft, this.#at('new', name))
  }

  #at(...parts: string[]): string {
    return join(this.#spool, ...parts)
  }
}

/**
 * How many of each `session.agent reason`: a line each in the counter, and an empty file each where no line could be
 * written as a whole. What stands behind the last line break is such a one, and counted by its file.
 */
function countIn(folder: string): Map<string, number> {
  const keys = readdirSync(folder).flatMap((name) =>
    name === 'dropped'
      ? readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)
      : `${name.split('.').slice(1, 3).join('.')} unwritten`,
  )
  const counts = new Map<string, number>()
  for (const key of keys.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Whatever stands there, it counts; an earlier version wrote a dot and no more. */
const keyOf = (line: string) =>
  /^[0-9a-z_-]{1,50}\.[a-z0-9-]{1,50} [a-z]{1,20}$/.test(line) ? line : '-.unknown unwritten'

/** A UUIDv7 that follows from `seed`: an event is made of it, so the same seed is the same event. `ms` since 1970. */
function uuid(ms: number, seed: string): string {
  const time = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0').slice(-12)
  const hash = createHash('sha256').update(seed).digest('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}
