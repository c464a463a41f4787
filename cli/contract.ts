import type { Command } from 'commander'
import type * as z from 'zod'
import type { Scope } from '../protocol/actor.ts'
import { Done } from '../protocol/answers.ts'
import type { Spec } from '../protocol/declare.ts'

/** Who a command is for: whoever has a key with this scope; anyone; a person, no agent; or the owner of this machine alone. */
export type Audience = Scope | 'anyone' | 'person' | 'owner'

/**
 * What a command promises: the `data` of its envelope under `--json`, or with `stream` one line of its output; and whom it
 * is for. With `verdict` its data says `ok`, and it ends with 1 when that is false.
 */
export type Contract = {
  output: z.ZodType
  who: Audience
  stream: boolean
  verdict?: boolean
  /** The request that stands behind it, where it is one. */
  request?: Spec
}

const contracts = new WeakMap<Command, Contract>()

export function promise(command: Command, contract: Contract): void {
  contracts.set(command, contract)
}

/** The contract of a command that does something; nothing for a noun, which only has verbs. */
export const contractOf = (command: Command): Contract | undefined => contracts.get(command)

/** What a change answers with, beside the ids it was about. */
export function changeOf<S extends z.ZodRawShape>(about: S) {
  return Done.extend(about)
}
