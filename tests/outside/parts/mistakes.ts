import type { Told } from './schema.ts'
import { wordsOf } from './schema.ts'

/** A command line that must be refused, and with what. */
export type Mistake = { argv: string[]; why: string; error: string; field?: string; validValues?: string[] }

/** Something of the right form for each argument, so that only the mistake is one. */
const filler: Record<string, string> = {
  task: 'task_00000000',
  subtask: 'sub_00000000',
  session: 'sess_00000000',
  spawner: 'spn_00000000',
  before: 'sub_00000000',
}

/** The mistakes that the schema alone tells how to make with a command. */
export function mistakesWith(told: Told): Mistake[] {
  const words = wordsOf(told)
  const needed = told.arguments.filter(({ required }) => required).map(({ argument }) => filler[argument] ?? 'x')
  const unknown = { argv: [...words, ...needed, '--no-such-option'], why: 'an option that there is not' }
  const choices = told.options.flatMap(({ option, choices }): Mistake[] => {
    if (!choices) return []
    const argv = [...words, ...needed, option, 'no-such-choice']
    const field = option.replace(/^--/, '')
    return [{ argv, why: `${option} with no such choice`, error: 'invalid_input', field, validValues: choices }]
  })
  const bare = told.options.find(({ value }) => value && !value.endsWith('...'))
  return [
    { ...unknown, error: 'invalid_input', field: 'no-such-option' },
    ...choices,
    ...(needed.length ? [{ argv: words, why: 'without its arguments', error: 'invalid_input' }] : []),
    ...(bare ? [{ argv: [...words, bare.option], why: `${bare.option} without a value`, error: 'invalid_input' }] : []),
    ...tooMuch(told, words, needed),
  ]
}

function tooMuch({ arguments: places }: Told, words: string[], needed: string[]): Mistake[] {
  if (places.some(({ many }) => many)) return []
  const spare = Array.from({ length: places.length - needed.length + 1 }, () => 'too much')
  return [{ argv: [...words, ...needed, ...spare], why: 'with too many words', error: 'invalid_input' }]
}
