import { Ajv2020 } from 'ajv/dist/2020.js'

/** A command as `maestro schema --json` tells of it. */
export type Told = {
  command: string
  usage: string
  arguments: { argument: string; many: boolean; required: boolean }[]
  options: { option: string; value: string | null; choices: string[] | null }[]
  for?: string
  stream?: boolean
  verdict?: boolean
  commands?: Told[]
}
export type Schema = Told & {
  errors: Record<string, { status: number; exit: number; retryable?: boolean }>
  answers: { $schema: string; $defs: Record<string, object> }
}

/** What a command line came to: its exit code and what it wrote. */
export type Said = { code: number; out: string; err: string }
/** Runs `maestro` with these words. */
export type Maestro = (argv: string[], world?: { stdin?: string; env?: Record<string, string> }) => Promise<Said>
export type Envelope = { success: true; data: Record<string, unknown> } | Refusal
export type Refusal = {
  success: false
  error: string
  message: string
  retryable: boolean
  suggestion?: string
  field?: string
  validValues?: string[]
}

export function leavesOf(told: Told): Told[] {
  const below = (told.commands ?? []).flatMap(leavesOf)
  return told.for ? [told, ...below] : below
}

/** `task list`, without the program's own name. */
export const wordsOf = ({ command }: Told): string[] => command.split(' ').slice(1)

/** Holds what a command says to what the schema promises. Every complaint is a sentence. */
export class Promises {
  readonly schema: Schema
  #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })

  constructor(schema: Schema) {
    this.schema = schema
    this.#ajv.addSchema(schema.answers, 'answers')
  }

  /** What is wrong with what was said by the command `words`; empty when nothing is. */
  complaints(words: string[], { code, out }: Said): string[] {
    const lines = out.split('\n')
    if (lines.length !== 2 || lines[1] !== '') return [`standard output is not one line: ${JSON.stringify(out)}`]
    const envelope = JSON.parse(lines[0]!) as Envelope // or it throws, which is a complaint too
    if (envelope.success) {
      const wrong = [...this.#against('envelope', envelope), ...this.#against(words.join('.'), envelope.data)]
      const verdict = leavesOf(this.schema).find((leaf) => wordsOf(leaf).join() === words.join())?.verdict
      const exit = verdict && envelope.data.ok === false ? 1 : 0
      return code === exit ? wrong : [...wrong, `success, but the exit code is ${code}, not ${exit}`]
    }
    const { exit, retryable = false } = this.schema.errors[envelope.error] ?? { exit: Number.NaN }
    return [
      ...this.#against('refusal', envelope),
      ...(code === exit ? [] : [`${envelope.error} exits with ${exit}, not ${code}`]),
      ...(envelope.retryable === retryable ? [] : [`${envelope.error} is ${retryable ? '' : 'not '}retryable`]),
    ]
  }

  /** What is wrong with one line of a command that streams. */
  lineComplaints(words: string[], line: string): string[] {
    return this.#against(words.join('.'), JSON.parse(line))
  }

  #against(name: string, value: unknown): string[] {
    const check = this.#ajv.getSchema(`answers#/$defs/${name}`)
    if (!check) return [`the schema has no answer for ${name}`]
    if (check(value)) return []
    return (check.errors ?? []).map((error) => `${name}${error.instancePath} ${error.message}: ${detail(error.params)}`)
  }
}

const detail = (params: object) => JSON.stringify(params)
