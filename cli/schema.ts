import { Command, type Option } from 'commander'
import * as z from 'zod'
import { errors } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { type Audience, contractOf, promise } from './contract.ts'
import { isRepeatable } from './option.ts'
import { everyCommand, nameOf } from './usage.ts'
import { examples } from './verb.ts'

/** A command as a program may want to know it. */
export type Described = {
  command: string
  summary: string
  usage: string
  arguments: { argument: string; summary: string; many: boolean; required: boolean }[]
  options: DescribedOption[]
  /** Whom it is for: a scope that a key must have, `anyone`, a `person`, or the `owner` of the machine. */
  for?: Audience
  /** It writes lines while it runs, each as its answer says. */
  stream?: boolean
  /** Its answer says `ok`, and it ends with 1, an envelope all the same, when that is false. */
  verdict?: boolean
  commands?: Described[]
}

type DescribedOption = {
  option: string
  value: string | null
  summary: string
  repeatable: boolean
  default: string | null
  choices: readonly string[] | null
}

/** `maestro schema`: the command tree for machines. */
export function schema(context: Context, root: Command): Command {
  const command = new Command('schema').description(
    'All commands, options, answers, errors and exit codes, for programs',
  )
  examples(command, ['maestro schema --json'])
  const output = z.object({
    ...{ command: z.string(), summary: z.string(), usage: z.string() },
    ...{ arguments: z.array(z.unknown()), options: z.array(z.unknown()) },
    commands: z.array(z.record(z.string(), z.unknown())).describe('Each like this one'),
    errors: z.record(z.string(), z.object({ status: z.number(), exit: z.number(), retryable: z.boolean().optional() })),
    answers: z.record(z.string(), z.unknown()).describe('A JSON Schema document: $defs has what each command answers'),
  })
  promise(command, { output, who: 'anyone', stream: false })
  return command.action(async () => {
    if (context.rehearsal) return
    const { answerSchemas } = await import('./answer-schemas.ts')
    const data = { ...describe(root), errors, answers: answerSchemas(everyCommand(root)) }
    context.give(found(data, (data) => JSON.stringify(data, null, 2)))
  })
}

export function describe(command: Command): Described {
  const contract = contractOf(command)
  const own = command.options.filter(({ hidden }) => !hidden)
  return {
    command: nameOf(command),
    summary: command.description(),
    usage: `${nameOf(command)} ${command.usage()}`.trim(),
    arguments: command.registeredArguments.map((each) => {
      return { argument: each.name(), summary: each.description, many: each.variadic, required: each.required }
    }),
    options: own.map(option),
    ...(contract && { for: contract.who, stream: contract.stream, verdict: contract.verdict ?? false }),
    ...(command.commands.length && { commands: command.commands.map(describe) }),
  }
}

function option(given: Option): DescribedOption {
  const { long, flags, description, argChoices, defaultValueDescription } = given
  return {
    option: long ?? flags,
    value: /[<[](.+)[>\]]/.exec(flags)?.[1] ?? null,
    summary: description,
    repeatable: isRepeatable(given),
    default: defaultValueDescription ?? null,
    choices: argChoices ?? null,
  }
}
