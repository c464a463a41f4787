/** So many ids stand in one row: 128 KB, read as a whole. */
const PART = 8_192
const BYTES = 16
/** A part ends where so long (ms) nothing happened: where one clock is a year ahead, what is new lies in between. */
const GAP = 60 * 60_000
/** So many such ends are made at a time, where most time lies between: each part is to be looked for. */
const MOST_GAPS = 15
/** So many parts are kept at hand: what comes late comes together, from an agent that was offline. */
const AT_HAND = 8

type Part = { number: number; low: string; high: string }

/**
 * The ids of entries that are no longer held here: a report that is repeated after any time is still known. Each id is
 * kept as the 16 bytes it stands for, sorted, so that a million take 16 MB and nothing is left to chance. They are looked
 * for by the time that an id begins with, so that a new one, which is later than all of them, costs no look.
 */
export class Spent {
  #sql: SqlStorage
  #parts: Part[] = []
  #highest = ''
  #atHand = new Map<number, Uint8Array>()

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(
      'CREATE TABLE IF NOT EXISTS spent (number INTEGER PRIMARY KEY, low TEXT NOT NULL, high TEXT NOT NULL, ids BLOB NOT NULL)',
    )
    this.load()
  }

  load(): void {
    const query = 'SELECT number, low, high FROM spent'
    this.#parts = this.#sql.exec<Part & Record<string, SqlStorageValue>>(query).toArray()
    this.#highest =
      this.#parts
        .map(({ high }) => high)
        .sort()
        .at(-1) ?? ''
    this.#atHand.clear()
  }

  /** Keeps ids of the form `isLong` says, in their order. */
  add(ids: string[]): void {
    for (const part of partsOf(ids))
      this.#sql.exec(
        'INSERT INTO spent (low, high, ids) VALUES (?, ?, ?)',
        part[0],
        part.at(-1),
        packed(part).buffer as ArrayBuffer, // it was made with a buffer of its own
      )
    this.load()
  }

  has(id: string): boolean {
    if (id > this.#highest || !isLong(id)) return false
    return this.#parts.some((part) => part.low <= id && id <= part.high && holds(this.#ids(part.number), packed([id])))
  }

  #ids(number: number): Uint8Array {
    const known = this.#atHand.get(number)
    if (known) return known
    const { ids } = this.#sql.exec<{ ids: ArrayBuffer }>('SELECT ids FROM spent WHERE number = ?', number).one()
    const [eldest] = this.#atHand.keys()
    if (this.#atHand.size >= AT_HAND) this.#atHand.delete(eldest!)
    const found = new Uint8Array(ids)
    this.#atHand.set(number, found)
    return found
  }
}

/** The ids in parts that lie close together. */
function partsOf(ids: string[]): string[][] {
  const gaps = ids.map((id, i) => ({ i, ms: i ? timeOf(id) - timeOf(ids[i - 1]!) : 0 })).filter(({ ms }) => ms > GAP)
  const widest = gaps.sort((a, b) => b.ms - a.ms).slice(0, MOST_GAPS)
  const ends = [...widest.map(({ i }) => i), ids.length].sort((a, b) => a - b)
  return ends.flatMap((end, i) => {
    const near = ids.slice(ends[i - 1] ?? 0, end)
    return Array.from({ length: Math.ceil(near.length / PART) }, (_, n) => near.slice(n * PART, (n + 1) * PART))
  })
}

/** When (ms since 1970) an id says it was made. */
const timeOf = (id: string) => Number.parseInt(id.slice(4, 16), 16)

/** The form that every reported event's id has. */
export const isLong = (id: string) => /^evt_[0-9a-f]{32}$/.test(id)

function packed(ids: string[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * BYTES)
  for (const [i, id] of ids.entries())
    for (let byte = 0; byte < BYTES; byte++)
      bytes[i * BYTES + byte] = Number.parseInt(id.slice(4 + byte * 2, 6 + byte * 2), 16)
  return bytes
}

/** Whether `id` is among the sorted `ids`, by halving. */
function holds(ids: Uint8Array, id: Uint8Array): boolean {
  let [from, to] = [0, ids.length / BYTES]
  while (from < to) {
    const middle = (from + to) >> 1
    const order = compare(ids, middle * BYTES, id)
    if (order === 0) return true
    if (order < 0) from = middle + 1
    else to = middle
  }
  return false
}

function compare(ids: Uint8Array, at: number, id: Uint8Array): number {
  for (let byte = 0; byte < BYTES; byte++) {
    const difference = ids[at + byte]! - id[byte]!
    if (difference !== 0) return difference
  }
  return 0
}
