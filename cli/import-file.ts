import { createReadStream } from 'node:fs'
import { refuse } from '../protocol/errors.ts'
import type { ExportHead } from '../protocol/transfer.ts'
import type { Progress } from './export-progress.ts'
import type { Passing } from './import-read.ts'

const CHUNK = 256 * 1024

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
}

/** What is in a file, some of it at a time. */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: CHUNK })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException // a stream of a file throws no other
    refuse('invalid_input', `${file} cannot be read: ${reasons[code] ?? (code || message)}`, {
      ...{ field: 'file', suggestion: 'maestro export --out <file>' },
    })
  }
}

/** A project's log that was read to its end and found whole. */
export type Verified = { head: ExportHead; digest: string }

/** Reads all of it and keeps nothing: what each log is, once it was seen to be as it was written. */
export async function verified(passing: AsyncIterable<Passing>, progress: Progress): Promise<Verified[]> {
  const found: Verified[] = []
  let entries = 0
  for await (const one of passing) {
    if (one.kind === 'entry') progress.show('verified', ++entries)
    if (one.kind === 'end') found.push({ head: one.head, digest: one.digest })
  }
  return found
}
