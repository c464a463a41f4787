import { createHash, type Hash } from 'node:crypto'
import { refuse } from '../protocol/errors.ts'

/** The longest entry there can be is far shorter: what is longer is something else, and is not read into memory. */
const LONGEST = 2_000_000
const NEWLINE = 10

/** The bytes of a file, some at a time. */
export type Bytes = AsyncIterable<Uint8Array>

/** The lines of a file one by one, hashed as they pass. Keeps no more than one of them. */
export class LineReader {
  /** The number of the line that was read last, from 1. */
  number = 0
  readonly file: string
  #lines: AsyncIterator<Buffer>
  #hashes = new Set<Hash>()
  #last: Buffer | undefined

  constructor(bytes: Bytes, file: string) {
    this.file = file
    this.#lines = linesOf(bytes, () => this.cutOff())
  }

  /** The next line without its end; nothing after the last. */
  async next(): Promise<string | undefined> {
    if (this.#last) for (const hash of this.#hashes) hash.update(this.#last)
    const { done, value } = await this.#lines.next()
    this.#last = done ? undefined : value
    if (done) return undefined
    this.number++
    if (value.length > LONGEST) this.wrong(`is longer (${value.length} bytes) than any can be`)
    return value.toString('utf8', 0, value.length - 1)
  }

  /** From the line that was read last on, everything is hashed; the answer tells what that came to, without the last line. */
  hashed(): () => string {
    const hash = createHash('sha256')
    this.#hashes.add(hash)
    return () => {
      this.#hashes.delete(hash)
      return hash.digest('hex')
    }
  }

  /** Refuses the line that was read last. */
  wrong(what: string): never {
    refuse('invalid_input', `${this.file}, line ${this.number}: ${what}`, HELP)
  }

  cutOff(): never {
    const where =
      this.number === 0 ? 'no export of Maestro, or cut off in its first line' : `cut off after line ${this.number}`
    refuse('invalid_input', `${this.file} is ${where}: its end is missing`, HELP)
  }
}

const HELP = { field: 'file', suggestion: 'maestro export --out <file>' }

/** Every line with its end. The last must have one too, or something is missing. */
async function* linesOf(bytes: Bytes, cutOff: () => never): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, from)) {
      const part = buffer.subarray(from, end + 1)
      yield rest.length ? Buffer.concat([...rest, part]) : part
      rest = []
      size = 0
      from = end + 1
    }
    if (from < buffer.length) rest.push(buffer.subarray(from))
    size += buffer.length - from
    if (size > LONGEST) return yield Buffer.concat(rest)
  }
  if (size > 0) cutOff()
  return undefined
}
