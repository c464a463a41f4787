import * as z from 'zod'
import { Gap, type HookEvent } from '../protocol/hook-event.ts'
import { redactText } from './secrets.ts'
import { fieldsOf } from './summary.ts'
import { clip, oneLine } from './text.ts'

/** By this name a payload in the spool is known to be Maestro's own: it says what could not be kept. */
const NAME = 'MaestroGap'

const GapPayload = Gap.extend({ hook_event_name: z.literal(NAME), why: z.string().max(1_000) })

/** What to leave in the spool, as a hook would. `why` is for people. */
export const gapPayload = (gap: Gap, why: string): string => JSON.stringify({ hook_event_name: NAME, ...gap, why })

/** Whether it is one of these, sound or not. */
export const isGap = (payload: unknown): boolean => fieldsOf(payload).hook_event_name === NAME

/** `37 events were dropped: the spool was full`; nothing for a payload that an agent's hook made. */
export function readGap(payload: unknown): Pick<HookEvent, 'kind' | 'name' | 'summary' | 'gap'> | undefined {
  if (!isGap(payload)) return undefined // nearly all: a schema would take its time to refuse them
  const { data } = GapPayload.safeParse(payload)
  if (!data) return undefined
  const { what, events, why } = data
  const count = events === 1 ? '1 event was' : `${events} events were`
  const summary = `${count} ${what === 'dropped' ? 'dropped' : 'set aside'}: ${why}`
  return { kind: 'gap', name: 'Gap', summary: clip(oneLine(redactText(summary)), 200), gap: { what, events } }
}
