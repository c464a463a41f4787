import type { Spec } from '../../../protocol/declare.ts'
import { directory, projectRoutes } from '../../../protocol/directory.ts'
import { commands } from '../../../protocol/project.ts'
import { queries } from '../../../protocol/queries.ts'
import type { Chance } from './chance.ts'

/** One request as it goes out, and which route it was made of. */
export type Call = {
  name: string
  method: string
  path: string
  headers: Record<string, string>
  body: string | Buffer | undefined
}

/** What is there to be named: ids that exist, by field, and keys of every kind. */
export type World = {
  ids: Record<string, string[]>
  projects: { own: string; other: string }
  keys: Record<string, string>
}

const upgrades = new Set(['live', 'terminal'])
/** What would end the run itself, or make of it another: the keys it asks with, and links that sign in. */
const left = new Set(['key.revoke'])
const routes: { name: string; spec: Spec; inProject: boolean }[] = [
  ...Object.entries<Spec>(directory).map(([name, spec]) => ({ name, spec, inProject: false })),
  ...Object.entries<Spec>({ ...projectRoutes, ...queries, ...commands }).map(([name, spec]) => ({
    name,
    spec,
    inProject: true,
  })),
].filter(({ name }) => !left.has(name))

const odd: unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, -0, '', ' ', '0', 'null', [], {}, [[]], [null], { toString: 1 }],
  ...[
    '\u0000',
    '\ud800',
    '\u202e evil',
    '💥'.repeat(50),
    'x'.repeat(5_000),
    "'; DROP TABLE entries; --",

    '../../etc/passwd',
  ],
  ...['<script>alert(1)</script>', '%00', '%2e%2e%2f', '__proto__', 'constructor', { __proto__: null, constructor: 1 }],
  ...['2026-11-27T00:00:00Z', 'NaN', 'undefined', Array.from({ length: 500 }, (_, i) => i), { $ne: null }],
]
const words = ['one', 'two words', 'größe', '☃', 'Fix it', 'a-b_c', 'main']

/** A request by chance: mostly one that could be meant, with something about it that is not. */
export function callBy(chance: Chance, world: World): Call {
  const { name, spec, inProject } = chance.pick(routes)!
  const input = inputOf(spec.input.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as Schema, chance, world)
  const fields = chance.next() < 0.5 ? mutated(input, chance) : input
  const project = chance.next() < 0.9 ? world.projects.own : chance.pick([world.projects.other, 'proj_', '%00', '..'])!
  const base = inProject && chance.next() < 0.7 ? `/projects/${project}` : ''
  const path = `/api${base}${spec.path.replace(/:(\w+)/g, (_, field: string) => pathPart(field, fields, chance, world))}`
  const method =
    chance.next() < 0.95 ? spec.method : chance.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])!
  const query = method === 'GET' || chance.next() < 0.05 ? queryOf(fields, chance) : ''
  const isOpen = method === 'GET' || method === 'HEAD'
  return {
    name,
    method,
    path: path + query,
    headers: headersBy(chance, world, inProject),
    body: isOpen ? undefined : bodyOf(fields, chance),
  }
}

export const routeCount = routes.length - upgrades.size

type Schema = {
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  pattern?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  minItems?: number
}

function inputOf(schema: Schema, chance: Chance, world: World): Record<string, unknown> {
  const fields = Object.entries(schema.properties ?? {})
  const wanted = fields.filter(([name]) => schema.required?.includes(name) || chance.next() < 0.4)
  return Object.fromEntries(wanted.map(([name, one]) => [name, valueBy(name, one, chance, world)]))
}

function valueBy(name: string, schema: Schema, chance: Chance, world: World): unknown {
  const ids = world.ids[name] ?? world.ids[name.replace(/s$/, '')]
  if (schema.anyOf) return valueBy(name, chance.pick(schema.anyOf)!, chance, world)
  if (schema.enum) return chance.pick(schema.enum)
  if (schema.const !== undefined) return schema.const
  if (schema.type === 'array') {
    const count = (schema.minItems ?? 0) + chance.below(3)
    return Array.from({ length: count }, () => valueBy(name, schema.items ?? {}, chance, world))
  }
  if (schema.type === 'object') return inputOf(schema, chance, world)
  if (schema.type === 'integer' || schema.type === 'number') return (schema.minimum ?? 0) + chance.below(20)
  if (schema.type === 'boolean') return chance.next() < 0.5
  if (schema.type === 'null') return null
  return ids ? chance.pick(ids) : chance.pick(words)
}

/** With one or two of its fields made into something else, left out, or of another name. */
function mutated(input: Record<string, unknown>, chance: Chance): Record<string, unknown> {
  const copy: Record<string, unknown> = structuredClone(input)
  for (let n = 1 + chance.below(2); n > 0; n--) {
    const name = chance.pick(Object.keys(copy)) ?? 'title'
    const how = chance.below(5)
    if (how === 0) delete copy[name]
    else if (how === 1)
      copy[chance.pick(['type', 'project', 'by', '__proto__', 'constructor', 'id', name.toUpperCase()])!] = copy[name]
    else copy[name] = chance.pick(odd)
  }
  return copy
}

function pathPart(field: string, fields: Record<string, unknown>, chance: Chance, world: World): string {
  const id = chance.next() < 0.85 ? (fields[field] ?? chance.pick(world.ids[field] ?? ['x'])) : chance.pick(odd)
  return encodeURIComponent(
    String(typeof id === 'string' ? id.toWellFormed().slice(0, 500) || 'x' : JSON.stringify(id)),
  )
}

function queryOf(fields: Record<string, unknown>, chance: Chance): string {
  const pairs = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? ''),
  ])
  if (chance.next() < 0.1) pairs.push(['limit', String(chance.pick([0, -1, 1e9, 'x', '']))])
  if (chance.next() < 0.1) pairs.push(['cursor', String(chance.pick(words))])
  return pairs.length ? `?${new URLSearchParams(pairs as [string, string][])}` : ''
}

function headersBy(chance: Chance, world: World, inProject: boolean): Record<string, string> {
  const kind = chance.next() < 0.6 ? 'person' : chance.pick(Object.keys(world.keys))!
  const odd = chance.next()
  return {
    Authorization:
      odd < 0.03
        ? chance.pick(['Bearer', 'Basic eDp5', 'Bearer mst_person_x', 'Bearer  '])!
        : `Bearer ${world.keys[kind]}`,
    'Content-Type':
      chance.next() < 0.97
        ? 'application/json'
        : chance.pick(['text/plain', 'application/jsonx', 'multipart/form-data'])!,
    ...(chance.next() < 0.3 && {
      'Idempotency-Key': chance.pick([
        'evt_00000001',
        'short',
        'x'.repeat(101),
        'a b c d e f',
        `fuzz-${chance.below(50)}-again`,
      ])!,
    }),
    ...((inProject || chance.next() < 0.3) && {
      'Maestro-Project': chance.next() < 0.9 ? world.projects.own : chance.pick([world.projects.other, 'x', ''])!,
    }),
    ...(chance.next() < 0.05 && { 'Maestro-Agent': chance.pick(['constructor', '__proto__', 'x'.repeat(500)])! }),
    ...(chance.next() < 0.03 && { 'Maestro-Upgrade': '{"actor":{"kind":"person","key":"x","scopes":["read"]}}' }),
    ...(chance.next() < 0.02 && { Origin: 'https://evil.example' }),
  }
}

function bodyOf(fields: Record<string, unknown>, chance: Chance): string | Buffer {
  const text = JSON.stringify(fields)
  const how = chance.next()
  if (how < 0.92) return text
  if (how < 0.94) return text.slice(0, chance.below(text.length + 1))
  if (how < 0.95) return JSON.stringify(chance.pick(odd)) ?? ''
  if (how < 0.96) return `${'['.repeat(10_000)}${']'.repeat(10_000)}`
  if (how < 0.97) return JSON.stringify({ ...fields, more: 'x'.repeat(1_100_000) })
  if (how < 0.98) return text.replace('{', '{"__proto__":{"polluted":true},"__proto__":1,')
  return Buffer.from(chance.bytes(200))
}
