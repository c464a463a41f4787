import type { Actor } from '../protocol/actor.ts'
import { longestChain } from '../protocol/order.ts'
import { decide, type Entry, evolve, parseCommand } from '../protocol/project.ts'
import { taskGraph } from '../protocol/task-graph.ts'
import { type Context, found, type Result } from './context.ts'
import { graphPage } from './graph-text.ts'
import type { Drawn } from './graph-tree.ts'
import { count } from './look.ts'
import type { ReadPlan } from './plan-file.ts'
import { requestOf } from './plan-import.ts'
import { commandLine } from './quote.ts'
import { maker } from './verb.ts'
import { visible } from './visible.ts'

/** What importing a plan would come to, by the server's own rules on the project as it is. Changes nothing. */
export async function rehearse(context: Context, plan: ReadPlan): Promise<Result> {
  const { tasks, imported } = await requestOf(context, plan, maker(undefined))
  const project = await context.snapshot()
  const { session } = context
  const by: Actor = { kind: session ? 'session' : 'person', key: '', name: '', scopes: [], ...(session && { session }) }
  const events = decide(project, parseCommand('task.import', { tasks }), { by, now: context.io.now() })
  events.forEach((event, at) => {
    const entry = { seq: at, id: `evt_${at}`, at: context.io.now(), by: '', ...event } as Entry // its place tells nothing here
    evolve(project, entry)
  })
  const names = new Map<string, string>(imported.map(({ name, task }) => [task!, name])) // each has an id here
  const { nodes } = taskGraph(project)
  const concerned = new Set(tasks.flatMap(({ task, needs }) => [task, ...needs]))
  const shown = nodes.filter(({ id }) => concerned.has(id)).map((node) => renamed(node, names))
  const criticalPath = longestChain(shown.filter(({ status }) => status !== 'done' && status !== 'cancelled'))
  const drawn = visible(shown.map((node) => ({ ...node, critical: criticalPath.includes(node.id) })))
  const steps = count(
    tasks.reduce((sum, { subtasks }) => sum + subtasks.length, 0),
    'step',
  )
  const data = {
    ...{ file: plan.file, title: plan.title ?? null, dryRun: true, duplicate: false, criticalPath },
    tasks: imported.map((one) => ({ ...one, task: null })),
  }
  const again = commandLine(context.argv.filter((word) => word !== '--dry-run' && word !== '--json'))
  return found(
    data,
    ({ tasks, file, criticalPath }, look) =>
      `${graphPage({ nodes: drawn, criticalPath }, look)}\n\n${count(tasks.length, 'task')} with ${steps} would be added from ${file}; nothing was changed`,
    [again],
  )
}

/** What is not there yet has no id that anybody should see. */
function renamed<N extends Drawn>(node: N, names: ReadonlyMap<string, string>): Drawn {
  const name = (id: string) => names.get(id) ?? id
  const { title, status, priority, ready, id, needs, waitsFor, stuck } = node
  const lists = { needs: needs.map(name), waitsFor: waitsFor.map(name), stuck: stuck.map(name) }
  return { title, status, priority, ready, critical: false, id: name(id), ...lists }
}
