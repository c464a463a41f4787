import { faultOf } from '../db/fault.ts'
import { goodOf, itemsOf, readEvent, resultsOf } from '../hooks/reported.ts'
import { countBytes } from '../hooks/text.ts'
import type { HookResult } from '../protocol/directory.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { type ClientFrame, REPORT_BYTES, type ServerFrame } from '../protocol/frames.ts'
import type { HookEvent } from '../protocol/hook-event.ts'

type Hear = (events: HookEvent[]) => HookResult[]

/** The answer to a frame of a machine's connection: what became of the events it reports, as those are answered that come by POST. */
export function answerReport(message: string | ArrayBuffer, hear: Hear): string {
  let n = 0
  let answer: ServerFrame
  try {
    const frame = frameOf(message)
    n = frame.n
    const read = itemsOf(frame).map(readEvent)
    answer = { type: 'reported', n, results: resultsOf(read, hear(goodOf(read))) }
  } catch (error) {
    answer = { type: 'refused', n, error: toldOf(error).toJSON() }
  }
  return JSON.stringify(answer)
}

/** What went wrong here is for the log; who reports is told that something did. */
function toldOf(error: unknown): MaestroError {
  if (error instanceof MaestroError) return error
  console.error(JSON.stringify({ level: 'error', message: 'a report failed', error: faultOf(error) }))
  return new MaestroError('internal', 'Something went wrong here')
}

function frameOf(message: string | ArrayBuffer): ClientFrame {
  if (typeof message !== 'string') refuse('invalid_input', 'A report is JSON')
  if (countBytes(message) > REPORT_BYTES) refuse('too_large', `A report may have ${REPORT_BYTES / 1_000} kB at most`)
  let frame: unknown
  try {
    frame = JSON.parse(message)
  } catch {
    refuse('invalid_input', 'A report is JSON')
  }
  const { type, n } = (typeof frame === 'object' && frame !== null ? frame : {}) as Partial<ClientFrame> // of any content: checked here
  if (type !== 'report' || !Number.isSafeInteger(n))
    refuse('invalid_input', 'A report is { type: "report", n, events }')
  return frame as ClientFrame // its events are checked one by one
}
