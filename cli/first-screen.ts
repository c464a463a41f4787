import { type Context, found, type Result } from './context.ts'
import { version } from './version.ts'

const most = [
  ['maestro up', 'start the system on this machine'],
  ['maestro status', 'who needs you, what runs, what could start'],
  ['maestro task create "Fix the date parser"', 'write down what is to be done'],
  ['maestro session spawn <task>', 'start an agent on it'],
  ['maestro task list', 'all tasks'],
  ['maestro session list', 'all agents'],
  ['maestro open', 'the same in a browser'],
] as const

/** What `maestro` alone says: what people do most, and what to do now. */
export function firstScreen(context: Context): Result {
  const next = nextStep(context)
  const width = Math.max(...most.map(([line]) => line.length))
  return found(
    { version, commands: most.map(([line]) => line) },
    (_, { paint }) =>
      [
        `${paint.bold('Maestro')} ${version} runs a fleet of coding agents, and lets people trust it.`,
        '',
        ...most.map(([line, about]) => `  ${line.padEnd(width)}  ${paint.dim(about)}`),
        '',
        paint.dim('maestro <command> --help says more about one, maestro --help names them all.'),
      ].join('\n'),
    [next],
  )
}

function nextStep(context: Context): string {
  if (context.session) return context.tasks.length === 1 ? `maestro task show ${context.tasks[0]}` : 'maestro whoami'
  return context.settings.find('url')!.origin === 'default' ? 'maestro up' : 'maestro status'
}

/** What ends `maestro --help`. */
export const fullHelp = `
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 credentials, 5 conflict, 6 unreachable, 7 timed out

Environment: MAESTRO_API_URL, MAESTRO_API_KEY, MAESTRO_PROJECT_ID, MAESTRO_HOME, MAESTRO_RETRIES, MAESTRO_RETRY_DELAY,
  MAESTRO_TIMEOUT, MAESTRO_DEBUG, NO_COLOR; and in an agent's session MAESTRO_SESSION_ID, MAESTRO_TASK_IDS

Examples:
  maestro task create "Fix the date parser" --priority high
  maestro session spawn task_4hq1w8ze
  maestro task list --status blocked --json`
