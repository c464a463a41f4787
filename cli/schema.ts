import { Command, type Option } from 'commander'
import { errors } from '../protocol/errors.ts'
import { type Context, found } from './context.ts'
import { isRepeatable } from './option.ts'
import { nameOf } from './usage.ts'
import { examples } from './verb.ts'

/** A command as a program may want to know it. */
export type Described = {
  command: string
  summary: string
  usage: string
  arguments: { argument: string; summary: string; many: boolean }[]
  options: DescribedOption[]
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
  const command = new Command('schema').description('All commands, options, errors and exit codes, for programs')
  examples(command, ['maestro schema --json'])
  return command.action(() => {
    if (context.rehearsal) return
    context.give(found({ ...describe(root), errors }, (data) => JSON.stringify(data, null, 2)))
  })
}

export function describe(command: Command): Described {
  const own = command.options.filter(({ hidden }) => !hidden)
  return {
    command: nameOf(command),
    summary: command.description(),
    usage: `${nameOf(command)} ${command.usage()}`.trim(),
    arguments: command.registeredArguments.map((each) => {
      return { argument: each.name(), summary: each.description, many: each.variadic }
    }),
    options: own.map(option),
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
