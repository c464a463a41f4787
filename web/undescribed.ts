import type { Plugin } from 'vite'

type Node = { type: string; start: number; end: number; [field: string]: unknown }
type Cut = readonly [from: number, to: number]

/** Of a request a page needs to know how it is asked, not what it is for, who may, and what is checked where it is answered. */
const unread = ['summary', 'scope', 'input']
/** Methods that nothing but a schema has. */
const saidOfValues = ['describe', 'nullable', 'optional', 'partial', 'int', 'default', 'regex']

/** Takes what only the server, the command line and OpenAPI read out of protocol/: a page would carry it for nothing. */
export const undescribed: Plugin = {
  name: 'undescribed',
  transform: {
    filter: { id: /\/protocol\/[\w-]+\.ts$/ },
    handler(code) {
      const cuts = cutsIn(this.parse(code, { lang: 'ts' }) as unknown as Node) // a tree of such nodes, whatever they are
      return cuts
        .toSorted((a, b) => b[0] - a[0])
        .reduce((left, [from, to]) => left.slice(0, from) + left.slice(to), code)
    },
  },
}

/** None lies in another. */
function cutsIn(node: Node): Cut[] {
  const own =
    node.type === 'ObjectExpression' ? fieldsOf(node) : node.type === 'CallExpression' ? descriptionOf(node) : []
  const within = Object.values(node).flatMap((value) => [value].flat().filter(isNode).flatMap(cutsIn))
  return [...own, ...within.filter(([from]) => !own.some(([start, end]) => start <= from && from < end))]
}

/** Of a request, which says what it is for and takes an input, what is not read; each with what parts it from the next. */
function fieldsOf({ properties, end }: Node): Cut[] {
  const all = properties as (Node & { key?: Node })[] // of an object; what is spread into it has no key
  const has = (name: string) => all.some(({ key }) => isNamed(key, [name]))
  if (!has('summary') || !has('input')) return []
  return all.flatMap(({ key, start }, i) =>
    isNamed(key, unread) ? [[start, all[i + 1]?.start ?? end - 1] as const] : [],
  )
}

/** `.describe('…')`, and what else a schema says of its values: those are checked where they are answered. */
function descriptionOf({ callee, end }: Node): Cut[] {
  const { object, property } = callee as Node & { object?: Node; property?: Node } // of a call
  return object && isNamed(property, saidOfValues) ? [[object.end, end]] : []
}

const isNamed = (node: Node | undefined, names: readonly string[]) =>
  node?.type === 'Identifier' && names.includes(String(node.name))

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value
