import * as z from 'zod'
import { refuse } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'
import { count } from './look.ts'
import type { Mistake, Path } from './plan-mistake.ts'
import { quote } from './quote.ts'

const NAME = /^[A-Za-z][\w-]*$/
const PLACE = /\{\{\s*([A-Za-z][\w-]*)\s*\}\}/g

const declared = z.strictObject({
  description: z.string().default(''),
  default: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional(),
  required: z.boolean().optional(),
})

export const variableFields = Object.keys(declared.shape)

/** `variables:` of a plan: each by its name, with all that is known of it, or its description alone, or nothing. */
export const Variables = z
  .record(
    z.string().regex(NAME, 'the name of a variable has letters, digits, - and _'),
    z.preprocess(
      (given) => (given === null ? {} : typeof given === 'string' ? { description: given } : given),
      declared,
    ),
  )
  .default({})

export type Variable = { name: string; description: string; default: string | null; required: boolean }

export function variablesOf(given: z.output<typeof Variables>): Variable[] {
  return Object.entries(given).map(([name, { description, default: value, required }]) => ({
    ...{ name, description, default: value ?? null, required: required ?? value === undefined },
  }))
}

/** `--var issue=42` as what it says; `command` is what it was said to. */
export function valuesOf(given: unknown, command: string): Map<string, string> {
  const pairs = (given ?? []) as string[] // collected by the option
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
      return refuse('invalid_input', `--var needs a name and a value, not ${pair}`, {
        field: 'var',
        suggestion: withVars(command, [[pair.replace(/=.*/s, '') || 'name', '…']]),
      })
    }),
  )
}

/** The value of every variable; refuses those that are missing or unknown, with `command` filled in. */
export function settle(variables: readonly Variable[], given: ReadonlyMap<string, string>, command: string) {
  const known = variables.map(({ name }) => name)
  const unknown = [...given.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) refuseUnknown(unknown, known, given, command)
  const missing = variables.filter(({ name, required }) => required && !given.has(name))
  if (missing.length) {
    const named = missing.map(({ name, description }) => (description ? `${name} (${description})` : name))
    refuse('invalid_input', `${count(missing.length, 'variable')} missing: ${named.join(', ')}`, {
      ...{ field: 'var', validValues: known },
      suggestion: withVars(command, [...given, ...missing.map(({ name }): [string, string] => [name, '…'])]),
    })
  }
  return new Map(variables.map(({ name, default: value }) => [name, given.get(name) ?? value ?? '']))
}

function refuseUnknown(word: string, known: string[], given: ReadonlyMap<string, string>, command: string): never {
  const meant = nearest(word, known)
  const rest = [...given].flatMap(([name, value]): [string, string][] => {
    if (name !== word) return [[name, value]]
    return meant ? [[meant, value]] : []
  })
  const only = known.length ? `, only ${known.join(', ')}` : ': it has none'
  refuse('invalid_input', `There is no variable ${word}${meant ? `; did you mean ${meant}?` : only}`, {
    ...{ field: 'var', validValues: known, suggestion: withVars(command, rest) },
  })
}

export function withVars(command: string, values: Iterable<readonly [string, string]>): string {
  return [command, ...[...values].map(([name, value]) => `--var ${quote(`${name}=${value}`)}`)].join(' ')
}

/** `value` with the places for variables in its texts filled. What is filled in is never read again: it stays a text. */
export function filled(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replace(PLACE, (place, name: string) => values.get(name) ?? place)
  if (Array.isArray(value)) return value.map((one) => filled(one, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === 'name' ? one : filled(one, values)]),
  )
}

/** Places for variables that the plan does not declare: a misspelt one would go into every task as it stands. */
export function strayPlaces(value: unknown, known: readonly string[], path: Path = []): Mistake[] {
  if (typeof value === 'string') {
    const names = [...value.matchAll(PLACE)].map(([, name]) => name!).filter((name) => !known.includes(name))
    return names.map((name) => {
      const meant = nearest(name, known)
      const message = `{{${name}}} is not among the variables${meant ? `; did you mean {{${meant}}}?` : ''}`
      return { path, message, validValues: known }
    })
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) =>
    strayPlaces(one, known, [...path, Array.isArray(value) ? Number(name) : name]),
  )
}
