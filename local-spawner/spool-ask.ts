import { setTimeout as after } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { backoff } from '../client/retry.ts'
import type { HookResult } from '../protocol/directory.ts'
import { MaestroError } from '../protocol/errors.ts'
import type { HookEvent } from '../protocol/hook-event.ts'

/** Where events go. */
export type Reporter = Pick<Client, 'report'>
export type Answer = { results: HookResult[] } | { error: unknown }

/** The first pause (ms) after a failure; later ones are longer. */
export const FIRST_PAUSE_MS = 200
/** One that is sent by itself is sent so often again before it is to blame for a fault of the server. */
const AGAIN = 3

export async function ask(reporter: Reporter, events: HookEvent[]): Promise<Answer> {
  try {
    const { results } = await reporter.report(events)
    return { results }
  } catch (error) {
    return { error }
  }
}

/** Asks about one event, and again where the server fails: a hiccup is not to be blamed on what it came over. */
export async function askAlone(reporter: () => Reporter, event: HookEvent): Promise<Answer> {
  for (let failures = 0; ; failures++) {
    const answer = await ask(reporter(), [event])
    if (!isInternal(answer) || failures === AGAIN) return answer
    await after(backoff(failures, FIRST_PAUSE_MS))
  }
}

const isInternal = (answer: Answer) =>
  'error' in answer && answer.error instanceof MaestroError && answer.error.code === 'internal'
