import * as z from 'zod'
import { Done, directoryAnswers, projectRouteAnswers, queryAnswers } from '../protocol/answers.ts'
import type { Spec } from '../protocol/declare.ts'
import { directory, projectRoutes } from '../protocol/directory.ts'
import { errors } from '../protocol/errors.ts'
import { commands, internalCommands } from '../protocol/project.ts'
import { queries } from '../protocol/queries.ts'

/** The tables as an OpenAPI document. */
export function openapi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  const add = (name: string, spec: Spec, base: string) => {
    const url = `/api${base}${spec.path}`.replace(/:(\w+)/g, '{$1}')
    paths[url] = { ...paths[url], [spec.method.toLowerCase()]: operation(name, spec, base) }
  }
  for (const [name, spec] of Object.entries(directory)) add(name, spec, '')
  const ofProject = { ...projectRoutes, ...queries, ...commands }
  for (const [name, spec] of Object.entries(ofProject))
    if (!internalCommands.has(name)) add(name, spec, '/projects/:project')
  const securitySchemes = { key: { type: 'http', scheme: 'bearer', description: 'mst_<kind>_…' } }
  return {
    openapi: '3.1.0',
    info: { title: 'Maestro', version },
    paths,
    components: { securitySchemes },
    security: [{ key: [] }],
  }
}

function operation(name: string, spec: Spec, base: string): Record<string, unknown> {
  const schema = z.toJSONSchema(spec.input, { io: 'input', unrepresentable: 'any' })
  const properties = schema.properties ?? {}
  const inPath = [...`${base}${spec.path}`.matchAll(/:(\w+)/g)].map(([, param]) => param!)
  const rest = Object.entries(properties).filter(([field]) => !inPath.includes(field))
  const required = (schema.required ?? []).filter((field) => !inPath.includes(field))
  const parameters = inPath.map((field) => ({
    name: field,
    in: 'path',
    required: true,
    schema: properties[field] ?? { type: 'string' },
  }))
  const query = rest.map(([field, one]) => ({
    name: field,
    in: 'query',
    required: required.includes(field),
    schema: one,
  }))
  const body = {
    content: { 'application/json': { schema: { type: 'object', properties: Object.fromEntries(rest), required } } },
  }
  return {
    operationId: name,
    summary: spec.summary,
    'x-scope': spec.scope,
    ...(spec.scope === 'public' && { security: [] }),
    parameters: spec.method === 'GET' ? [...parameters, ...query] : parameters,
    ...(spec.method !== 'GET' && { requestBody: body }),
    responses: { 200: answer('data', dataOf(name)), default: answer('error', { enum: Object.keys(errors) }) },
  }
}

const answers: Record<string, z.ZodType> = { ...directoryAnswers, ...projectRouteAnswers, ...queryAnswers }

/** What a request answers with; a command, with what it brought about. */
function dataOf(name: string): object {
  const { $schema: _, ...schema } = z.toJSONSchema(answers[name] ?? Done, { unrepresentable: 'any' })
  return schema
}

function answer(field: string, schema: object) {
  return {
    description: field,
    content: {
      'application/json': { schema: { type: 'object', properties: { success: { type: 'boolean' }, [field]: schema } } },
    },
  }
}
