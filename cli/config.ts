import { Command } from 'commander'
import * as z from 'zod'
import { readJson, writeJson } from '../embedded/home.ts'
import { refuse } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'
import { listOrigins, Traced } from './config-origin.ts'
import { type Context, found, type Result } from './context.ts'
import { promise } from './contract.ts'
import { type Column, table } from './look.ts'
import { written } from './noun.ts'
import { findProject } from './project-choice.ts'
import { checkUrl, origins, type Setting, type SettingName, settingNames } from './settings.ts'
import { refusalForVerb } from './usage.ts'
import { examples } from './verb.ts'

const names = Object.keys(settingNames) as SettingName[] // its own keys

/** `maestro config`: by verb (`config set url …`) or by option (`config --set url=…`). */
export function config(context: Context): Command {
  const command = new Command('config').description('What is set, and where')
  command.option('--get <name>', 'One setting').option('--list', 'All of them')
  command.option('--set <name=value...>', 'Set one: `--set url=…` or `--set url …`')
  examples(command, [
    'maestro config list',
    'maestro config set url http://127.0.0.1:4747',
    'maestro config get project',
  ])
  promise(command, { output: z.union([Row, Listed, Written]), who: 'owner', stream: false })
  for (const verb of verbs(context)) command.addCommand(verb)
  return command.action(async () => {
    const { get, set, list: all } = command.opts<{ get?: string; set?: string[]; list?: true }>()
    if (get === undefined && set === undefined && !all) throw refusalForVerb(command)
    if (context.rehearsal) return
    if (set) return context.give(await write(context, ...pair(set)))
    context.give(get === undefined ? list(context) : one(context, get))
  })
}

function verbs(context: Context): Command[] {
  const named: [string, string] = ['<name>', `One of: ${names.join(', ')}`]
  return [
    written(
      context,
      'get',
      'One setting, and where it comes from',
      { args: [named], examples: ['maestro config get url'], output: Row, who: 'anyone' },
      ([name]) => one(context, name!),
    ),
    written(
      context,
      'set',
      'Set something for all you do; an empty value forgets it',
      {
        args: [named, ['<value>', 'Its value']],
        examples: ['maestro config set url http://127.0.0.1:4747', 'maestro config set project ""'],
        output: Written,
        who: 'owner',
      },
      ([name, value]) => write(context, name!, value!),
    ),
    written(
      context,
      'list',
      'All settings, and where they come from',
      {
        options: [['--origin', 'Every place that sets them, the one that wins first, and where the key comes from']],
        examples: ['maestro config list --json', 'maestro config list --origin'],
        output: z.union([Listed, Traced]),
        who: 'anyone',
      },
      async (_, { origin }) => (origin ? listOrigins(context) : list(context)),
    ),
  ]
}

const Row = z.object({
  name: z.string(),
  value: z.string().nullable(),
  origin: z.enum(origins).nullable(),
  from: z.string().nullable().describe('The flag, the variable or the file that says so'),
})
type Row = z.infer<typeof Row>
const Listed = z.object({ items: z.array(Row) })
const Written = z.object({ name: z.string(), value: z.string().nullable(), file: z.string() })

const rowOf = (name: string, found: Setting | undefined): Row => ({
  ...{ name, value: found?.value ?? null, origin: found?.origin ?? null, from: found?.from ?? null },
})

function one(context: Context, word: string): Result {
  const name = known(word)
  return found(rowOf(name, context.settings.find(name)), ({ value }) => value ?? '')
}

function list(context: Context): Result {
  const columns: Column<Row>[] = [
    { title: 'name', cell: ({ name }) => name },
    { title: 'value', cell: ({ value }) => value ?? 'not set', flexible: true },
    { title: 'from', cell: ({ from }) => from ?? '', flexible: true },
  ]
  const items = names.map((name) => rowOf(name, context.settings.find(name)))
  return found({ items }, ({ items }, look) => table(items, columns, look))
}

async function write(context: Context, word: string, given: string): Promise<Result> {
  const name = known(word)
  const value = name === 'project' && given ? await findProject(context, given) : given
  check(name, value)
  const { config } = context.settings.home
  const { [name]: _, ...rest } = readJson<Record<string, unknown>>(config) ?? {}
  writeJson(config, value === '' ? rest : { ...rest, [name]: value })
  const text = value === '' ? `${name} is forgotten` : `${name} is ${value}`
  return found(
    { name, value: value || null, file: config },
    (_, { paint }) => `${paint.green('✓')} ${text} (${config})`,
  )
}

function check(name: SettingName, value: string): void {
  if (value === '' || name === 'project') return
  if (name === 'url' && URL.canParse(value)) checkUrl(value, 'That')
  const right = name === 'url' ? /^https?:$/.test(URL.parse(value)?.protocol ?? '') : /^\d+$/.test(value)
  if (right) return
  refuse('invalid_input', `${name} must be ${name === 'url' ? 'an http address' : 'a number'}, not ${value}`, {
    field: name,
    suggestion: `maestro config set ${name} ${name === 'url' ? 'http://127.0.0.1:4747' : '3'}`,
  })
}

function known(word: string): SettingName {
  const name = names.find((each) => each === word || each.toLowerCase() === word.replaceAll('-', '').toLowerCase())
  if (name) return name
  const near = nearest(word, names)
  refuse('invalid_input', `There is no setting ${word}${near ? `; did you mean ${near}?` : ''}`, {
    field: 'name',
    validValues: names,
    suggestion: near ? `maestro config get ${near}` : 'maestro config list',
  })
}

function pair(words: string[]): [string, string] {
  const [first = '', second] = words
  const at = first.indexOf('=')
  if (at > 0) return [first.slice(0, at), first.slice(at + 1)]
  return [
    first,
    second ?? refuse('invalid_input', `What is ${first} to be?`, { suggestion: `maestro config set ${first} …` }),
  ]
}
