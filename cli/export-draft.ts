import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { refuse } from '../protocol/errors.ts'

/** Where lines go. Resolves when more may come, so that nothing piles up. */
export type Write = (text: string) => Promise<void>

/** What every such file begins with. */
const BEGINNING = '{"maestro":'

/**
 * Writes `file` by `work`, readable by its owner only. It appears when all of it is on the disk and not before; what was
 * half written is removed. Another such file of that name is replaced, anything else is not. `command` is who asks.
 */
export async function drafted<T>(file: string, command: string, work: (write: Write) => Promise<T>): Promise<T> {
  await checkReplaceable(file, command)
  const failed = (error: NodeJS.ErrnoException) => cannot(error, file, command)
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`
  const handle = await open(draft, 'wx', 0o600).catch(failed)
  try {
    const result = await work((text) => handle.appendFile(text).catch(failed))
    await handle.sync().catch(failed)
    await handle.close()
    await rename(draft, file).catch(failed)
    return result
  } finally {
    await handle.close()
    await rm(draft, { force: true })
  }
}

async function checkReplaceable(file: string, command: string): Promise<void> {
  const found = await stat(file).catch(() => undefined) // what is not there can be written, or opening it says why not
  if (!found || (found.isFile() && (found.size === 0 || (await beginsAsOurs(file))))) return
  refuse('conflict', `${file} is there already, and is not such a file: it is not replaced`, {
    ...{ field: 'out', suggestion: `${command} --out <file>` },
  })
}

async function beginsAsOurs(file: string): Promise<boolean> {
  const handle = await open(file)
  const { buffer, bytesRead } = await handle
    .read({ buffer: Buffer.alloc(BEGINNING.length) })
    .finally(() => handle.close())
  return buffer.toString('utf8', 0, bytesRead) === BEGINNING
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EACCES: 'you may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your part of the disk is full',
}

function cannot({ code = '', message }: NodeJS.ErrnoException, file: string, command: string): never {
  refuse('failed', `${file} cannot be written: ${reasons[code] ?? (code || message)}`, {
    ...{ field: 'out', suggestion: `${command} --out <file>` },
  })
}
