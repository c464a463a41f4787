import type { TaskId } from '../protocol/ids.ts'
import type { Task } from '../protocol/model.ts'
import { topologicalOrder } from '../protocol/order.ts'
import { theTask } from '../protocol/task-access.ts'
import { type Context, found, type Result } from './context.ts'
import { wholeId } from './id-prefix.ts'
import { nameFor, type PlanFormat, type PlanTask } from './plan-file.ts'
import { writePlan } from './plan-write.ts'

type Choice = { words: readonly string[]; format: PlanFormat; statuses: readonly string[] | undefined }

/** Tasks as the text of a plan. What a plan does not say is left out: status, results, who works on what. */
export async function exportPlan(context: Context, { words, format, statuses }: Choice): Promise<Result> {
  const ids = (await Promise.all(words.map((word) => wholeId(context, 'task', word)))) as TaskId[] // of tasks
  const project = await context.snapshot()
  for (const id of ids) theTask(project, id)
  const chosen = Object.values(project.tasks)
    .filter(({ id, status }) => (!ids.length || ids.includes(id)) && (!statuses || statuses.includes(status)))
    .sort((a, b) => a.position - b.position)
  const tasks = topologicalOrder(chosen).map((id) => project.tasks[id]!) // the order is one of these
  const names = namesOf(tasks)
  const plan = { title: oneLine(project.name), tasks: tasks.map((task) => planned(task, names)) }
  const text = tasks.length ? await writePlan(plan, format) : ''
  const data = { format, text, tasks: tasks.map(({ id }) => ({ name: names.get(id)!, task: id })) }
  const { terminal } = context.io
  // In a file it is what it is; only a terminal would obey what some task may say.
  const shown = (safe: string) => (terminal.out ? safe : text).replace(/\n$/, '')
  return found(data, (safe) => shown(safe.text), tasks.length ? [] : ['maestro task list'])
}

/** A name for each, made of its title; what else has that title is numbered. */
function namesOf(tasks: readonly Task[]): Map<TaskId, string> {
  const names = new Map<TaskId, string>()
  const taken = new Set<string>()
  for (const [at, { id, title }] of tasks.entries()) {
    const name = nameFor(title, at)
    let free = name
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
    taken.add(free)
    names.set(id, free)
  }
  return names
}

function planned(
  { title, description, acceptance, priority, labels, needs, subtasks, id }: Task,
  names: ReadonlyMap<TaskId, string>,
): PlanTask {
  return {
    ...{ name: names.get(id)!, title: oneLine(title), body: description, acceptance, priority, labels },
    needs: needs.map((need) => names.get(need) ?? need),
    subtasks: subtasks.map((step) => oneLine(step.title)),
  }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
