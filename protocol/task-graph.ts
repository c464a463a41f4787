import type { TaskGraph } from './answers.ts'
import { bySoonest, cancelledNeeds, isReady, unmetNeeds } from './graph.ts'
import type { TaskId } from './ids.ts'
import type { Project, Task } from './model.ts'
import { levels, longestChain, topologicalOrder } from './order.ts'

/** All tasks, or `task` with all it needs and all that needs it, near and far, and what was cancelled of their needs. */
export function taskGraph(project: Project, task?: TaskId): TaskGraph {
  const all = Object.values(project.tasks).sort(bySoonest)
  const shown = task && around(project, all, task)
  const isShown = (id: TaskId) => !shown || shown.has(id)
  const [level, stuck, critical] = [levels(all), stuckTasks(project), criticalPath(project)]
  const onPath = new Set(critical)
  const order = topologicalOrder(all).filter(isShown)
  const nodes = order.map((id) => {
    const one = project.tasks[id]! // the order is one of these tasks
    const { title, status, priority, assignee, needs } = one
    return {
      ...{ id, title, status, priority, assignee, needs, waitsFor: isFinished(one) ? [] : unmetNeeds(project, one) },
      ...{ ready: isReady(project, one), level: level.get(id)!, critical: onPath.has(id), stuck: stuck.get(id) ?? [] },
    }
  })
  const ready = all.filter(({ id }) => isShown(id) && isReady(project, project.tasks[id]!)).map(({ id }) => id)
  return { nodes, order, ready, criticalPath: critical.filter(isShown) }
}

/** The longest chain of tasks that are not finished, the first to do first; `weightOf` says what each counts, 1 if absent. */
export function criticalPath(project: Project, weightOf?: (task: Task) => number): TaskId[] {
  const left = Object.values(project.tasks).filter((task) => !isFinished(task))
  return longestChain(left.sort(bySoonest), weightOf && ((id) => weightOf(project.tasks[id]!)))
}

/** Tasks that wait without end, each with the reason: those of its needs that are cancelled, or stuck themselves. */
export function stuckTasks(project: Project): Map<TaskId, TaskId[]> {
  const stuck = new Map<TaskId, TaskId[]>()
  for (const id of topologicalOrder(Object.values(project.tasks))) {
    const task = project.tasks[id]!
    if (isFinished(task)) continue
    const cancelled = cancelledNeeds(project, task)
    const reasons = task.needs.filter((need) => cancelled.includes(need) || stuck.has(need))
    if (reasons.length) stuck.set(id, reasons)
  }
  return stuck
}

const isFinished = ({ status }: Task) => status === 'done' || status === 'cancelled'

function around(project: Project, tasks: readonly Task[], task: TaskId): Set<TaskId> {
  const needs = new Map(tasks.map(({ id, needs }) => [id, needs]))
  const neededBy = new Map<TaskId, TaskId[]>()
  for (const { id, needs } of tasks) {
    for (const need of needs) {
      const others = neededBy.get(need)
      if (others) others.push(id)
      else neededBy.set(need, [id])
    }
  }
  const near = [...reach(needs, task), ...reach(neededBy, task)]
  return new Set([...near, ...near.flatMap((id) => cancelledNeeds(project, project.tasks[id]!))])
}

/** `from` and all that can be reached from it. A set may grow while it is gone through. */
function reach(ways: Map<TaskId, TaskId[]>, from: TaskId): Set<TaskId> {
  const found = new Set([from])
  for (const id of found) for (const next of ways.get(id) ?? []) found.add(next)
  return found
}
