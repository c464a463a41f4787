import type { Command, CommanderError, Option } from 'commander'
import { MaestroError } from '../protocol/errors.ts'
import { nearest } from '../protocol/nearest.ts'
import type { NoSuchChoice } from '../protocol/validate.ts'
import { commandLine, quote } from './quote.ts'

/** Commander stopped: at a mistake in the command line, or because it has shown help. */
export class Stopped extends Error {
  readonly command: Command
  readonly reason: CommanderError
  constructor(command: Command, reason: CommanderError) {
    super(reason.message)
    this.command = command
    this.reason = reason
  }
  /** It was asked for help or the version, and of a command that there is. */
  get isAnswer(): boolean {
    return this.reason.exitCode === 0 && !this.isOfNothing
  }
  get isOfNothing(): boolean {
    const [word] = this.command.args
    return this.command.commands.length > 0 && word !== undefined && !word.startsWith('-')
  }
  get isHelp(): boolean {
    return this.reason.code === 'commander.help' || this.reason.code === 'commander.helpDisplayed'
  }
}

/** `maestro task create` */
export function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

/** A command and all below it. */
export function* everyCommand(root: Command): Generator<Command> {
  yield root
  for (const command of root.commands) yield* everyCommand(command)
}

/** What other tools call it, and so what people try here first. */
const elsewhere: Record<string, string[]> = {
  ls: ['list'],
  get: ['show'],
  view: ['show'],
  info: ['show', 'status'],
  new: ['create', 'spawn'],
  add: ['create'],
  rm: ['delete', 'revoke'],
  remove: ['delete', 'revoke'],
  done: ['complete'],
  finish: ['complete'],
  close: ['complete'],
  update: ['edit'],
  rename: ['edit'],
  comment: ['note'],
  report: ['note', 'update'],
  progress: ['update'],
  kill: ['stop'],
  end: ['stop'],
  start: ['spawn', 'up'],
  run: ['spawn', 'up'],
  unclaim: ['release'],
  uncomplete: ['reopen'],
  signin: ['login'],
  auth: ['login'],
  signout: ['logout'],
  load: ['import'],
  dump: ['export'],
  tree: ['graph'],
  deps: ['graph'],
}

/** A mistake in the command line as a refusal that names the line that was probably meant. */
export function refusalOf(stopped: Stopped, argv: readonly string[]): MaestroError {
  const { command, reason } = stopped
  const name = nameOf(command)
  if (stopped.isHelp && stopped.isOfNothing) return unknownCommand(command, command.args[0]!, argv)
  switch (reason.code) {
    case 'commander.help':
      return refusalForVerb(command)
    case 'commander.unknownCommand':
      return unknownCommand(command, command.args[0] ?? '', argv)
    case 'commander.excessArguments':
      return command.commands.length ? unknownCommand(command, command.args[0] ?? '', argv) : tooMuch(command)
    case 'commander.unknownOption':
      return unknownOption(command, quoted(reason) ?? '', argv)
    case 'commander.missingArgument': {
      const missing = quoted(reason) ?? 'argument'
      const places = command.registeredArguments.map((each) => `"<${each.name()}>"`).join(' ')
      return usage(`\`${name}\` needs a ${missing}`, `${name} ${places}`, { field: missing })
    }
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => flags === quoted(reason)) ?? globalOption(command, reason)
      const field = option?.long?.slice(2)
      const values = option?.argChoices
      return usage(`${option?.long ?? 'An option'} needs a value`, `${name} --help`, {
        ...(field && { field }),
        ...(values && { validValues: values }),
      })
    }
    default:
      return usage(reason.message.replace(/^error: /, ''), `${name} --help`)
  }
}

/** A noun that was left without a verb. */
export function refusalForVerb(command: Command): MaestroError {
  return usage(`\`${nameOf(command)}\` needs a verb`, `${nameOf(command)} --help`, { validValues: verbs(command) })
}

/** The same refusal, with the line that was probably meant. */
export function filledIn(error: NoSuchChoice, argv: readonly string[]): MaestroError {
  const { code, message, help, word, meant } = error
  return meant
    ? new MaestroError(code, message, { ...help, suggestion: commandLine(replaced(argv, word, meant)) })
    : error
}

type More = { field?: string; validValues?: readonly string[] }

function usage(message: string, suggestion: string, more: More = {}): MaestroError {
  return new MaestroError('invalid_input', message, { suggestion, ...more })
}

function unknownCommand(command: Command, word: string, argv: readonly string[]): MaestroError {
  const known = verbs(command)
  const meant = elsewhere[word]?.find((name) => known.includes(name)) ?? nearest(word, known)
  const name = nameOf(command)
  const suggestion = meant ? commandLine(replaced(argv, word, meant)) : `${name} --help`
  const message = `There is no command \`${name} ${word}\`${meant ? `; did you mean \`${name} ${meant}\`?` : ''}`
  return usage(message, suggestion, { validValues: known })
}

function unknownOption(command: Command, word: string, argv: readonly string[]): MaestroError {
  const name = nameOf(command)
  if (/\s/.test(word)) {
    const at = argv.indexOf(word)
    const line = commandLine([...argv.slice(0, at), ...argv.slice(at + 1), '--', word])
    return usage(`A text that begins with a dash comes after --: ${word}`, line)
  }
  const [flag] = word.split('=')
  const known = allOptions(command).flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
  const meant = nearest(flag!, known)
  const message = `\`${name}\` has no option ${flag}${meant ? `; did you mean ${meant}?` : ''}`
  const suggestion = meant ? commandLine(replaced(argv, word, meant + word.slice(flag!.length))) : `${name} --help`
  return usage(message, suggestion, { field: flag!.replace(/^-+/, ''), validValues: known })
}

function tooMuch(command: Command): MaestroError {
  const name = nameOf(command)
  const places = command.registeredArguments.length
  const [first, ...rest] = [command.args.slice(0, Math.max(0, places - 1)), command.args.slice(Math.max(0, places - 1))]
  const line = places ? [name, ...first!.map(quote), quote(rest.flat().join(' '))].join(' ') : name
  const message = places
    ? `Too much for \`${name}\`: a text of several words goes in quotes`
    : `\`${name}\` takes nothing, but got: ${command.args.join(' ')}`
  return usage(message, line)
}

function verbs(command: Command): string[] {
  return command.commands.map((each) => each.name())
}

/** A command's own options and those that every command has. */
export function allOptions(command: Command): Option[] {
  return [...command.options, ...(command.parent ? allOptions(command.parent) : [])]
}

function globalOption(command: Command, reason: CommanderError): Option | undefined {
  return allOptions(command).find(({ flags }) => flags === quoted(reason))
}

function quoted({ message }: CommanderError): string | undefined {
  return /'(.*)'/s.exec(message)?.[1]
}

function replaced(argv: readonly string[], word: string, by: string): string[] {
  const at = argv.findIndex((each) => each === word || each.endsWith(`=${word}`))
  return argv.map((each, index) => (index === at ? each.slice(0, each.length - word.length) + by : each))
}
