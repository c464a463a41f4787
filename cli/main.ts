import type { Command } from 'commander'
import { type ErrorCode, errors, isRetryable, MaestroError } from '../protocol/errors.ts'
import { withoutKeys } from '../protocol/keys.ts'
import { NoSuchChoice } from '../protocol/validate.ts'
import { app } from './app.ts'
import { Context, envelope, found, type Io } from './context.ts'
import { firstScreen } from './first-screen.ts'
import { INTERRUPTED, Interrupted } from './interrupt.ts'
import { isHere, keyPlaces } from './key-choice.ts'
import { commandLine } from './quote.ts'
import { describe } from './schema.ts'
import { Unmet } from './unmet.ts'
import { filledIn, refusalOf, Stopped } from './usage.ts'
import { version } from './version.ts'
import { visible } from './visible.ts'
import { withheldBy } from './withheld.ts'

/** Runs one command line and answers its exit code. The only place that catches. */
export async function main(argv: string[], io: Io): Promise<number> {
  if (argv[0] === 'complete' && argv[1] === '--') return completed(io, argv.slice(2))
  const context = new Context(io, argv)
  context.flags = { ...(wantsJson(argv) && { json: true }), ...(argv.includes('--no-color') && { color: false }) }
  try {
    if (argv.every((word) => word === '--json' || word === '--no-color')) context.give(firstScreen(context))
    else await parse(context, argv)
    return context.exit
  } catch (error) {
    if (error instanceof Stopped && error.isAnswer) return showAsked(context, error)
    if (error instanceof Interrupted) return interrupted(context, error)
    return fail(context, error, argv)
  }
}

/** A shell asks, by the script of `maestro completion`. */
async function completed(io: Io, words: string[]): Promise<number> {
  const { complete } = await import('./complete.ts')
  await complete(io, words)
  return 0
}

/** Whether `argv` is a command line that the CLI takes. Does nothing; throws the refusal if it is not. */
export async function parses(argv: string[], io: Io): Promise<true> {
  try {
    await parse(new Context(io, argv, true), argv)
    return true
  } catch (error) {
    if (error instanceof Stopped && error.isAnswer) return true
    throw named(error, argv)
  }
}

function parse(context: Context, argv: string[]): Promise<unknown> {
  const root = app(context, argv)
  return root.parseAsync(withHelpOption(root, argv), { from: 'user' })
}

/** `help task create` is `task create --help`. */
function withHelpOption(root: Command, argv: string[]): string[] {
  let command: Command | undefined = root
  for (const [at, word] of argv.entries()) {
    if (word === 'help' && command?.commands.length) return [...argv.toSpliced(at, 1), '--help']
    if (!word.startsWith('-')) command = command?.commands.find((each) => each.name() === word)
  }
  return argv
}

/** Known before the command line is understood, so that a mistake in it is an envelope too. */
function wantsJson(argv: string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
}

function showAsked(context: Context, { command, isHelp }: Stopped): number {
  if (isHelp) context.give(found(describe(command), () => help(command)))
  else context.give(found({ version }, () => version))
  return 0
}

function help(command: Command): string {
  let text = ''
  const { writeOut, ...rest } = command.configureOutput()
  command.configureOutput({ ...rest, writeOut: (part) => (text += part) }).outputHelp()
  command.configureOutput({ ...rest, ...(writeOut && { writeOut }) })
  return text.trimEnd()
}

/** Said on standard error, under --json too: what was asked for has not come about, and nothing was refused. */
function interrupted(context: Context, { message, next }: Interrupted): number {
  context.say(visible(message))
  goOn(context, next)
  return INTERRUPTED
}

function goOn(context: Context, next: string[]): void {
  const { paint } = context.look('err')
  for (const command of next) context.say(paint.dim(`→ ${visible(context.here(command))}`))
}

function fail(context: Context, thrown: unknown, argv: string[]): number {
  const error = refusal(context, thrown, argv)
  if (context.io.env.MAESTRO_DEBUG && !(thrown instanceof Stopped)) context.say(withoutKeys(stackOf(thrown)))
  const more = thrown instanceof Unmet ? { data: thrown.data } : {}
  if (context.flags.json) context.io.out(envelope({ success: false, ...error.toJSON(), ...more }))
  else if (thrown instanceof Stopped && thrown.isHelp && !thrown.isOfNothing) context.say(help(thrown.command))
  else explain(context, error)
  if (thrown instanceof Unmet && !context.flags.json) goOn(context, thrown.data.next.slice(1))
  return errors[error.code].exit
}

function refusal(context: Context, thrown: unknown, argv: string[]): MaestroError {
  const error = about(context, named(thrown, argv))
  return error.code === 'unauthenticated' ? withoutKey(context, error) : error
}

/** A refusal for want of a key says which key was, or was not, there to ask with. */
function withoutKey({ session, settings }: Context, error: MaestroError): MaestroError {
  const { url } = settings
  const [place] = keyPlaces(settings)
  const login = `maestro login --url ${url}`
  if (!place && session) return unauthenticated('This session has no key: MAESTRO_API_KEY is not set', 'maestro whoami')
  if (!place) {
    const message = `No key for ${url}: MAESTRO_API_KEY is not set, and nobody has signed in here`
    return unauthenticated(message, isHere(url) ? 'maestro up' : login)
  }
  const isLogin = place.origin === 'keychain' || place.origin === 'file'
  return isLogin ? unauthenticated(error.message, login) : error
}

const unauthenticated = (message: string, suggestion: string) =>
  new MaestroError('unauthenticated', message, { suggestion })

/**
 * What is suggested is about the same project, and a key that somebody put on the command line is not said again. An
 * agent is told nothing that it may not run, but to ask again where that may help.
 */
function about(context: Context, { code, message, help }: MaestroError): MaestroError {
  const { suggestion, ...rest } = help
  const next = nextIn(context, code, suggestion)
  return new MaestroError(code, withoutKeys(message), { ...rest, ...(next && { suggestion: withoutKeys(next) }) })
}

function nextIn(context: Context, code: ErrorCode, suggestion: string | undefined): string | undefined {
  if (suggestion === undefined || context.permits(suggestion)) return suggestion && context.here(suggestion)
  return isRetryable(code) ? commandLine(context.argv) : undefined
}

function named(thrown: unknown, argv: string[]): MaestroError {
  if (thrown instanceof NoSuchChoice) return filledIn(thrown, argv)
  if (thrown instanceof MaestroError) return thrown
  if (thrown instanceof Stopped) return withheldBy(thrown) ?? refusalOf(thrown, argv)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new MaestroError('failed', message, { suggestion: 'MAESTRO_DEBUG=1 says where it came from' })
}

function explain(context: Context, { message, help: { suggestion, validValues } }: MaestroError): void {
  const { paint } = context.look('err')
  context.say(`${paint.red('✗')} ${visible(message)}`)
  if (validValues?.length && validValues.length <= 12 && !validValues.every((value) => message.includes(value)))
    context.say(paint.dim(`  one of: ${visible(validValues.join(', '))}`))
  if (suggestion) context.say(`  → ${visible(suggestion)}`)
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
