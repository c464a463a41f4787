import type * as z from 'zod'
import { type Help, MaestroError, refuse } from './errors.ts'
import { alphabet, TaskId } from './ids.ts'
import { Priority, TaskStatus } from './model.ts'
import { nearest } from './nearest.ts'

// What a schema says of one value, said so that whoever gave it can put it right. `name` is what they call it: `--status`.

export const validateTaskId = (value: unknown, name = 'task') =>
  validateId(TaskId, 'task', value, name, { suggestion: 'maestro task list' })
export const validateStatus = (value: unknown, name = 'status') => validate(TaskStatus, value, name)
export const validatePriority = (value: unknown, name = 'priority') => validate(Priority, value, name)

/** `value` as `schema` takes it, or a refusal with the field and the values that would do. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, name: string): z.output<S> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const choices = choicesOf(schema)
  if (choices.length && typeof value === 'string') throw new NoSuchChoice(name, value, choices)
  refuse('invalid_input', `${name}: ${error.issues[0]!.message}`, { field: fieldOf(name) })
}

/** The text, if there is one. `asker` is who cannot do without it: a command. */
export function validateRequired(value: unknown, name: string, asker = 'This', help: Help = {}): string {
  if (typeof value === 'string' && value.trim()) return value
  refuse('invalid_input', `${asker} needs a ${fieldOf(name)}`, { field: fieldOf(name), ...help })
}

/** One of `choices`, which a schema has said. */
export function validateChoice<C extends string>(value: string, choices: readonly C[], name: string): C {
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new NoSuchChoice(name, value, choices)
  return found
}

/** A value that is none of those that can be chosen; `meant` is the nearest that can. */
export class NoSuchChoice extends MaestroError {
  readonly word: string
  readonly meant: string | undefined
  constructor(name: string, word: string, choices: readonly string[]) {
    const meant = nearest(word.replaceAll('-', '_'), choices)
    super('invalid_input', `${name} cannot be ${word}${meant ? `; did you mean ${meant}?` : ''}`, {
      field: fieldOf(name),
      validValues: choices,
    })
    this.word = word
    this.meant = meant
  }
}

/** A whole id of this kind. One that was copied wrongly is told how it must have been. */
export function validateId<S extends z.ZodType>(
  schema: S,
  prefix: string,
  value: unknown,
  name: string,
  help: Help = {},
): z.output<S> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [{ message } = { message: '' }] = error.issues
  const field = fieldOf(name)
  const meant = typeof value === 'string' ? copied(value, prefix) : undefined
  if (meant === undefined || !schema.safeParse(meant).success)
    refuse('invalid_input', `${typeof value === 'string' ? value : 'that'} is no ${field} id: ${message}`, {
      field,
      ...help,
    })
  refuse('invalid_input', `${value} is no ${field} id; did you mean ${meant}?`, {
    field,
    validValues: [meant],
    ...help,
  })
}

/** Letters that are not in the alphabet because they look like those that are: the way Crockford's base32 is read. */
function copied(text: string, prefix: string): string | undefined {
  const [, rest] = new RegExp(`^\\W*${prefix}[_-]([0-9a-z]+)\\W*$`, 'i').exec(text) ?? []
  return rest && `${prefix}_${rest.toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1').replaceAll('u', 'v')}`
}

/** Whether `text` may be an id of this kind, or the beginning of one, with or without its prefix. */
export function mayBeginId(text: string, prefix: string): boolean {
  const word = text.toLowerCase()
  const [, kind, rest = ''] = /^([a-z]+)_(.*)$/.exec(word) ?? [undefined, prefix, word]
  return kind === prefix && rest.length <= 8 && [...rest].every((letter) => alphabet.includes(letter))
}

function choicesOf(schema: z.ZodType): readonly string[] {
  return 'options' in schema && Array.isArray(schema.options) ? schema.options.map(String) : [] // an enum has them
}

const fieldOf = (name: string) => name.replace(/^--/, '')
