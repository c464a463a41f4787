import type { Client } from '../client/client.ts'
import { refuse } from '../protocol/errors.ts'
import { frozenInWords } from '../protocol/freeze.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Spawner } from '../protocol/model.ts'
import { whyNotType } from './attach.ts'
import { type Context, found, type Result } from './context.ts'
import { interruptible } from './interrupt.ts'
import { SessionFollower } from './session-follower.ts'
import { showable } from './terminal-access.ts'
import { Typist, thaw } from './typist.ts'

/** What is to be sent, and how long (ms) it may wait for its moment. */
export type Letter = { prompt: string; now: boolean; timeout: number }

/** An agent that has taken a prompt says so by then (ms); one without hooks never does. */
const TAKEN_MS = 5_000

/** Waits for the agent to rest, takes control, types, presses Enter, and gives control back. */
export async function send(context: Context, id: SessionId, letter: Letter): Promise<Result> {
  const client = await context.project()
  const { scopes } = await context.server.ask('whoami', {})
  checkMayType(id, undefined, scopes)
  const { machine, frozen } = await showable(context, id)
  checkMayType(id, machine, scopes)
  if (frozen) refuse('frozen', `${frozenInWords(frozen)}: nothing is typed until it is thawed`, thaw)
  const goesOn = () => ({ message: `Stopped. ${id} goes on.`, next: [`maestro session show ${id}`] })
  const taken = await interruptible(context, goesOn, (signal) => deliver(context, client, id, letter, signal))
  return found(
    { session: id, sent: true, taken },
    (_, { paint }) => `${paint.green('✓')} sent to ${id}${taken ? '' : paint.dim(' (nothing heard of it yet)')}`,
    [`maestro session wait ${id}`],
  )
}

function checkMayType(id: SessionId, machine: Spawner | undefined, scopes: readonly string[]): void {
  const why = whyNotType(machine, scopes)
  if (why) refuse('forbidden', why, { suggestion: `maestro session show ${id}` })
}

/** Sends it, and answers whether the agent has said that it works on it. */
async function deliver(
  context: Context,
  client: Client,
  id: SessionId,
  letter: Letter,
  signal: AbortSignal,
): Promise<boolean> {
  const follower = new SessionFollower(context, client, id, signal)
  await atRest(follower, id, letter)
  const before = follower.heard
  const typist = new Typist(client, id, signal)
  await typist.begin(letter.now)
  await atRest(follower, id, letter) // somebody else may have given it something to do meanwhile
  await typist.enter(letter.prompt)
  typist.end()
  return follower.hears(before, TAKEN_MS)
}

async function atRest(follower: SessionFollower, id: SessionId, { now, timeout }: Letter): Promise<void> {
  if (now || (await follower.rests(timeout))) return
  refuse('timed_out', `${id} has not come to rest in that time, so nothing was sent`, {
    suggestion: `maestro session send ${id} "…" --now`,
  })
}
