import type { Role } from '../protocol/model.ts'
import { type Context, found, type Result } from './context.ts'
import { hanging, prose, wrapped } from './look.ts'
import { version } from './version.ts'

type Line = readonly [command: string, what: string]

const forPeople: readonly Line[] = [
  ['maestro up', 'start the system on this machine'],
  ['maestro status', 'who needs you, what runs, what could start'],
  ['maestro task create "Fix the date parser"', 'write down what is to be done'],
  ['maestro session spawn <task>', 'start an agent on it'],
  ['maestro task list', 'all tasks'],
  ['maestro session list', 'all agents'],
  ['maestro open', 'the same in a browser'],
]

const forAgents: Record<Role, readonly Line[]> = {
  worker: [
    ['maestro prime', 'who you are, your task, and the commands for it'],
    ['maestro task show', 'your task at length'],
    ['maestro update "<one sentence>"', 'say how far you are'],
    ['maestro subtask complete <task> <sub>', 'tick off a step'],
    ['maestro task block <task> "<question>"', 'say that you cannot go on'],
    ['maestro task complete <task> --summary "<what was done>"', 'finish'],
  ],
  orchestrator: [
    ['maestro prime', 'who you are, your task, how things stand, and the commands for it'],
    ['maestro status', 'who needs somebody, what runs, what could start'],
    ['maestro task create "<what is to be done>"', 'write down what is to be done'],
    ['maestro session spawn <task>', 'start an agent on it'],
    ['maestro wait --any', 'until one is done, or cannot go on by itself'],
    ['maestro task show <task>', 'what came of it'],
    ['maestro task complete <task> --summary "<what was reached>"', 'finish'],
  ],
}

/** What `maestro` alone says: what people do most, or what an agent may, and what to do now. */
export function firstScreen(context: Context): Result {
  const most = context.role ? forAgents[context.role] : forPeople
  const width = Math.max(...most.map(([line]) => line.length))
  return found(
    { version, commands: most.map(([line]) => line) },
    (_, look) =>
      [
        prose(
          `${look.paint.bold('Maestro')} ${version} runs a fleet of coding agents, and lets people trust it.`,
          look,
        ),
        '',
        ...most.map(([line, about]) => hanging(`  ${line.padEnd(width)}`, look.paint.dim(about), look)),
        '',
        look.paint.dim(prose('maestro <command> --help says more about one, maestro --help names them all.', look)),
      ].join('\n'),
    [nextStep(context)],
  )
}

function nextStep(context: Context): string {
  if (context.role) return 'maestro prime'
  return context.settings.find('url')!.origin === 'default' ? 'maestro up' : 'maestro status'
}

const codes = '0 done, 1 failed, 2 usage, 3 not found, 4 credentials, 5 conflict, 6 unreachable, 7 timed out'
const variables = [
  ...['MAESTRO_API_URL', 'MAESTRO_API_KEY', 'MAESTRO_PROJECT_ID', 'MAESTRO_HOME', 'MAESTRO_RETRIES'],
  ...['MAESTRO_RETRY_DELAY', 'MAESTRO_TIMEOUT', 'MAESTRO_DEBUG', 'NO_COLOR', 'FORCE_COLOR'],
].join(', ')

/** What ends `maestro --help`. An agent need not know what is set for it. */
export function fullHelp({ role }: Context, width: number): string {
  // A code stays with what it means.
  const tied = (line: string) => line.replaceAll(/(\d) /g, '$1\u00a0')
  const here = (line: string) =>
    wrapped(tied(line), width - 2)
      .join('\n  ')
      .replaceAll('\u00a0', ' ')
  const environment = `Environment: ${variables}; and in an agent's session MAESTRO_SESSION_ID, MAESTRO_TASK_IDS`
  const examples = `Examples:\n${(role ? agentExamples : personExamples).map((line) => `  ${line}`).join('\n')}`
  return ['', here(`Exit codes: ${codes}`), ...(role ? [] : ['', here(environment)]), '', examples].join('\n')
}

const personExamples = [
  'maestro task create "Fix the date parser" --priority high',
  'maestro session spawn task_4hq1w8ze',
  'maestro task list --status blocked --json',
]
const agentExamples = [
  'maestro task show task_4hq1w8ze',
  'maestro update "The parser is fixed; tests are next"',
  'maestro task list --ready --json',
]
