import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { refuse } from '../protocol/errors.ts'
import { validateRequired } from '../protocol/validate.ts'
import type { Context } from './context.ts'
import type { Field } from './field.ts'
import { looksLikeId } from './id-prefix.ts'
import { flagOf } from './option.ts'
import { nameOf } from './usage.ts'

/** What stands on the command line, by the name of the input. */
export type Given = Record<string, unknown>

type Texts = (string | string[] | undefined)[]

/** How a verb's inputs stand on its command line. `leading`: the first position may be left out. */
export type Places = { command: Command; args: Field[]; offered: Field[]; flags: Flags; leading: boolean }
export type Flags = Record<string, string | undefined>

/** Inputs by position and by option under their own names. Refuses when a position that must be filled is not. */
export function placed({ command, args, offered, flags, leading }: Places, texts: Texts, options: Given): Given {
  const given = byOption(offered, options, flags)
  const open = args.filter(({ name }) => given[name] === undefined)
  const values = texts.filter((text) => text !== undefined && !(Array.isArray(text) && text.length === 0))
  const [first] = open
  if (leading && first === args[0] && values.length < open.length && !isId(first, values[0])) values.unshift(undefined)
  open.forEach((field, at) => {
    const value = values[at]
    if (value !== undefined) given[field.name] = value
    else if (field.required && !(leading && at === 0 && field === args[0])) missing(command, field)
  })
  if (values.length > open.length) refuse('invalid_input', `Too much for \`${nameOf(command)}\`: ${values.at(-1)}`)
  return given
}

function isId(field: Field | undefined, value: string | string[] | undefined): boolean {
  return field?.id !== undefined && typeof value === 'string' && looksLikeId(field.id, value)
}

function missing(command: Command, { name }: Field): void {
  const asker = nameOf(command)
  validateRequired(undefined, name, `\`${asker}\``, { suggestion: `${asker} --help` })
}

function byOption(offered: Field[], options: Given, flags: Flags): Given {
  const given: Given = {}
  for (const field of offered) {
    const key = camel(flagOf(field, flags))
    if (options[key] !== undefined) given[field.name] = options[key]
    const file = options[`${key}File`]
    if (file !== undefined) given[field.name] = { file }
  }
  return given
}

/** Texts that stand elsewhere are read: `--body-file notes.md`, and `-` for standard input. */
export async function read(context: Context, offered: Field[], given: Given): Promise<Given> {
  for (const { name, long } of offered) {
    const value = given[name]
    if (!long || value === undefined) continue
    if (value === '-') given[name] = await context.io.stdin()
    else if (typeof value === 'object') given[name] = await readText(context, (value as { file: string }).file) // made above
  }
  return given
}

async function readText(context: Context, file: string): Promise<string> {
  if (file === '-') return context.io.stdin()
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
    refuse('invalid_input', `${file} cannot be read (${error.code ?? error.message})`, { field: 'file' }),
  )
}

function camel(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
