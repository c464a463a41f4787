import type * as z from 'zod'
import { type IdKind, isIdKind } from './id-prefix.ts'

/** What the CLI needs to know of one input of a request. Only this file looks inside zod's schemas. */
export type Field = {
  name: string
  summary: string
  /** `yes` can only be said, `either` also denied: `--worktree`, `--no-worktree`. */
  kind: 'text' | 'number' | 'yes' | 'either' | 'choice' | 'id' | 'object'
  /** May be given several times. */
  many: boolean
  required: boolean
  /** What it is when not given, if that says anything. */
  fallback: string | undefined
  choices: string[]
  id: IdKind | undefined
  /** Long enough that somebody will want to write it in a file. */
  long: boolean
}

type Inside = {
  def: { type: string; innerType?: Inside; element?: Inside; defaultValue?: unknown; parts?: unknown[] }
  description?: string
  options?: string[]
  maxLength?: number | null
}

const LONG = 10_000

export function fieldsOf(input: z.ZodObject): Field[] {
  // `Inside` is the part of every zod 4 schema that is read here; field.test.ts fails when zod changes it.
  return Object.entries(input.shape).map(([name, schema]) => read(name, schema as unknown as Inside))
}

function read(name: string, schema: Inside): Field {
  const layers = [...peel(schema)]
  const core = layers.at(-1)!
  const types = layers.map(({ def }) => def.type)
  const [prefix] = core.def.parts ?? []
  const kind = kindOf(core)
  return {
    name,
    kind,
    summary: layers.find(({ description }) => description)?.description ?? '',
    many: types.includes('array'),
    required: !types.includes('default') && !types.includes('optional'),
    fallback: shown(layers.find(({ def }) => def.type === 'default')?.def.defaultValue),
    choices: kind === 'choice' ? (core.options ?? []) : [],
    id: isIdKind(prefix) ? prefix : undefined,
    long: kind === 'text' && (core.maxLength ?? 0) >= LONG,
  }
}

function* peel(schema: Inside): Generator<Inside> {
  yield schema
  const inner = schema.def.innerType ?? schema.def.element
  if (inner) yield* peel(inner)
}

function kindOf({ def: { type } }: Inside): Field['kind'] {
  if (type === 'enum') return 'choice'
  if (type === 'template_literal') return 'id'
  if (type === 'number') return 'number'
  if (type === 'pipe') return 'yes' // z.stringbool() is a pipe from text to boolean
  if (type === 'boolean') return 'either'
  return type === 'object' ? 'object' : 'text'
}

function shown(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value) ? String(value) : undefined
}
