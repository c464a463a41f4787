import type { Drawn } from './graph-tree.ts'

/** The colours of the statuses, as in the web UI; what is ready is drawn thicker. */
const classes = [
  'classDef todo fill:#f4f4f5,stroke:#71717a,color:#18181b',
  'classDef ready fill:#ffffff,stroke:#18181b,stroke-width:3px,color:#18181b',
  'classDef in_progress fill:#dbeafe,stroke:#2563eb,color:#18181b',
  'classDef blocked fill:#fef3c7,stroke:#d97706,color:#18181b',
  'classDef in_review fill:#fef3c7,stroke:#d97706,color:#18181b',
  'classDef done fill:#dcfce7,stroke:#16a34a,color:#18181b',
  'classDef cancelled fill:#e4e4e7,stroke:#a1a1aa,color:#52525b,stroke-dasharray:4',
  'classDef stuck fill:#fee2e2,stroke:#dc2626,color:#18181b',
]

/** A flowchart for Mermaid: an arrow goes from what must be done first; the critical path is thick. */
export function mermaid(nodes: readonly Drawn[], criticalPath: readonly string[]): string {
  const known = new Set(nodes.map(({ id }) => id))
  const before = new Map(criticalPath.slice(1).map((id, at) => [id, criticalPath[at]]))
  const boxes = nodes.map((node) => `${node.id}["${escaped(node.title)}"]:::${classOf(node)}`)
  const arrows = nodes.flatMap(({ id, needs }) => {
    const drawn = needs.filter((need) => known.has(need))
    return drawn.map((need) => `${need} ${before.get(id) === need ? '==>' : '-->'} ${id}`)
  })
  return ['flowchart TD', ...[...boxes, ...arrows, ...classes].map((line) => `  ${line}`)].join('\n')
}

function classOf({ status, ready, stuck }: Drawn): string {
  return stuck.length ? 'stuck' : ready ? 'ready' : status
}

/** Whatever Mermaid could take for something of its own, a list at the beginning too, as the number of its character. */
function escaped(title: string): string {
  const line = title.replace(/\s+/g, ' ').trim()
  return line.replace(/^[-+]|(?<=^\d+)[.)]|[^\p{L}\p{N} ,.()/'?!+-]/gu, (one) => `#${one.codePointAt(0)};`)
}
