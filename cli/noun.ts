import { Command, type Option } from 'commander'
import type * as z from 'zod'
import type { Context, Result } from './context.ts'
import { type Audience, promise } from './contract.ts'
import { optionOf } from './option.ts'
import { examples } from './verb.ts'

/** A noun with its verbs: `maestro task …`. */
export function noun(name: string, summary: string, verbs: Command[]): Command {
  const command = new Command(name).description(summary)
  for (const verb of verbs) command.addCommand(verb)
  return command
}

type Written = {
  args?: [name: string, summary: string][]
  options?: ([flags: string, summary: string] | Option)[]
  /** What else its help says. */
  about?: string
  examples: string[]
  /** The schema of `data` under `--json`; with `stream`, of one line of what it writes while it runs. */
  output: z.ZodType
  who: Audience
  stream?: boolean
  /** Its data says `ok`, and it ends with 1 when that is false. */
  verdict?: boolean
}

/** A command that no request stands behind, written by hand. `act` gets the arguments, then the options. */
export function written(
  context: Context,
  name: string,
  summary: string,
  { args = [], options = [], about, examples: lines, output, who, stream = false, verdict = false }: Written,
  act: (
    args: (string | undefined)[],
    options: Record<string, unknown>,
  ) => Promise<Result | undefined> | Result | undefined,
): Command {
  const command = new Command(name).description(summary)
  for (const [arg, about] of args) command.argument(arg, about)
  for (const option of options) command.addOption(Array.isArray(option) ? optionOf(...option) : option)
  if (about) command.addHelpText('after', `\n${about}`)
  examples(command, lines)
  promise(command, { output, who, stream, verdict })
  return command.action(async (...all: unknown[]) => {
    if (context.rehearsal) return
    const given = all.slice(0, args.length) as (string | undefined)[] // no argument of a hand-written command takes many
    const result = await act(given, command.opts())
    if (result) context.give(result)
  })
}
