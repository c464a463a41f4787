import type { Envelope, Maestro, Promises, Said, Told } from './schema.ts'
import { leavesOf, wordsOf } from './schema.ts'

/** A command line of the story. `$name` stands for what an earlier line kept under that name. */
export type Line = {
  run: string[]
  stdin?: string
  env?: Record<string, string>
  /** What to keep of the answer, and under which name: `{ first: 'task' }`. */
  keep?: Record<string, string>
  /** The code it must be refused with; absent: it must succeed. */
  refused?: string
}

export type Chapter = { line: string; complaints: string[] }

/** Runs the lines in order and holds each to the schema. */
export class Teller {
  readonly succeeded = new Set<string>()
  readonly failed = new Set<string>()
  readonly kept: Record<string, string>
  #maestro: Maestro
  #promises: Promises
  #leaves: Told[]

  constructor(maestro: Maestro, promises: Promises, kept: Record<string, string> = {}) {
    this.#maestro = maestro
    this.#promises = promises
    this.#leaves = leavesOf(promises.schema)
    this.kept = { ...kept }
  }

  async tell(line: Line): Promise<Chapter> {
    const argv = line.run.map((word) => this.#filled(word))
    const env = Object.entries(line.env ?? {}).map(([name, value]) => [name, this.#filled(value)])
    const world = { env: Object.fromEntries(env), ...(line.stdin !== undefined && { stdin: this.#filled(line.stdin) }) }
    const said = await this.#maestro([...argv, '--json'], world)
    return { line: argv.join(' '), complaints: this.#judge(line, argv, said) }
  }

  /** Commands that were not seen to succeed, or not to fail, but for `excused`. */
  unseen(excused: readonly string[]): { toSucceed: string[]; toFail: string[] } {
    const names = this.#leaves.map((leaf) => wordsOf(leaf).join(' ')).filter((name) => !excused.includes(name))
    return {
      toSucceed: names.filter((name) => !this.succeeded.has(name)),
      toFail: names.filter((name) => !this.failed.has(name)),
    }
  }

  note(words: string[], succeeded: boolean): void {
    const name = this.commandOf(words).join(' ')
    if (succeeded) this.succeeded.add(name)
    else this.failed.add(name)
  }

  /** The longest command that `argv` begins with. */
  commandOf(argv: string[]): string[] {
    const names = this.#leaves.map(wordsOf).filter((words) => words.every((word, at) => argv[at] === word))
    return names.sort((a, b) => b.length - a.length)[0] ?? []
  }

  #judge(line: Line, argv: string[], said: Said): string[] {
    const command = this.commandOf(argv)
    const complaints = this.#promises.complaints(command, said)
    if (complaints.length) return complaints
    const envelope = JSON.parse(said.out) as Envelope // it has just been found to be one
    this.note(argv, envelope.success)
    if (!envelope.success)
      return envelope.error === line.refused ? [] : [`refused with ${envelope.error}: ${envelope.message}`]
    if (line.refused) return [`not refused with ${line.refused}: ${said.out}`]
    for (const [name, path] of Object.entries(line.keep ?? {})) this.kept[name] = pick(envelope.data, path)
    return []
  }

  #filled(word: string): string {
    return word.replace(/\$(\w+)/g, (all, name: string) => this.kept[name] ?? all)
  }
}

function pick(data: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], data) // a wrong path gives undefined
  return String(value)
}
