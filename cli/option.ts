import { Option } from 'commander'
import { validateChoice } from '../protocol/validate.ts'
import type { Field } from './field.ts'

/** An option as text, with its help. */
export function optionOf(flags: string, summary: string): Option {
  return new Option(flags, summary)
}

/** An option whose value is one of `choices`. */
export function choiceOf(flags: string, summary: string, choices: readonly string[]): Option {
  const option = new Option(flags, summary)
  choose(option, choices)
  return option
}

/** An option that may be given several times, each time with some of `choices`: `--status todo,blocked`. */
export function choicesOf(flags: string, summary: string, choices: readonly string[]): Option {
  const option = new Option(flags, `${summary} (comma-separated)`)
  option.argChoices = [...choices]
  return repeated(option, (value) => {
    const values = value.split(',').map((one) => one.trim())
    for (const one of values) validateChoice(one, choices, option.long!)
    return values
  })
}

/** How an input is called on the command line: `bodyFile` is `body-file`. */
export function flagOf({ name }: Field, flags: Record<string, string | undefined>): string {
  return (flags[name] ?? name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

const repeatable = new WeakSet<Option>()

export const isRepeatable = (option: Option) => option.variadic || repeatable.has(option)

/** An option that may be given several times; `split` makes several of one. */
export function repeated(option: Option, split: (value: string) => string[] = (value) => [value]): Option {
  repeatable.add(option)
  return option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), ...split(value)])
}

/** The options for one input: its own, and for long texts one that reads a file. */
export function optionFor(field: Field, flag: string): Option[] {
  if (field.kind === 'either') return either(flag, summaryOf(field))
  const own = new Option(field.kind === 'yes' ? `--${flag}` : `--${flag} <${metavar(field, flag)}>`, summaryOf(field))
  if (field.choices.length) choose(own, field.choices)
  if (field.many) collect(own, field)
  if (field.fallback !== undefined) own.defaultValueDescription = field.fallback
  if (!field.long) return [own]
  return [own, new Option(`--${flag}-file <file>`, 'The same from a file; - reads standard input')]
}

/** What may be said, denied, or left open. */
const either = (flag: string, summary: string) => [
  new Option(`--${flag}`, summary),
  new Option(`--no-${flag}`, 'The opposite'),
]

/** Refuses, with what was probably meant, a value that is not one of `choices`. Commander's own help lists them. */
function choose(option: Option, choices: readonly string[]): void {
  option.argChoices = [...choices]
  option.argParser((value) => validateChoice(value, choices, option.long!))
}

/** Given several times, or, for what has no commas in itself, in one go: `--needs a,b`. An empty one means none. */
function collect(option: Option, { id, choices }: Field): void {
  repeated(option, (value) => {
    const values = id ? value.split(',').map((one) => one.trim()) : [value]
    if (choices.length) for (const one of values) validateChoice(one, choices, option.long!)
    return values.filter(Boolean)
  })
}

function metavar(field: Field, flag: string): string {
  if (field.kind === 'number') return 'number'
  if (field.many && field.id) return `${flag},…`
  return field.kind === 'text' && field.name !== flag ? 'text' : flag
}

function summaryOf({ name, summary: said, many, id, fallback }: Field): string {
  const summary = said || `Its ${name}`
  const again = many ? (id ? ' (comma-separated)' : ' (may be repeated)') : ''
  return `${summary}${again}${fallback === undefined ? '' : ` (default: ${fallback})`}`
}
