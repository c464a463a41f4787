import { openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'

const largest = 10_000_000

/** Where the daemon of a home writes what it has to say. */
export function spawnerLog({ run }: Home): string {
  return join(run, 'spawner.log')
}

/** A file to append to, its owner's alone. One that has grown too large begins anew. */
export function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return openSync(file, size > largest ? 'w' : 'a', 0o600)
}

/** What the program that writes this log said last: the message and what to do, where the line is one of ours. */
export function lastMessage(file: string): { message: string; suggestion?: string } {
  const line = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  try {
    const { message = line, suggestion } = JSON.parse(line) as { message?: unknown; suggestion?: unknown } // of any content: read as text
    return { message: String(message), ...(typeof suggestion === 'string' && { suggestion }) }
  } catch {
    return { message: line } // written by Node itself, say
  }
}
