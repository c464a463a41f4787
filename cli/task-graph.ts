import type { Command } from 'commander'
import * as z from 'zod'
import { GraphNode, queryAnswers, type TaskGraph } from '../protocol/answers.ts'
import type { TaskId } from '../protocol/ids.ts'
import { Task } from '../protocol/model.ts'
import { type Context, found } from './context.ts'
import { graphPage, heldUp, mends } from './graph-text.ts'
import { choiceOf, optionOf } from './option.ts'
import { look } from './verb.ts'

const formats = ['tree', 'mermaid', 'json'] as const
type Format = (typeof formats)[number]

/** `maestro task graph`: what waits for what, what could start, and which chain decides when all is done. */
export function graph(context: Context): Command {
  return look(context, 'task.graph', {
    args: ['task'],
    options: [
      choiceOf('--format <format>', 'How to show it (default: tree)', formats),
      optionOf('--all', 'What is done and cancelled too'),
    ],
    output: queryAnswers['task.graph'].extend({ mermaid: z.string().optional().describe('With --format mermaid') }),
    examples: ['maestro task graph', 'maestro task graph task_4hq1w8ze --all', 'maestro task graph --format mermaid'],
    result: async (graph, { task }, _, { format = 'tree', all }) => {
      const shown = format as Format // it is one of the option's choices
      const { mermaid } = await import('./graph-mermaid.ts')
      const chart = shown === 'mermaid' && { mermaid: mermaid(graph.nodes, graph.criticalPath) }
      return found(
        { ...graph, ...chart },
        (data, look) => {
          if (shown === 'json') return JSON.stringify(data, null, 2)
          return data.mermaid ?? graphPage(data, look, { all: all === true, ...(task && { root: task }) })
        },
        nextFrom(graph),
      )
    },
  })
}

/** What mends the tasks that wait without end, then what could start. */
function nextFrom(graph: TaskGraph): string[] {
  if (graph.nodes.length === 0) return ['maestro task create "What is to be done"']
  const [held] = heldUp(graph)
  return [...(held ? mends(held) : []), ...graph.ready.slice(0, 1).map((id) => `maestro session spawn ${id}`)]
}

/** A task, and what it still waits for. */
export const Shown = Task.extend({ waitsFor: GraphNode.shape.waitsFor, stuck: GraphNode.shape.stuck })

type Waiting = { waitsFor: TaskId[]; stuck: TaskId[]; text: string; next: string[] }

/** What a task waits for, in words too, and what mends it when that never comes. Most tasks wait for nothing, and ask nothing. */
export async function waitingOf(context: Context, { id, status, needs }: Task): Promise<Waiting> {
  const none = { waitsFor: [], stuck: [], text: '', next: [] }
  if (needs.length === 0 || status === 'done' || status === 'cancelled') return none
  const { nodes } = await (await context.project()).query('task.graph', { task: id })
  const node = nodes.find((one) => one.id === id)
  if (!node) return none // deleted since
  const words = node.waitsFor.map((need) => wordsOf(nodes.find((one) => one.id === need)!, node))
  const held = heldUp({ nodes }).find((one) => one.node.id === id)
  const next = held ? mends(held) : node.stuck.length ? [`maestro task graph ${id}`] : []
  return { waitsFor: node.waitsFor, stuck: node.stuck, text: words.join(', '), next }
}

function wordsOf({ id, status }: GraphNode, { stuck }: GraphNode): string {
  if (status === 'cancelled') return `without end for ${id}, which is cancelled`
  return stuck.includes(id) ? `without end for ${id}, which waits for a cancelled task` : `for ${id}`
}
