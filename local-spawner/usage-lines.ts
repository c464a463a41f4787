import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Where reading of a file that grows has come to. `ino` tells it from another of the same name. */
export type Place = { offset: number; ino: number }

const CHUNK = 256 * 1024
/** No line that matters here is longer (bytes); one that is gets passed over. */
const MOST_LINE = 8 * 1024 * 1024

/**
 * Tells `each` whole line of a file that has come since `from`, and answers how far it came; the last line only once its
 * end is there. Starts over when the file is another one, or shorter than it was. Nothing where there is no plain file.
 */
export async function readLines(
  path: string,
  from: Place | undefined,
  each: (line: string) => void,
): Promise<Place | undefined> {
  const file = await openPlain(path)
  if (!file) return undefined
  try {
    const { size, ino } = await file.stat()
    const isSame = from !== undefined && from.ino === ino && from.offset <= size
    return { ino, offset: await readFrom(file, isSame ? from.offset : 0, size, each) }
  } finally {
    await file.close()
  }
}

/** Up to `size` and no further: what is written meanwhile is there the next time. Other work goes on between chunks. */
async function readFrom(file: FileHandle, start: number, size: number, each: (line: string) => void): Promise<number> {
  let done = start
  let rest = Buffer.alloc(0)
  const chunk = Buffer.alloc(Math.min(CHUNK, Math.max(1, size - start)))
  for (let at = start; at < size; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, size - at), at)
    if (bytesRead === 0) break
    at += bytesRead
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    const end = bytes.lastIndexOf(10) + 1
    if (end > 0) for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line) each(line)
    rest = bytes.subarray(end)
    if (rest.length > MOST_LINE) rest = Buffer.alloc(0) // what is left of it will be no JSON
    done = at - rest.length
  }
  return done
}

/** Never what a link leads to, and never a pipe, which would be waited for. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // what node:fs throws
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO' || code === 'EACCES') return undefined
    throw error
  }
}
