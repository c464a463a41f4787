import type { Argument, Command, Option } from 'commander'
import { app } from './app.ts'
import { type Candidate, candidatesFor, type Meant } from './complete-value.ts'
import { Context, type Io } from './context.ts'
import { isRepeatable } from './option.ts'
import type { Flags } from './settings.ts'
import { allOptions } from './usage.ts'
import { visible } from './visible.ts'

/** Somebody waits with a finger on the key: what does not come soon does not come (ms). */
const SOON_MS = 600
const LONGEST = 60

/** Where the cursor stands: in which command, after how many of its words, and maybe at an option that wants a value. */
type Place = {
  command: Command
  position: number
  option: Option | undefined
  onlyWords: boolean
  given: string[]
  flags: Flags
}

/** Answers what may stand for the last of `words`, a line each, to a shell. Says nothing rather than anything wrong. */
export async function complete(io: Io, words: string[]): Promise<void> {
  const context = new Context({ ...io, env: { ...io.env, MAESTRO_RETRIES: '0', MAESTRO_TIMEOUT: String(SOON_MS) } })
  const found = await candidates(context, joined(words)).catch(() => []) // a server that is away, a setting that is wrong: not now
  const lines =
    typeof found === 'string'
      ? [`:${found}`]
      : found.map(({ value, about }) => (about ? `${value}\t${short(about)}` : value))
  if (lines.length) io.out(`${lines.join('\n')}\n`)
}

function short(text: string): string {
  const line = visible(text.replace(/\s+/g, ' '))
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}

async function candidates(
  context: Context,
  { before, word, isSplit }: Joined,
): Promise<Candidate[] | 'files' | 'folders'> {
  const place = walk(app(context), before)
  context.flags = place.flags
  const [flag, value] = word.startsWith('--') && word.includes('=') ? cut(word) : [undefined, word]
  const option = flag === undefined ? place.option : optionNamed(place.command, flag)
  if (flag !== undefined && !option) return []
  if (option) {
    const found = await valuesOf(context, option, value, place)
    const ahead = flag !== undefined && !isSplit ? `${flag}=` : ''
    return typeof found === 'string' ? found : found.map((one) => ({ ...one, value: ahead + one.value }))
  }
  if (word.startsWith('-') && !place.onlyWords) return startingWith(word, optionsOf(place))
  const { commands } = place.command
  if (commands.length && place.position === 0) return startingWith(word, commandsOf(place.command))
  const argument = argumentAt(place)
  return argument ? valuesOf(context, argument, word, place) : []
}

function walk(root: Command, words: string[]): Place {
  const place: Place = { command: root, position: 0, option: undefined, onlyWords: false, given: [], flags: {} }
  for (const word of words) {
    if (place.option) {
      Object.assign(place.flags, { [place.option.attributeName()]: word })
      place.option = undefined
    } else if (word === '--') place.onlyWords = true
    else if (word.startsWith('-') && !place.onlyWords) takeOption(place, word)
    else step(place, word)
  }
  return place
}

function takeOption(place: Place, word: string): void {
  const [flag, value] = word.includes('=') ? cut(word) : [word, undefined]
  const option = optionNamed(place.command, flag)
  place.given.push(flag)
  if (!option || !(option.required || option.optional)) return
  if (value === undefined) place.option = option
  else Object.assign(place.flags, { [option.attributeName()]: value })
}

function step(place: Place, word: string): void {
  const below =
    place.position === 0 && !place.onlyWords ? place.command.commands.find((each) => each.name() === word) : undefined
  if (below) place.command = below
  else place.position++
}

function commandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ value: each.name(), about: each.description() }))
}

/** Those that are not given yet, or that may be given again. */
function optionsOf({ command, given }: Place): Candidate[] {
  const all = allOptions(command).filter(
    (option) => !option.hidden && (!given.includes(option.long ?? '') || isRepeatable(option)),
  )
  const named = all.map(({ long, description }) => ({ value: long ?? '', about: description }))
  return [...named, { value: '--help', about: 'Say more' }]
}

const optionNamed = (command: Command, flag: string) =>
  allOptions(command).find(({ long, short }) => long === flag || short === flag)

function argumentAt({ command, position }: Place): Argument | undefined {
  const { registeredArguments: all } = command
  return all[position] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined)
}

/** Values of an option or of an argument. In a list with commas it is the last one that is being typed. */
async function valuesOf(context: Context, target: Option | Argument, text: string, { command }: Place) {
  const isOption = 'attributeName' in target
  const name = isOption ? target.attributeName() : target.name()
  const meant: Meant = { name, command: command.name(), noun: command.parent?.name() ?? '', choices: target.argChoices }
  const at = isOption && target.flags.includes(',…') ? text.lastIndexOf(',') + 1 : 0
  const found = await candidatesFor(context, meant)
  if (typeof found === 'string') return found
  const typed = text.slice(at)
  return startingWith(typed, found).map((one) => ({ ...one, value: text.slice(0, at) + one.value }))
}

/** An id may be begun without its prefix. */
function startingWith(typed: string, all: Candidate[]): Candidate[] {
  const exact = all.filter(({ value }) => value.startsWith(typed))
  return exact.length ? exact : all.filter(({ value }) => typed !== '' && value.split('_')[1]?.startsWith(typed))
}

type Joined = { before: string[]; word: string; isSplit: boolean }

/** bash splits words at `=`: `--status=to` comes as three, and only the last is to be answered. Open quotes come along. */
function joined(words: string[]): Joined {
  const all: string[] = []
  let isSplit = false
  for (const [at, word] of words.entries()) {
    const last = all.at(-1)
    const continues =
      at > 0 && last?.startsWith('--') && (word === '=' || (words[at - 1] === '=' && last.endsWith('=')))
    if (continues) all[all.length - 1] = last + word
    else all.push(word)
    isSplit = Boolean(continues)
  }
  const word = (all.pop() ?? '').replace(/^["']/, '')
  return { before: all, word, isSplit }
}

function cut(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}
