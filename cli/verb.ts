import { createHash } from 'node:crypto'
import { Command, type Option } from 'commander'
import type * as z from 'zod'
import { newId } from '../client/ids.ts'
import { queryAnswers } from '../protocol/answers.ts'
import type { Spec } from '../protocol/declare.ts'
import { MaestroError, refuse } from '../protocol/errors.ts'
import { IdempotencyKey, longId, shortId } from '../protocol/ids.ts'
import { type CommandType, commands, type Entry } from '../protocol/project.ts'
import { type Answer, type QueryType, queries } from '../protocol/queries.ts'
import { checked, checkGiven } from './checked.ts'
import type { Context, Result } from './context.ts'
import { type Audience, changeOf, promise } from './contract.ts'
import { type Field, fieldsOf } from './field.ts'
import { type Flags, type Given, type Places, placed, read } from './given.ts'
import { nearMiss } from './near-miss.ts'
import { flagOf, optionFor, optionOf } from './option.ts'

/** What a verb adds to its request: where its inputs stand on the command line, and how its answer looks. */
export type Plan<I, R> = {
  /** Its name, where it is not the request's own. */
  verb?: string
  summary?: string
  /** Inputs given by position, in order; an input of many takes all that is left. */
  args?: (keyof I & string)[]
  /** Inputs whose option has another name than they do: `{ links: 'link' }`. */
  flags?: { [K in keyof I]?: string }
  /** Inputs that are not for the command line, or that `fill` makes. */
  omit?: (keyof I & string)[]
  options?: Option[]
  /** The first position may be left out; this finds it then. */
  own?: (context: Context, given: Given) => string | Promise<string>
  /** Another answer to the same words, where there is one; the request is not made then. */
  instead?: (context: Context, given: Given) => Promise<Result | undefined>
  /** Inputs made here of what was given. */
  fill?: (context: Context, given: Given, make: MakeId) => object | Promise<object>
  examples: string[]
  /** The schema of `data`; a change answers with the ids it was about, and a look with what the request does, unless it is said here. */
  output?: z.ZodType
  /** Whom it is for, where that is not whoever has the request's scope. */
  who?: Audience
  /** `given` is what stood on the command line, options that are no inputs too. */
  result: (answer: R, input: I, context: Context, given: Given) => Result | Promise<Result>
}

/** Makes the ids of new things: the same ones again when the same idempotency key is given. */
export type MakeId = (prefix: 'task' | 'sub' | 'sess' | 'proj') => string

type Done = { entries: Entry[]; duplicate: boolean }
type CommandInput<T extends CommandType> = z.output<(typeof commands)[T]['input']>
type QueryInput<T extends QueryType> = z.output<(typeof queries)[T]['input']>

/** A verb that changes something: `maestro task complete …` for `task.complete`. */
export function change<T extends CommandType>(context: Context, type: T, plan: Plan<CommandInput<T>, Done>): Command {
  const ask = async (input: CommandInput<T>, id: string | undefined) =>
    (await context.project()).execute(type, input as never, id) // it has just passed the schema of `type`
  return verb(context, commands[type], type, ask, { output: changeOf(idsIn(commands[type])), ...plan })
}

/** A verb that only reads. */
export function look<T extends QueryType>(context: Context, type: T, plan: Plan<QueryInput<T>, Answer[T]>): Command {
  const ask = async (input: QueryInput<T>) => (await context.project()).query(type, input as never) // as above
  return verb(context, queries[type], type, ask, { output: queryAnswers[type], ...plan })
}

/** What a request is about: the ids that it must have. */
function idsIn({ input }: Spec): z.ZodRawShape {
  const names = fieldsOf(input).filter(({ id, required, many }) => id && required && !many)
  return Object.fromEntries(names.map(({ name }: Field) => [name, input.shape[name]!]))
}

/** A CLI verb for a request, its options and their help read off the request's own schema. */
export function verb<S extends Spec, R>(
  context: Context,
  spec: S,
  type: string,
  ask: (input: z.output<S['input']>, id: string | undefined) => Promise<R>,
  plan: Plan<z.output<S['input']>, R> & { output: z.ZodType },
): Command {
  const fields = fieldsOf(spec.input)
  const byName = new Map(fields.map((field) => [field.name, field]))
  const args = (plan.args ?? []).map((name) => byName.get(name)!)
  const command = new Command(plan.verb ?? type.split('.')[1]!).description(plan.summary ?? spec.summary)
  const flags: Flags = plan.flags ?? {}
  const omitted: string[] = plan.omit ?? []
  const offered = fields.filter(({ name, kind }) => kind !== 'object' && !omitted.includes(name))

  const places = { command, args, offered, flags, leading: plan.own !== undefined }

  declareArguments(places)
  for (const field of offered) {
    for (const option of optionFor(field, flagOf(field, flags)))
      command.addOption(option.hideHelp(args.includes(field)))
  }
  for (const option of plan.options ?? []) command.addOption(option)
  if (spec.method !== 'GET') command.addOption(idempotencyKey())
  examples(command, plan.examples)
  promise(command, { output: plan.output, who: plan.who ?? audienceOf(spec), stream: false, request: spec })

  return command.action(async (...all: unknown[]) => {
    const texts = all.slice(0, args.length) as (string | string[] | undefined)[] // what commander passes for arguments
    const options: Given = command.opts()
    const given = placed(places, texts, options)
    if (context.rehearsal) return
    const key = options.idempotencyKey as string | undefined // a text, by its option
    const raw: Given = { ...options, ...(await read(context, offered, given)) }
    checkGiven(spec.input, fields, raw, flags)
    const [first] = args
    if (first && plan.own) raw[first.name] ??= await plan.own(context, raw)
    const other = await plan.instead?.(context, raw)
    if (other) return context.give(other)
    await attempt(key, async () => {
      const filled = await plan.fill?.(context, raw, maker(key))
      const input = await checked(context, spec.input, fields, { ...raw, ...filled }, flags)
      const answer = await ask(input as z.output<S['input']>, key) // `checked` has parsed it with this schema
      context.give(await plan.result(answer, input as z.output<S['input']>, context, raw)) // as above
    }).catch(async (error: unknown) => {
      throw await nearMiss(context, error)
    })
  })
}

const audienceOf = ({ scope }: Spec): Audience => (scope === 'public' ? 'anyone' : scope)

function idempotencyKey(): Option {
  const option = optionOf('--idempotency-key <key>', 'Asking again with the same key changes nothing more')
  return option.argParser((value) => {
    const { success, error } = IdempotencyKey.safeParse(value)
    if (success) return value
    refuse('invalid_input', `--idempotency-key ${error.issues[0]!.message}`, { field: 'idempotency-key' })
  })
}

export function examples(command: Command, lines: string[]): void {
  if (lines.length) command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}

function declareArguments({ command, args, leading }: Places): void {
  // All are optional to commander where the first may be left out: which one is missing is seen by how many there are.
  for (const { name, many, required, summary } of args) {
    const inner = many ? `${name}...` : name
    command.argument(required && !leading ? `<${inner}>` : `[${inner}]`, summary)
  }
  if (!leading) return
  const rest = args.slice(1).map(({ name, required }) => (required ? `<${name}>` : `[${name}]`))
  command.usage(['[options]', `[${args[0]!.name}]`, ...rest].join(' '))
}

/** Once more when an id made here was already somebody's: with so short ids it can be. */
export async function attempt<T>(key: string | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (key || !(error instanceof MaestroError) || error.code !== 'id_taken') throw error
    return step()
  }
}

export function maker(key: string | undefined): MakeId {
  let made = 0
  return (prefix) => {
    if (key === undefined) return newId(prefix)
    const hash = createHash('sha256').update(`${key} ${prefix} ${made++}`).digest()
    // The place of the moment is taken by chance too: the same project again must have the same id.
    return prefix === 'proj' ? longId(prefix, hash.readUIntBE(10, 6), hash) : shortId(prefix, hash)
  }
}
