import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { visible } from './visible.ts'

type Wanted = {
  /** What is about to happen, in a sentence. */
  what: string
  /** What has to be typed. */
  word: string
  /** The same command, with the confirmation in it. */
  without: string
}

/** Goes on only when `word` is typed: what follows is not taken back easily. `given` is what stood on the command line. */
export async function confirm({ io }: Context, given: unknown, { what, word, without }: Wanted): Promise<void> {
  if (given === true || given === word) return
  if (given !== undefined)
    refuse('invalid_input', `--yes says ${given}, and this is ${word}`, { field: 'yes', suggestion: without })
  if (!io.confirm)
    refuse('invalid_input', `${what}, and there is no terminal to confirm that in`, {
      field: 'yes',
      suggestion: without,
    })
  const typed = await io.confirm(visible(`${what}. Type ${word} to go on: `))
  if (typed.trim() !== word) refuse('failed', 'Nothing was done: it was not confirmed', { suggestion: without })
}
