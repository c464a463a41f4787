import type { TaskId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { nearest } from '../protocol/nearest.ts'
import type { Context } from './context.ts'
import type { ReadPlan } from './plan-file.ts'
import type { Mistake } from './plan-mistake.ts'

/** Needs that name tasks of the project, by what the plan calls them; refuses those that name none, or several. */
export async function needsOutside(context: Context, plan: ReadPlan): Promise<Map<string, TaskId>> {
  const found = new Map<string, TaskId>()
  const names = new Set(plan.tasks.map(({ name }) => name))
  if (plan.tasks.every(({ needs }) => needs.every((need) => names.has(need)))) return found
  const project = await context.snapshot()
  const mistakes = plan.tasks.flatMap(({ needs }, at) =>
    needs.flatMap((need, place) => {
      if (names.has(need)) return []
      const wrong = lookUp(project, need, found)
      return wrong ? [{ ...wrong, path: ['tasks', at, 'needs', place] }] : []
    }),
  )
  return mistakes.length ? plan.refuse(mistakes) : found
}

function lookUp(project: Project, need: string, found: Map<string, TaskId>): Omit<Mistake, 'path'> | undefined {
  const ids = Object.keys(project.tasks) as TaskId[] // its keys are task ids
  const [first, ...others] = ids.filter((id) => id.startsWith(need))
  if (first && others.length === 0) {
    found.set(need, first)
    return undefined
  }
  if (first) {
    const candidates = [first, ...others]
    const message = `${need} may mean ${candidates.slice(0, 5).join(' or ')}`
    return { message, code: 'ambiguous_id', validValues: candidates }
  }
  const near = nearest(need, ids)
  const message = `there is no task ${need} in the project${near ? `; did you mean ${near}?` : ''}`
  return { message, code: 'task_not_found', ...(near && { validValues: [near] }) }
}
