import { Command } from 'commander'
import { backup } from './backup.ts'
import { completion } from './completion.ts'
import { config } from './config.ts'
import type { Context } from './context.ts'
import { doctor } from './doctor.ts'
import { exportLog } from './export.ts'
import { fullHelp } from './first-screen.ts'
import { history } from './history.ts'
import { hooks } from './hooks.ts'
import { importLog } from './import.ts'
import { key } from './key.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logs } from './logs.ts'
import { optionOf } from './option.ts'
import { panic } from './panic.ts'
import { prime } from './prime.ts'
import { project } from './project.ts'
import { restore } from './restore.ts'
import { schema } from './schema.ts'
import { update, whoami } from './self.ts'
import { session } from './session.ts'
import { skill } from './skill.ts'
import { spawner } from './spawner.ts'
import { status } from './status.ts'
import { subtask } from './subtask.ts'
import { demo, down, open, up } from './system.ts'
import { task } from './task.ts'
import { template } from './template.ts'
import { usage } from './tokens.ts'
import { top } from './top.ts'
import { undo } from './undo.ts'
import { allOptions, everyCommand, Stopped } from './usage.ts'
import { version } from './version.ts'
import { wait } from './wait.ts'
import { watch } from './watch.ts'
import { withhold } from './withheld.ts'
import { worktree } from './worktree.ts'

/** By the word that stands first. */
const nouns: Record<string, (context: Context) => Command> = {
  status,
  project,
  task,
  subtask,
  template,
  session,
  spawner,
  worktree,
  top,
  watch,
  logs,
  wait,
  usage,
  history,
  update,
  undo,
  prime,
  whoami,
  login,
  logout,
  doctor,
  up,
  down,
  panic,
  open,
  demo,
  skill,
  hooks,
  export: exportLog,
  import: importLog,
  backup,
  restore,
  key,
  config,
  completion,
}

/**
 * The command tree, bound to what its commands may touch. For a command line whose noun is known it is that noun's part
 * alone: to make all of it takes longer than most commands do.
 */
export function app(context: Context, argv: readonly string[] = []): Command {
  const noun = nounIn(argv)
  const root = new Command('maestro').description('Runs a fleet of coding agents, and lets people trust it')
  root.version(version, '-V, --version', 'The version of Maestro')
  for (const [flags, summary] of globals) root.addOption(optionOf(flags, summary))
  for (const make of noun ? [noun] : Object.values(nouns)) root.addCommand(make(context))
  if (!noun) root.addCommand(schema(context, root))
  withhold(root, context, noun ? () => app(context) : () => root)
  if (noun && root.commands.length === 0) return app(context) // it was taken off: the whole says why
  root.hook('preAction', () => {
    context.flags = root.opts()
  })
  root.addHelpText('after', () => fullHelp(context, context.io.columns ?? WIDTH))
  for (const command of everyCommand(root)) quiet(command, context)
  return root
}

function nounIn(argv: readonly string[]): ((context: Context) => Command) | undefined {
  const takesValue = globals.map(([flags]) => flags.split(' ')).filter(([, value]) => value)
  const [word] = argv.filter((each, at) => !each.startsWith('-') && !takesValue.some(([flag]) => flag === argv[at - 1]))
  return word !== undefined && Object.hasOwn(nouns, word) ? nouns[word] : undefined
}

/** How wide help is where there is no terminal. */
const WIDTH = 100

const globals = [
  ['--json', 'One JSON envelope on standard output'],
  ['--project <project>', 'The project: its id, its name or the beginning of either'],
  ['--url <url>', 'Where the server is'],
  ['--home <folder>', 'The folder of your config and keys (default: ~/.maestro)'],
  ['--no-color', 'No colours'],
  ['--verbose', 'Say what is asked of the server'],
] as const

/** Commander says nothing and ends nothing itself: main.ts does, in one place. */
function quiet(command: Command, { io }: Context): void {
  command.exitOverride((reason) => {
    throw new Stopped(command, reason)
  })
  command.configureOutput({
    writeOut: () => undefined,
    writeErr: () => undefined,
    getOutHelpWidth: () => io.columns ?? WIDTH,
  })
  command.helpOption('-h, --help', 'Say more').helpCommand(false)
  command.configureHelp({
    minWidthToWrap: 20,
    subcommandTerm: (each) =>
      [each.name(), each.commands.length ? '…' : each.usage().replace('[options]', '').trim()].join(' ').trim(),
    showGlobalOptions: command.parent !== null,
    visibleGlobalOptions: (each) =>
      allOptions(each.parent ?? each).filter(({ long, hidden }) => !hidden && long !== '--version'),
  })
  command.showSuggestionAfterError(false)
}
