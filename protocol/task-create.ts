import { nameOf } from './actor.ts'
import { refuse } from './errors.ts'
import type { TaskId } from './ids.ts'
import type { Project } from './model.ts'
import { circleAmong, topologicalOrder } from './order.ts'
import type { Context } from './task-access.ts'
import type { TaskEvent } from './task-events.ts'
import { checkSubtasks, expectNeed, type NewTask, newTask, refuseCycle } from './task-rules.ts'

/**
 * What adding `given` comes to: all of them, each after what it needs, or a refusal. Those that are there already are
 * left as they are, so that asking again after a lost answer adds nothing. `list` is the input they came in, if in one.
 */
export function createTasks(project: Project, given: NewTask[], { by, now }: Context, list?: string): TaskEvent[] {
  const places = new Map<TaskId, number>()
  const field = (at: number, name: string) => (list ? `${list}.${at}.${name}` : name)
  given.forEach(({ task }, at) => {
    if (places.has(task)) refuse('id_taken', `${task} is there twice`, { field: field(at, 'task') })
    places.set(task, at)
  })
  const fresh = given.filter((one) => !isThere(project, one, field(places.get(one.task)!, 'task')))
  for (const { task, needs, subtasks } of fresh) {
    const at = places.get(task)!
    checkSubtasks(subtasks, field(at, 'subtasks'))
    for (const need of needs) if (!places.has(need)) expectNeed(project, need, field(at, 'needs'))
  }
  const order = orderOf(fresh, (task) => field(places.get(task)!, 'needs'))
  return order.map((id) => {
    const at = places.get(id)!
    // A place of its own for each, in the order given: together they are of one age.
    const task = newTask(given[at]!, nameOf(by), now, now + at / given.length)
    return { type: 'task:created', data: { task } }
  })
}

function isThere(project: Project, { task, title }: NewTask, field: string): boolean {
  const known = project.tasks[task]
  if (!known) return false
  if (known.title === title) return true
  refuse('id_taken', `${task} is another task`, { field, suggestion: `maestro task show ${task}` })
}

/** What is new can only be in a circle with what is new: nothing that was there before can need it. */
function orderOf(fresh: NewTask[], field: (task: TaskId) => string): TaskId[] {
  const knots = fresh.map(({ task, needs }) => ({ id: task, needs }))
  const circle = circleAmong(knots)
  if (circle) refuseCycle(circle, field(circle[0]!))
  return topologicalOrder(knots)
}
