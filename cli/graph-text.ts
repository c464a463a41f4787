import type { GraphNode, TaskGraph } from '../protocol/answers.ts'
import { goOnWithout } from '../protocol/graph.ts'
import type { TaskId } from '../protocol/ids.ts'
import { type Drawn, treeLines } from './graph-tree.ts'
import { count, type Look } from './look.ts'
import { taskWord } from './status-words.ts'

type Shape = { nodes: readonly Drawn[]; criticalPath: readonly string[] }
type Choice = { all?: boolean; root?: string }

/** The graph for people: trees of what follows what, or, around `root`, what it needs and what needs it. */
export function graphPage({ nodes, criticalPath }: Shape, look: Look, { all = false, root }: Choice = {}): string {
  const { paint } = look
  const blockers = new Set(nodes.flatMap(({ stuck }) => stuck))
  const shown = nodes.filter((one) => all || one.id === root || !isFinished(one) || blockers.has(one.id))
  const byId = new Map(shown.map((one) => [one.id, one]))
  const needs = (id: string) => byId.get(id)!.needs.filter((need) => byId.has(need))
  const neededBy = followers(shown)
  const follow = (id: string) => neededBy.get(id) ?? []
  const draw = (roots: readonly string[], childrenOf: (id: string) => readonly string[], seen?: Set<string>) =>
    treeLines(roots, { byId, childrenOf, look }, seen)
  const parts = root
    ? [draw([root], follow), needs(root).length ? [paint.dim('which needs'), ...draw(needs(root), needs)] : []]
    : [
        draw(
          shown.flatMap(({ id }) => (needs(id).length ? [] : [id])),
          follow,
        ),
      ]
  const summary = summaryOf(nodes, criticalPath, nodes.length - shown.length)
  return [...parts.map((lines) => lines.join('\n')), paint.dim(summary)].filter(Boolean).join('\n\n')
}

function followers(nodes: readonly Drawn[]): Map<string, string[]> {
  const found = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { id, needs } of nodes) for (const need of needs) found.get(need)?.push(id)
  return found
}

function summaryOf(nodes: readonly Drawn[], criticalPath: readonly string[], hidden: number): string {
  if (nodes.length === 0) return ''
  const number = (is: (node: Drawn) => boolean) => nodes.filter(is).length
  const statuses = (['in_progress', 'blocked', 'in_review', 'done', 'cancelled'] as const).map(
    (status) => [number((one) => one.status === status), taskWord({ status })] as const,
  )
  const counts = [[number(({ ready }) => ready), 'ready'] as const, ...statuses]
  const stuck = [number((one) => one.stuck.length > 0), 'waiting without end'] as const
  const said = [...counts, stuck].flatMap(([many, word]) => (many ? [`${many} ${word}`] : []))
  return [
    `${count(nodes.length, 'task')}: ${said.join(', ')}${hidden ? '; --all shows those that are over' : ''}`,
    criticalPath.length > 1 &&
      `critical path: ${criticalPath.length} tasks, ${criticalPath[0]} to ${criticalPath.at(-1)}`,
  ]
    .filter(Boolean)
    .join('\n')
}

const isFinished = ({ status }: Drawn) => status === 'done' || status === 'cancelled'

/** Tasks that wait for a cancelled one themselves, each with the cancelled ones: mending these mends all behind them. */
export function heldUp({ nodes }: Pick<TaskGraph, 'nodes'>): { node: GraphNode; cancelled: TaskId[] }[] {
  const cancelled = new Set(nodes.flatMap(({ id, status }) => (status === 'cancelled' ? [id] : [])))
  return nodes.flatMap((node) => {
    const gone = node.stuck.filter((id) => cancelled.has(id))
    return gone.length ? [{ node, cancelled: gone }] : []
  })
}

/** The commands that mend it: to go on without what was cancelled, or to take that up again. */
export function mends({ node, cancelled }: { node: GraphNode; cancelled: TaskId[] }): string[] {
  return [goOnWithout(node, cancelled), ...cancelled.map((id) => `maestro task reopen ${id}`)]
}
