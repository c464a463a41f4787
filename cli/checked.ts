import type * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { validateChoice } from '../protocol/validate.ts'
import type { Context } from './context.ts'
import type { Field } from './field.ts'
import type { Flags, Given } from './given.ts'
import { checkBeginning, wholeId } from './id-prefix.ts'
import { flagOf } from './option.ts'

/**
 * Refuses what the request's schema would refuse of what was given, before anything is asked of anybody. Ids may still be
 * beginnings of some.
 */
export function checkGiven(schema: z.ZodObject, fields: Field[], given: Given, flags: Flags): void {
  const all = withNumbers(fields, given)
  for (const field of fields) {
    const value = all[field.name]
    if (value === undefined || field.kind === 'object') continue
    const values = [value].flat().map(String)
    if (field.id) for (const one of values) checkBeginning(field.id, one)
    else if (field.choices.length)
      for (const one of values) validateChoice(one, field.choices, `--${flagOf(field, flags)}`)
    else {
      const { error } = schema.shape[field.name]!.safeParse(value)
      if (error) refuseInput(field, flags, given, error.issues[0]!)
    }
  }
}

/** `given` with its ids made whole, as the request's schema takes it; or a refusal that names the option that is wrong. */
export async function checked(
  context: Context,
  schema: z.ZodObject,
  fields: Field[],
  given: Given,
  flags: Flags,
): Promise<Record<string, unknown>> {
  const input = await withWholeIds(context, fields, given)
  const parsed = schema.safeParse(withNumbers(fields, input))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = fields.find(({ name }) => name === issue!.path[0])
  refuseInput(field, flags, input, issue!)
}

function refuseInput(field: Field | undefined, flags: Flags, given: Given, issue: z.core.$ZodIssue): never {
  const flag = field ? flagOf(field, flags) : undefined
  const wrong = wrongWith(field, field && given[field.name], issue)
  refuse('invalid_input', `${flag ? `--${flag}` : 'input'}${wrong}`, {
    ...(flag && { field: flag }),
    ...(field?.choices.length && { validValues: field.choices }),
  })
}

function wrongWith(field: Field | undefined, value: unknown, issue: z.core.$ZodIssue): string {
  const isNumber = typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))
  if (field?.kind === 'number' && typeof value === 'string' && !isNumber) return ` must be a number, not ${value}`
  if (field?.kind === 'number' && issue.code === 'too_big') return ` must be ${issue.maximum} at most, not ${value}`
  if (field?.kind === 'number' && issue.code === 'too_small') return ` must be ${issue.minimum} at least, not ${value}`
  if (issue.code === 'too_big' && issue.origin === 'string') return ` may have ${issue.maximum} characters at most`
  return `: ${issue.message}`
}

async function withWholeIds(context: Context, fields: Field[], given: Given): Promise<Given> {
  const input = { ...given }
  for (const { name, id } of fields) {
    const value = input[name]
    if (!id) continue
    if (typeof value === 'string')
      input[name] = await wholeId(context, id, value, input.task as string | undefined) // an id by now
    else if (Array.isArray(value))
      input[name] = await Promise.all(value.map((one: string) => wholeId(context, id, one)))
  }
  return input
}

/** Numbers come as text from a command line; what is none stays, for the schema to refuse. Flags are `true`. */
function withNumbers(fields: Field[], given: Given): Given {
  const input = { ...given }
  for (const { name, kind } of fields) {
    const value = input[name]
    if (kind === 'number' && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
      input[name] = Number(value)
    if (kind === 'yes' && value === true) input[name] = 'true'
  }
  return input
}
