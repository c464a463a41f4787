import { refuse } from '../protocol/errors.ts'
import type { Context } from './context.ts'
import { drafted, type Write } from './export-draft.ts'
import { pathIn } from './folder.ts'
import { interruptible } from './interrupt.ts'
import { quote } from './quote.ts'

/** What stands for standard output where a file is named. */
const STDOUT = '-'

/** Where something long is written: to a file, or to standard output. */
export type Out = { file: string | null; command: string }

/** What `--out` comes to. Standard output takes nothing else beside it, and no terminal is filled with it. */
export function outOf(context: Context, given: unknown, command: string, name: string): Out {
  if (typeof given === 'string' && given !== STDOUT) return { file: pathIn(context.io, given), command }
  const suggestion = `${command} --out ${name}`
  if (context.flags.json)
    refuse('invalid_input', 'With --json, standard output has the answer: what is written needs a file', {
      ...{ field: 'out', suggestion },
    })
  if (given === undefined && context.io.terminal.out)
    refuse('invalid_input', 'This would fill the terminal: name a file', { field: 'out', suggestion })
  return { file: null, command }
}

/** Runs `work`, which writes; when Ctrl-C ends it, no file is there. */
export async function writing<T>(
  context: Context,
  { file, command }: Out,
  work: (write: Write, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const again = file === null ? command : `${command} --out ${quote(file)}`
  const stopped = () => ({ message: 'Stopped. Nothing whole was written.', next: [again] })
  return interruptible(context, stopped, (signal) => {
    if (file === null) return work(async (text) => context.io.out(text), signal)
    return drafted(file, command, (write) => work(write, signal))
  })
}
