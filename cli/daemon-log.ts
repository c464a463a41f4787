import * as z from 'zod'
import { clock } from './entry-text.ts'
import type { Look } from './look.ts'
import { visible } from './visible.ts'

export const LogLine = z.looseObject({
  at: z.string().describe('When it was said, as of ISO 8601; empty where that is not known'),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  suggestion: z.string().optional().describe('What to do about it'),
})
export type LogLine = z.infer<typeof LogLine>

/** A line of the daemon's log. What Node itself has to say is one too, an error without a time. */
export function readLogLine(line: string): LogLine {
  const plain: LogLine = { at: '', level: 'error', message: line }
  if (!line.startsWith('{')) return plain
  try {
    return LogLine.safeParse(JSON.parse(line)).data ?? plain
  } catch {
    return plain // cut off by a crash
  }
}

/** As people read it. */
export function logText({ at, level, message }: LogLine, { paint, now }: Look): string {
  const color = { info: paint.dim, warn: paint.yellow, error: paint.red }[level]
  const when = at ? clock(Date.parse(at), now) : '        '
  return `${paint.dim(when)}  ${color(level.padEnd(5))}  ${visible(message)}`
}
