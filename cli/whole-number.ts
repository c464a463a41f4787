import { refuse } from '../protocol/errors.ts'

/** The number that `--name` says, from `least` on; `command` is who asks. */
export function wholeNumber(name: string, text: string, least: number, command: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  refuse('invalid_input', `--${name} must be a whole number from ${least} on, not ${text}`, {
    ...{ field: name, suggestion: `${command} --${name} ${name === 'limit' ? 10 : 0}` },
  })
}
