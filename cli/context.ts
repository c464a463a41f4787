import pico from 'picocolors'
import { Client } from '../client/client.ts'
import { refuse } from '../protocol/errors.ts'
import { type ProjectId, SessionId, TaskId } from '../protocol/ids.ts'
import { type Project, Role } from '../protocol/model.ts'
import { wantsColor } from './color.ts'
import type { Look } from './look.ts'
import { chooseProject } from './project-choice.ts'
import { quote } from './quote.ts'
import { type Flags, Settings } from './settings.ts'
import { steering, visible } from './visible.ts'

/** The world outside, as a command may see it. Tests pass their own; process.ts passes the real one. */
export type Io = {
  /** Data, and nothing else. */
  out: (text: string) => void
  /** All that is for people beside the data. */
  err: (text: string) => void
  stdin: () => Promise<string>
  /** Asks for something that is not shown as it is typed; absent where there is no terminal to type in. */
  ask?: (question: string) => Promise<string>
  /** Asks for a word that is seen as it is typed; absent as `ask` is. */
  confirm?: (question: string) => Promise<string>
  env: Record<string, string | undefined>
  /** The folder that this runs in; undefined: it is gone. */
  cwd: string | undefined
  /** How wide the terminal is that `out` writes to; undefined: it is none. */
  columns: number | undefined
  terminal: { out: boolean; err: boolean }
  now: () => number
  /** When the process began (ms since 1970), where this is one of its own. */
  began?: number
  /**
   * From here on the command itself answers to Ctrl-C: `answer` is told of the first, where it does not listen by other
   * ways, and a second ends the process. Answers how to give that back.
   */
  takeInterrupts: (answer?: () => void) => (() => void) | undefined
  /** The whole terminal, where there is one at both ends: keys come in and the screen goes out. */
  tty?: Tty
}

export type Size = { cols: number; rows: number }

export type Tty = {
  size: () => Size
  /** All of the screen and every key, until the answer is called or the process ends, in whichever way. */
  take: (on: { keys: (bytes: Uint8Array) => void; resized: () => void }) => () => void
}

/** What a command has found out or done. `next` are commands to run from here; `exit` is not 0 where what was found is bad. */
export type Result = { data: unknown; text: (look: Look) => string; next: string[]; exit?: number }

/** `draw` is only ever given data that no terminal would obey. */
export function found<D>(data: D, draw: (data: D, look: Look) => string, next: string[] = []): Result {
  return { data, text: (look) => draw(visible(data), look), next }
}

/** All that a command may touch. */
export class Context {
  readonly io: Io
  flags: Flags = {}
  /** Whether whoever runs this may run a whole command line; app.ts says what an agent may. */
  permits: (line: string) => boolean = () => true
  /** Look at the command line only, and do nothing. */
  readonly rehearsal: boolean
  #settings: Settings | undefined
  #project: Promise<ProjectId> | undefined
  #snapshot: Promise<Project> | undefined
  #end: AbortSignal | undefined

  readonly argv: readonly string[]
  /** What the process ends with when nothing was refused. */
  exit = 0

  constructor(io: Io, argv: readonly string[] = [], rehearsal = false) {
    this.io = io
    this.argv = argv
    this.rehearsal = rehearsal
  }

  get settings(): Settings {
    this.#settings ??= new Settings(this.io, this.flags)
    return this.#settings
  }

  /** The Worker itself: projects, keys, who one is. */
  get server(): Client {
    const { settings } = this
    const timeout = settings.number('timeout')
    const patience = { retries: settings.number('retries'), delay: settings.number('retryDelay'), within: timeout }
    const trace = this.flags.verbose || this.io.env.MAESTRO_DEBUG ? (line: string) => this.say(line) : undefined
    const client = new Client({
      ...{ url: settings.url, patience, timeout, key: () => settings.key() },
      ...(trace && { trace }),
    })
    return this.#end ? client.with({ patience: { retries: 0, delay: 0 }, fetch: fetchUntil(this.#end) }) : client
  }

  /** From here on the server is asked once, and in `ms` from now all answers must be here. */
  hasten(ms: number): void {
    this.#end = AbortSignal.timeout(ms)
  }

  /** The project that this is about. */
  async project(): Promise<Client> {
    this.#project ??= chooseProject(this)
    const project = await this.#project
    return this.server.with({ project })
  }

  /** The project as it is now, read once per command. */
  async snapshot(): Promise<Project> {
    this.#snapshot ??= this.project().then((project) => project.query('project.show', {}))
    return this.#snapshot
  }

  /** The session that this runs in. */
  get session(): SessionId | undefined {
    const { MAESTRO_SESSION_ID: given } = this.io.env
    if (!given) return undefined
    const id = SessionId.safeParse(given)
    return id.success ? id.data : refuse('invalid_input', `MAESTRO_SESSION_ID is no session id: ${given}`)
  }

  /** The role of the session that this runs in. One that nobody knows may do the least. */
  get role(): Role | undefined {
    if (!this.io.env.MAESTRO_SESSION_ID) return undefined
    return Role.safeParse(this.io.env.MAESTRO_ROLE).data ?? 'worker'
  }

  /** The tasks that the session it runs in was started on. */
  get tasks(): TaskId[] {
    const given = this.io.env.MAESTRO_TASK_IDS?.split(',').filter(Boolean) ?? []
    return given.map((id) => {
      const parsed = TaskId.safeParse(id.trim())
      return parsed.success ? parsed.data : refuse('invalid_input', `MAESTRO_TASK_IDS has no task id: ${id}`)
    })
  }

  look(stream: 'out' | 'err' = 'out'): Look {
    const paint = pico.createColors(wantsColor(this.io, stream, this.flags.color))
    return { paint, width: this.io.columns, now: this.io.now() }
  }

  /** Gives the result: one envelope for programs; for people the data, and beside it what to do next. */
  give({ data, text, next, exit = 0 }: Result): void {
    this.exit = exit
    const commands = next.filter((command) => this.permits(command)).map((command) => this.here(command))
    if (this.flags.json) return this.io.out(envelope({ success: true, data: withNext(data, commands) }))
    const shown = text(this.look())
    if (shown) this.io.out(`${shown}\n`)
    const { paint } = this.look('err')
    for (const command of commands) this.say(paint.dim(`→ ${visible(command)}`))
  }

  /** A command to run next, about the same project as this one. */
  here(command: string): string {
    const { project } = this.flags
    return project && ofProject.test(command) && !command.includes(' --project ')
      ? `${command} --project ${quote(project)}`
      : command
  }

  say(line: string): void {
    this.io.err(`${line}\n`)
  }
}

/** Commands that are about one project. */
const ofProject =
  /^maestro (task|subtask|session|spawner|status|update|watch|wait|top|prime|undo|logs|history|usage|export)\b/

/** One line of JSON. What a terminal would obey is escaped in it too, in case it is shown on one. */
export function envelope(content: object): string {
  return `${JSON.stringify(content).replace(steering, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}

function withNext(data: unknown, next: string[]): unknown {
  return next.length && typeof data === 'object' ? { ...data, next } : data
}

function fetchUntil(signal: AbortSignal): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal })
}
