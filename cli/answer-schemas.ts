import type { Command } from 'commander'
import * as z from 'zod'
import { EntryFacts } from '../protocol/answers.ts'
import { errors } from '../protocol/errors.ts'
import { Project, Session, Spawner, Subtask, Task } from '../protocol/model.ts'
import { contractOf } from './contract.ts'
import { nameOf } from './usage.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

const nouns = { Project, Task, Subtask, Session, Spawner, Entry: EntryFacts }

/** The name in `$defs` of what a command answers with: `task.list`. */
export const answerOf = (command: Command): string => nameOf(command).split(' ').slice(1).join('.')

/**
 * What every command answers with under `--json`, as one JSON Schema document: `$defs` has each command's `data` by its
 * name, and `envelope` and `refusal`, the two forms of the line around it.
 */
export function answerSchemas(commands: Iterable<Command>): { $schema: string; $defs: Record<string, JsonSchema> } {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(nouns)) registry.add(schema, { id })
  const answers: string[] = []
  for (const command of commands) {
    const contract = contractOf(command)
    if (!contract) continue
    const id = answerOf(command)
    answers.push(id)
    registry.add(ownCopy(contract.output), { id })
  }
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/$defs/${id}`, unrepresentable: 'any' })
  const defs = Object.entries(schemas).map(([id, schema]) => {
    const { $schema: _, $id: __, ...rest } = schema
    return [id, answers.includes(id) ? withNext(rest) : rest] as const
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { ...Object.fromEntries(defs), envelope, refusal },
  }
}

/** A schema has one name in a registry; where an answer is a noun itself, or another command's answer too, it gets its own. */
function ownCopy(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? schema.extend({}) : schema
}

/** Beside its own fields, an answer may say which commands to run from here. */
function withNext(schema: JsonSchema): JsonSchema {
  if (schema.anyOf) return { ...schema, anyOf: schema.anyOf.map((one) => withNext(one as JsonSchema)) } // zod writes no boolean schemas
  if (schema.type !== 'object' || schema.additionalProperties !== false) return schema
  const next = { type: 'array', items: { type: 'string' }, description: 'Commands to run from here' } as const
  return { ...schema, properties: { ...schema.properties, next } }
}

const envelope: JsonSchema = {
  type: 'object',
  properties: { success: { const: true }, data: {} },
  required: ['success', 'data'],
  additionalProperties: false,
}

const text: JsonSchema = { type: 'string' }

const refusal: JsonSchema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { enum: Object.keys(errors) },
    message: text,
    retryable: { type: 'boolean' },
    suggestion: { ...text, description: 'What to run next' },
    field: { ...text, description: 'What was wrong with the command line' },
    validValues: { type: 'array', items: text },
    requestId: text,
    data: { description: 'What there is instead: of a wait, what each came to' },
  },
  required: ['success', 'error', 'message', 'retryable'],
  additionalProperties: false,
}
