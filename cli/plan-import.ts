import { BODY_BYTES } from '../protocol/declare.ts'
import { refuse } from '../protocol/errors.ts'
import type { SubtaskId, TaskId } from '../protocol/ids.ts'
import type { Project } from '../protocol/model.ts'
import { type Context, found, type Result } from './context.ts'
import { type Column, count, indent, type Look, table } from './look.ts'
import { said } from './outcome.ts'
import type { ReadPlan } from './plan-file.ts'
import { needsOutside } from './plan-needs.ts'
import type { ImportedTask } from './task-plan.ts'
import { attempt, type MakeId, maker } from './verb.ts'

/** Adds all tasks of a plan, or none. */
export function importPlan(context: Context, plan: ReadPlan, key: string | undefined): Promise<Result> {
  return attempt(key, async () => {
    const { tasks, imported } = await requestOf(context, plan, maker(key))
    const { entries, duplicate } = await (await context.project()).execute('task.import', { tasks }, key)
    const first = imported.find(({ ready }) => ready)
    const next = [...(first ? [`maestro session spawn ${first.task}`] : []), 'maestro task graph']
    const about = { file: plan.file, title: plan.title ?? null, dryRun: false, tasks: imported, duplicate }
    return found(about, (data, look) => listed(data.tasks, look, plan, entries.length > 0), next)
  })
}

/** The tasks of a plan as the request that adds them, with ids made here. */
export async function requestOf(context: Context, plan: ReadPlan, make: MakeId) {
  const outside = await needsOutside(context, plan)
  const own = plan.tasks.map(({ name }) => [name, make('task') as TaskId] as const) // made with this prefix
  const ids = new Map<string, TaskId>([...outside, ...own])
  const idOf = (name: string) => ids.get(name)! // whatever is needed is a task of the plan or one outside
  const tasks = plan.tasks.map(({ name, title, body, acceptance, priority, labels, needs, subtasks }) => ({
    ...{ task: idOf(name), title, description: body, acceptance, priority, labels, needs: needs.map(idOf) },
    subtasks: subtasks.map((step) => ({ subtask: make('sub') as SubtaskId, title: step })), // as above
  }))
  checkSize(plan, tasks)
  const there: Partial<Project['tasks']> = outside.size ? (await context.snapshot()).tasks : {}
  const imported = plan.tasks.map(({ name, title, needs }): ImportedTask => {
    const ready = needs.every((need) => there[idOf(need)]?.status === 'done')
    return { name, task: idOf(name), title, needs: needs.map((need) => outside.get(need) ?? need), ready }
  })
  return { tasks, imported }
}

/** All or nothing goes in one request, and that has a limit. */
function checkSize({ file }: ReadPlan, tasks: object[]): void {
  const bytes = Buffer.byteLength(JSON.stringify({ tasks }))
  if (bytes <= BODY_BYTES) return
  const size = `${(bytes / 1e6).toFixed(1)} MB`
  refuse(
    'too_large',
    `${file} comes to ${size}, and at most ${BODY_BYTES / 1e6} MB can be added at once: shorten its texts, or make several plans of it; a later one can need tasks of an earlier one by their ids`,
  )
}

function listed(tasks: ImportedTask[], look: Look, { file, title }: ReadPlan, isNew: boolean): string {
  const columns: Column<ImportedTask>[] = [
    { title: 'id', cell: ({ task }) => task ?? '' },
    { title: 'name', cell: ({ name }) => name },
    { title: 'title', cell: ({ title }) => title, flexible: true },
    { title: 'needs', cell: ({ needs }) => needs.join(' '), flexible: true },
    { title: '', cell: ({ ready }) => (ready ? 'ready' : '') },
  ]
  const head = `${count(tasks.length, 'task')} from ${title ? `${title} (${file})` : file}`
  return `${said(head, look, isNew, 'they were there already')}\n${indent(table(tasks, columns, look))}`
}
